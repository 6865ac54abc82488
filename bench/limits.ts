import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { median } from './median.ts';
import { type Measured, runCase, startServer } from './process.ts';
import type { Program } from './program.ts';

const BATCH = 4096;
const CASES = ['http', 'duckdb', 'whole'] as const;
type Case = (typeof CASES)[number];

/** One case over all rounds, in medians. */
export interface LimitsResult {
  readonly files: number;
  readonly bytes: number;
  readonly rounds: number;
  readonly filesPerSecond: Readonly<Record<Case, number>>;
  readonly clientCpuUs: Readonly<Record<Case, number>>;
  readonly serverCpuUs: number;
  readonly peakMiB: Readonly<Record<Case, number>>;
  /** The whole run over the slower of HTTP alone and DuckDB alone: median of the rounds' own ratios. */
  readonly ofSlowerLeg: number;
  /** The whole run over what all cores could do with the CPU that server, HTTP leg and DuckDB leg need per file. */
  readonly ofCpuBound: number;
}

/** The whole run against its two legs. */
export const limitsProgram: Program = {
  options: '[--files 20000] [--bytes 2048] [--rounds 5] [--concurrency 64]',
  run: async (args) => {
    const result = await limits(args);
    const { files, bytes } = result;
    return { text: limitsTable(result), figures: { of: `${files}x${bytes}`, result } };
  },
};

/** Measures HTTP alone, DuckDB alone and the whole run, interleaved, each in a fresh process. */
export async function limits(args: readonly string[]): Promise<LimitsResult> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      files: { type: 'string', default: '20000' },
      bytes: { type: 'string', default: '2048' },
      rounds: { type: 'string', default: '5' },
      concurrency: { type: 'string', default: '64' },
    },
  });
  const [files, bytes, rounds, concurrency] = [
    values.files,
    values.bytes,
    values.rounds,
    values.concurrency,
  ].map(Number) as [number, number, number, number];
  await using server = await startServer(files, bytes);
  const source = {
    url: server.url,
    token: server.auth.auth_token,
    org: server.auth.org,
    concurrency,
  };
  const runs: Record<Case, Measured[]> = { http: [], duckdb: [], whole: [] };
  const serverCpuUs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    runs.duckdb.push(await runCase('duckdb', { files, bytes, batch: BATCH }));
    runs.whole.push(await runCase('whole', source));
    await server.cpuMs();
    runs.http.push(await runCase('http', source));
    serverCpuUs.push(((await server.cpuMs()) * 1000) / files);
  }
  for (const [name, measured] of Object.entries(runs)) {
    if (measured.some((run) => run.files !== files))
      throw new Error(`"${name}" did not see all ${files} files.`);
  }
  return evaluate({ files, bytes, rounds }, runs, median(serverCpuUs));
}

function evaluate(
  setting: Pick<LimitsResult, 'files' | 'bytes' | 'rounds'>,
  runs: Readonly<Record<Case, readonly Measured[]>>,
  serverCpuUs: number,
): LimitsResult {
  const each = (measure: (run: Measured) => number): Record<Case, number> => ({
    http: median(runs.http.map(measure)),
    duckdb: median(runs.duckdb.map(measure)),
    whole: median(runs.whole.map(measure)),
  });
  const clientCpuUs = each(({ cpuMs, files }) => (cpuMs * 1000) / files);
  const bound = (cpus().length * 1e6) / (serverCpuUs + clientCpuUs.http + clientCpuUs.duckdb);
  const ratios = runs.whole.map((whole, round) => {
    const slower = Math.min(rate(runs.http[round]), rate(runs.duckdb[round]));
    return rate(whole) / slower;
  });
  const filesPerSecond = each(rate);
  return {
    ...setting,
    filesPerSecond,
    clientCpuUs,
    serverCpuUs,
    peakMiB: each(({ peakMiB }) => peakMiB),
    ofSlowerLeg: median(ratios),
    ofCpuBound: filesPerSecond.whole / bound,
  };
}

function rate(run: Measured | undefined): number {
  return run === undefined ? Number.NaN : (run.files * 1000) / run.durationMs;
}

/** The result as a table. */
export function limitsTable(result: LimitsResult): string {
  const row = (name: Case, label: string): string =>
    [
      label.padEnd(14),
      Math.round(result.filesPerSecond[name]).toLocaleString('en-US').padStart(10),
      result.clientCpuUs[name].toFixed(0).padStart(16),
      result.peakMiB[name].toFixed(0).padStart(11),
    ].join('');
  return [
    `${result.files.toLocaleString('en-US')} files of ${result.bytes} bytes, medians of ${result.rounds} rounds`,
    'case             files/s  client us/file  peak MiB',
    row('http', 'HTTP alone'),
    row('duckdb', 'DuckDB alone'),
    row('whole', 'whole run'),
    `server: ${result.serverCpuUs.toFixed(0)} us CPU per file`,
    `whole run / slower leg: ${result.ofSlowerLeg.toFixed(2)}`,
    `whole run / CPU bound:  ${result.ofCpuBound.toFixed(2)}`,
  ].join('\n');
}
