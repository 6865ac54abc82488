import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ModelName } from './latency/models.ts';

/** What one case measured about itself. */
export interface Measured {
  readonly files: number;
  /** Rows that the files became; 0 where nothing counts them. */
  readonly rows: number;
  /** Commits that brought them there; 0 where nothing counts them. */
  readonly commits: number;
  /** What the rows take in the database; 0 where nothing says so. */
  readonly bytes: number;
  readonly durationMs: number;
  /** CPU time of the whole process, all its threads, while it worked. */
  readonly cpuMs: number;
  readonly peakMiB: number;
}

/** What a case counts besides files. */
export type Counts = Partial<Pick<Measured, 'rows' | 'commits' | 'bytes'>>;

/** How the emulator is set up. */
export interface ServerOptions {
  /** Generated documents, of about `bytes` each. */
  readonly files: number;
  readonly bytes: number;
  /** Characters of further documents. */
  readonly large?: readonly number[];
  /** How long each answer takes. Default 0. */
  readonly latencyMs?: number;
  /** It refuses what is more than so many requests to the API at once. Default: it never does. */
  readonly cap?: number;
  /** How it behaves when it has much to do. Default: it answers at once. */
  readonly model?: ModelName;
  /** So large a share of all requests fails by chance. Default: none. */
  readonly chance?: number;
  /** So many files per second it gives to all clients together, and refuses what is beyond. Default: any number. */
  readonly rate?: number;
  /** Texts that it takes for tokens besides its own: by them it tells clients apart. */
  readonly tokens?: readonly string[];
}

/** What is asked of the emulator's process. */
export interface Question {
  readonly ask: 'cpu' | 'stats' | 'add' | 'renew' | 'clients';
  /** Files to add, or to put a new version of. */
  readonly count?: number;
}

/** What the emulator has been asked for. */
export interface Requests {
  readonly searches: number;
  readonly retrieves: number;
  readonly downloads: number;
  /** Requests answered with 429. */
  readonly refused: number;
}

/** What one client has asked for, where there is a rate. */
export interface ClientRequests {
  readonly token: string;
  /** When it was given something, in order. */
  readonly givenMs: readonly number[];
  readonly refused: number;
}

/** The emulator in a process of its own. */
export interface BenchServer extends AsyncDisposable {
  readonly url: string;
  readonly auth: { readonly auth_token: string; readonly org: string };
  /** CPU time of the server since the last call. */
  cpuMs(): Promise<number>;
  /** What it has been asked for since the last call. */
  requests(): Promise<Requests>;
  /** What each client has asked for since the last call. */
  clients(): Promise<readonly ClientRequests[]>;
  /** Adds so many files, indexed two minutes ago. */
  add(count: number): Promise<void>;
  /** Puts a new version of so many of the first files, indexed two minutes ago. */
  renew(count: number): Promise<void>;
}

/** Starts the emulator with `files` generated documents of about `bytes` each. */
export async function startServer(
  files: number,
  bytes: number,
  options: Omit<ServerOptions, 'files' | 'bytes'> = {},
): Promise<BenchServer> {
  const given: ServerOptions = { ...options, files, bytes };
  const child = start('./server.ts', [JSON.stringify(given)]);
  const ready = (await message(child)) as { url: string; auth: BenchServer['auth'] };
  const ask = (question: Question): Promise<unknown> => {
    child.send(question);
    return message(child);
  };
  return {
    ...ready,
    cpuMs: async () => (await ask({ ask: 'cpu' })) as number,
    requests: async () => (await ask({ ask: 'stats' })) as Requests,
    clients: async () => (await ask({ ask: 'clients' })) as readonly ClientRequests[],
    add: async (count) => {
      await ask({ ask: 'add', count });
    },
    renew: async (count) => {
      await ask({ ask: 'renew', count });
    },
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}

/** Runs one case in a fresh process. */
export async function runCase(name: string, input: object): Promise<Measured> {
  const child = start(`./cases/${name}.ts`, [JSON.stringify(input)]);
  const result = (await message(child)) as Measured;
  await once(child, 'exit');
  return result;
}

/**
 * To be called by a case: measures `work`, which resolves with the number of files, and reports to the parent.
 * `count` is called afterwards and not measured.
 */
export async function report(
  work: () => Promise<number>,
  count: () => Counts | Promise<Counts> = () => ({}),
): Promise<void> {
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const files = await work();
  const durationMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  const cpuMs = (user + system) / 1000;
  const { rows = 0, commits = 0, bytes = 0 } = await count();
  const counted = { files, rows, commits, bytes };
  process.send?.({ ...counted, durationMs, cpuMs, peakMiB } satisfies Measured);
  process.disconnect?.();
}

function start(script: string, args: readonly string[]): ChildProcess {
  return fork(fileURLToPath(new URL(script, import.meta.url)), [...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

async function message(child: ChildProcess): Promise<unknown> {
  const heard = new AbortController();
  const { signal } = heard;
  const said = once(child, 'message', { signal }).then(([value]: unknown[]) => value);
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`${child.spawnargs[1]} ended with ${code} before it had said anything.`);
  });
  // Whichever comes second is not waited for any more.
  ended.catch(() => undefined);
  said.catch(() => undefined);
  try {
    return await Promise.race([said, ended]);
  } finally {
    heard.abort();
  }
}
