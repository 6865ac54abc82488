import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { writeConfig } from './config.ts';
import { median } from './median.ts';
import { type BenchServer, type Measured, runCase, startServer } from './process.ts';
import type { Program } from './program.ts';
import { cpuRatio, cpuUs, interleaved, medianOf, type Rounds, rate } from './rounds.ts';

const BATCH = { documents: 2048, bytes: 32 * 1024 * 1024 };
const LABELS = {
  http: 'HTTP alone',
  client: "core's client",
  duckdb: 'DuckDB alone',
  whole: 'whole run',
} as const;
type Case = keyof typeof LABELS;

/** All cases for documents of one size, in medians over the rounds. */
export interface SizeResult {
  readonly files: number;
  readonly bytes: number;
  readonly rounds: number;
  readonly filesPerSecond: Readonly<Record<Case, number>>;
  readonly clientCpuUs: Readonly<Record<Case, number>>;
  readonly serverCpuUs: number;
  readonly peakMiB: Readonly<Record<Case, number>>;
  /** CPU time per file of core's client over that of HTTP alone. */
  readonly clientOfHttp: number;
  /** The whole run over the slower of HTTP alone and DuckDB alone: median of the rounds' own ratios. */
  readonly ofSlowerLeg: number;
  /** The whole run over what all cores could do with the CPU that server, HTTP leg and DuckDB leg need per file. */
  readonly ofCpuBound: number;
}

/** The whole run against its two legs. */
export const limitsProgram: Program = {
  options: '[--bytes 2048,20480,204800] [--files 40000,10000,1000] [--rounds 5] [--concurrency 64]',
  run: async (args) => {
    const results = await limits(args);
    const of = results.map(({ files, bytes }) => `${files}x${bytes}`).join('-');
    return { text: results.map(limitsTable).join('\n\n'), figures: { of, result: results } };
  },
};

/** Measures HTTP alone, core's client, DuckDB alone and the whole run, interleaved, each in a fresh process. */
export async function limits(args: readonly string[]): Promise<readonly SizeResult[]> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      bytes: { type: 'string', default: '2048,20480,204800' },
      files: { type: 'string', default: '40000,10000,1000' },
      rounds: { type: 'string', default: '5' },
      concurrency: { type: 'string', default: '64' },
    },
  });
  const files = values.files.split(',').map(Number);
  const results: SizeResult[] = [];
  for (const [index, bytes] of values.bytes.split(',').map(Number).entries()) {
    const setting = { files: files[index] ?? files.at(-1) ?? 0, bytes };
    results.push(await measure(setting, Number(values.rounds), Number(values.concurrency)));
  }
  return results;
}

interface Setting {
  readonly files: number;
  readonly bytes: number;
}

async function measure(
  { files, bytes }: Setting,
  rounds: number,
  concurrency: number,
): Promise<SizeResult> {
  await using server = await startServer(files, bytes);
  const { url, auth } = server;
  const source = { url, token: auth.auth_token, org: auth.org, concurrency };
  const serverCpuUs: number[] = [];
  const http = async (): Promise<Measured> => {
    await server.cpuMs();
    const measured = await runCase('http', source);
    serverCpuUs.push(((await server.cpuMs()) * 1000) / files);
    return measured;
  };
  const batch = Math.max(Math.min(BATCH.documents, Math.floor(BATCH.bytes / bytes)), 1);
  const runs = await interleaved(rounds, {
    duckdb: () => runCase('duckdb', { files, bytes, batch }),
    whole: () => whole(server),
    client: () => runCase('client', source),
    http,
  });
  for (const [name, measured] of Object.entries(runs)) {
    if (measured.some((run) => run.files !== files))
      throw new Error(`"${name}" did not see all ${files} files.`);
  }
  return evaluate({ files, bytes, rounds }, runs, median(serverCpuUs));
}

/** The command's own way, into a database of its own. */
async function whole(server: BenchServer): Promise<Measured> {
  await using config = await writeConfig(server);
  return await runCase('configured', { config: config.file });
}

function evaluate(
  setting: Setting & Pick<SizeResult, 'rounds'>,
  runs: Rounds<Case>,
  serverCpuUs: number,
): SizeResult {
  const each = (figure: (run: Measured) => number): Record<Case, number> => ({
    http: medianOf(runs.http, figure),
    client: medianOf(runs.client, figure),
    duckdb: medianOf(runs.duckdb, figure),
    whole: medianOf(runs.whole, figure),
  });
  const clientCpuUs = each(cpuUs);
  const filesPerSecond = each(rate);
  const bound = (cpus().length * 1e6) / (serverCpuUs + clientCpuUs.http + clientCpuUs.duckdb);
  const ofSlowerLeg = runs.whole.map((whole, round) => {
    const [http, duckdb] = [runs.http[round], runs.duckdb[round]];
    if (http === undefined || duckdb === undefined) return Number.NaN;
    return rate(whole) / Math.min(rate(http), rate(duckdb));
  });
  return {
    ...setting,
    filesPerSecond,
    clientCpuUs,
    serverCpuUs,
    peakMiB: each(({ peakMiB }) => peakMiB),
    clientOfHttp: cpuRatio(runs.client, runs.http),
    ofSlowerLeg: median(ofSlowerLeg),
    ofCpuBound: filesPerSecond.whole / bound,
  };
}

/** The result as a table. */
export function limitsTable(result: SizeResult): string {
  const row = (name: Case): string =>
    [
      LABELS[name].padEnd(14),
      Math.round(result.filesPerSecond[name]).toLocaleString('en-US').padStart(10),
      result.clientCpuUs[name].toFixed(0).padStart(16),
      result.peakMiB[name].toFixed(0).padStart(11),
    ].join('');
  return [
    `${result.files.toLocaleString('en-US')} files of ${result.bytes} bytes, medians of ${result.rounds} rounds`,
    'case             files/s  client us/file  peak MiB',
    ...(['http', 'client', 'duckdb', 'whole'] as const).map(row),
    `server: ${result.serverCpuUs.toFixed(0)} us CPU per file`,
    `core's client / HTTP alone: ${result.clientOfHttp.toFixed(2)} (CPU)`,
    `whole run / slower leg:     ${result.ofSlowerLeg.toFixed(2)}`,
    `whole run / CPU bound:      ${result.ofCpuBound.toFixed(2)}`,
  ].join('\n');
}
