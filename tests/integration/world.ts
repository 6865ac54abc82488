import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { type RunningEmulator, type StartOptions, startEmulator } from '@tdp-sync/emulator';

const CLI = fileURLToPath(new URL('../../apps/cli/bin/tdp-sync.js', import.meta.url));
const HOUR_MS = 3_600_000;

/** How the command ended and what it wrote. */
export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command while it runs. */
export interface RunningCli {
  readonly process: ChildProcess;
  readonly result: Promise<CliResult>;
}

/** Gives the rows of a query. */
export type Query = (query: string) => Promise<readonly Record<string, unknown>[]>;

/** A TDP, a folder with a config for it, and the command. */
export interface World extends AsyncDisposable {
  readonly tdp: RunningEmulator;
  readonly dir: string;
  /** Runs the command in the folder. */
  cli(args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<CliResult>;
  start(args: readonly string[], environment?: NodeJS.ProcessEnv): RunningCli;
  config(text: string): Promise<void>;
  /** Rows of a query on the DuckDB file, which no other process may hold. */
  sql: Query;
  /** Opens the DuckDB file once for many queries. */
  reading<T>(read: (sql: Query) => Promise<T>): Promise<T>;
  /** Adds `count` generated files that were indexed between four hours and two hours ago. */
  addFiles(count: number, options?: { bytes?: number; seed?: number }): void;
}

/** The config that most tests use. `sync` is what stands below the name of the one sync. */
export function configText(sync = 'content: ids', source = '', sink = ''): string {
  return `source:
  auth: ./auth.json
${source}
sink:
  type: duckdb
  path: ./lab.duckdb
${sink}
syncs:
  docs:
    ${sync}
`;
}

/** Starts a TDP with a config beside it. */
export async function world(options: StartOptions = {}): Promise<World> {
  const tdp = await startEmulator(options);
  const dir = await mkdtemp(join(tmpdir(), 'tdp-sync-world-'));
  await writeFile(join(dir, 'auth.json'), JSON.stringify(tdp.authFile()));
  await writeFile(join(dir, 'tdp-sync.yaml'), configText());
  return {
    tdp,
    dir,
    cli: (args, environment) => start(dir, args, environment).result,
    start: (args, environment) => start(dir, args, environment),
    config: (text) => writeFile(join(dir, 'tdp-sync.yaml'), text),
    sql: (query) => reading(join(dir, 'lab.duckdb'), (sql) => sql(query)),
    reading: (read) => reading(join(dir, 'lab.duckdb'), read),
    addFiles: (count, { bytes = 600, seed = 1 } = {}) => {
      const nowMs = Date.now();
      tdp.lake.addBulk({
        count,
        bytes,
        seed,
        indexedFrom: nowMs - 4 * HOUR_MS,
        indexedTo: nowMs - 2 * HOUR_MS,
      });
    },
    [Symbol.asyncDispose]: async () => {
      await tdp[Symbol.asyncDispose]();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function start(
  dir: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): RunningCli {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: dir,
    env: { PATH: process.env['PATH'], HOME: dir, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const read = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    read.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    read.stderr += chunk;
  });
  const result = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...read }));
  });
  return { process: child, result };
}

async function reading<T>(file: string, read: (sql: Query) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    return await read(async (query) => (await connection.runAndReadAll(query)).getRowObjectsJson());
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Every difference between TDP and the database: each file must be there once, in its newest version, with its content. */
export async function differences({ tdp, sql }: World): Promise<readonly string[]> {
  const rows = await sql(`
    SELECT f.path, f.file_id, f.loaded_file_id, f.status, sha256(d.document::VARCHAR) AS digest
    FROM docs_files f LEFT JOIN docs d USING (_file_key)`);
  const held = new Map(rows.map((row) => [row['path'], row]));
  const truth = tdp.lake.truth();
  const found: string[] = [];
  for (const { path, fileId, digest, file } of truth.values()) {
    const row = held.get(path);
    if (row === undefined) found.push(`missing ${path}`);
    else if (row['file_id'] !== fileId || row['loaded_file_id'] !== fileId)
      found.push(`stale ${path}`);
    else if (row['status'] !== 'loaded') found.push(`${row['status']} ${path}`);
    else if (row['digest'] !== (file.attributes.category === 'IDS' ? digest : null))
      found.push(`other content ${path}`);
  }
  // Rows without a match and doubled rows both make it more.
  if (rows.length !== truth.size) found.push(`${rows.length} rows for ${truth.size} files`);
  return found;
}
