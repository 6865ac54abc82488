import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeConfig } from './config.ts';
import { type BenchServer, type Measured, runCase, startServer } from './process.ts';
import type { Program } from './program.ts';
import { runPython, whyNoPython } from './python.ts';
import { cpuUs, interleaved, medianOf, rate, rateRatio } from './rounds.ts';

const LABELS = { dlt: 'dlt, merge into DuckDB', synced: 'tdp-sync' } as const;
type Case = keyof typeof LABELS;

/** The same job by dlt and by tdp-sync, with default settings. */
export interface PeersResult {
  readonly files: number;
  readonly bytes: number;
  readonly latencyMs: number;
  readonly rounds: number;
  readonly filesPerSecond: Readonly<Record<Case, number>>;
  readonly cpuUsPerFile: Readonly<Record<Case, number>>;
  readonly peakMiB: Readonly<Record<Case, number>>;
  /** tdp-sync's files per second over dlt's: median of the rounds' own ratios. */
  readonly times: number;
}

/** How much is measured. */
export interface PeersOptions {
  readonly files: number;
  readonly bytes: number;
  readonly latencyMs: number;
  /** Threads that dlt retrieves with. */
  readonly workers: number;
  readonly rounds: number;
}

/** tdp-sync against another tool that does the same job, where it is installed. */
export const peersProgram: Program = {
  options: '[--files 5000] [--bytes 2048] [--latency 0] [--workers 20] [--rounds 5]',
  run: async (args) => {
    const options = optionsFrom(args);
    const why = await whyNoDlt();
    if (why !== undefined) return { text: `dlt is left out: ${why}` };
    const result = await peers(options);
    const of = `${options.files}x${options.bytes}-${options.latencyMs}ms`;
    return { text: peersText(result), figures: { of, result } };
  },
};

/** Why dlt cannot be measured, if it cannot. */
export function whyNoDlt(): Promise<string | undefined> {
  return whyNoPython('dlt, duckdb', 'dlt[duckdb]');
}

function optionsFrom(args: readonly string[]): PeersOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      files: { type: 'string', default: '5000' },
      bytes: { type: 'string', default: '2048' },
      latency: { type: 'string', default: '0' },
      workers: { type: 'string', default: '20' },
      rounds: { type: 'string', default: '5' },
    },
  });
  return {
    files: Number(values.files),
    bytes: Number(values.bytes),
    latencyMs: Number(values.latency),
    workers: Number(values.workers),
    rounds: Number(values.rounds),
  };
}

/** Measures both, interleaved, each in a fresh process and into a new database. */
export async function peers(options: PeersOptions): Promise<PeersResult> {
  const { files, bytes, latencyMs, workers, rounds } = options;
  await using server = await startServer(files, bytes, { latencyMs });
  const runs = await interleaved<Case>(rounds, {
    dlt: () => runDlt(server, workers),
    synced: () => runSynced(server),
  });
  for (const [name, measured] of Object.entries(runs)) {
    if (measured.some((run) => run.files !== files))
      throw new Error(`"${name}" did not load all ${files} files.`);
  }
  const each = (figure: (run: Measured) => number): Record<Case, number> => ({
    dlt: medianOf(runs.dlt, figure),
    synced: medianOf(runs.synced, figure),
  });
  return {
    ...{ files, bytes, latencyMs, rounds },
    filesPerSecond: each(rate),
    cpuUsPerFile: each(cpuUs),
    peakMiB: each(({ peakMiB }) => peakMiB),
    times: rateRatio(runs.synced, runs.dlt),
  };
}

async function runDlt({ url, auth }: BenchServer, workers: number): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'tdp-sync-bench-'));
  try {
    const { auth_token: token, org } = auth;
    return await runPython('./peers/dlt_pipeline.py', { url, token, org, workers, folder });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function runSynced(server: BenchServer): Promise<Measured> {
  await using config = await writeConfig(server);
  return await runCase('configured', { config: config.file });
}

/** The result as a table. */
export function peersText(result: PeersResult): string {
  const { files, bytes, latencyMs, rounds } = result;
  const row = (name: Case): string =>
    [
      LABELS[name].padEnd(24),
      result.filesPerSecond[name].toFixed(0).padStart(10),
      result.cpuUsPerFile[name].toFixed(0).padStart(13),
      result.peakMiB[name].toFixed(0).padStart(10),
    ].join('');
  return [
    `${files.toLocaleString('en-US')} files of ${bytes} bytes, ${latencyMs} ms latency, medians of ${rounds} rounds`,
    'tool                       files/s  CPU us/file  peak MiB',
    row('dlt'),
    row('synced'),
    `tdp-sync / dlt: ${result.times.toFixed(1)} times the files per second`,
  ].join('\n');
}
