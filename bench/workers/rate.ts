import { createDatabase, ownServer } from '../../packages/sink-postgres/test/server.ts';
import { type BenchServer, type ClientRequests, startServer } from '../process.ts';
import { crew, shares } from './crew.ts';

const BYTES = 2048;

/** What is measured. */
export interface RateOptions {
  readonly files: number;
  readonly latencyMs: number;
  readonly sliceFiles: number;
  readonly workers: readonly number[];
  /** Files per second that the emulator gives to all workers together. */
  readonly perSecond: number;
}

/** So many workers, from when the last of them was given its first file to when the first was given its last. */
export interface RateCase {
  readonly workers: number;
  /** Files per second of all of them. */
  readonly rate: number;
  /** Share of what they asked for that was refused, over all the time. */
  readonly refused: number;
  /** The files of the one that got fewest, over those of the one that got most. */
  readonly least: number;
}

/** Each number of workers once. */
export interface RateResult {
  readonly options: RateOptions;
  readonly cases: readonly RateCase[];
}

/** Several workers at one TDP that bears so much of them all: each finds its own limit (AdaptiveLimit), and knows nothing of the others. */
export async function rate(options: RateOptions): Promise<RateResult> {
  const { files, latencyMs, perSecond, workers } = options;
  await using postgres = await ownServer({ isDurable: true });
  await createDatabase(postgres, 'lab');
  const tokens = Array.from({ length: Math.max(...workers) }, (_, index) => `worker-${index}`);
  const given = { latencyMs, rate: perSecond, tokens };
  await using server = await startServer(files, BYTES, given);
  const cases: RateCase[] = [];
  for (const number of workers)
    cases.push(await measure(server, postgres.url('lab'), tokens.slice(0, number), options));
  return { options, cases };
}

async function measure(
  server: BenchServer,
  postgres: string,
  tokens: readonly string[],
  { files, sliceFiles }: RateOptions,
): Promise<RateCase> {
  const workers = tokens.length;
  const each = shares(workers, sliceFiles);
  const members = tokens.map((token, index) => ({
    args: each[index] ?? [],
    config: {
      source: { url: server.url, auth: { token, org: server.auth.org } },
      sink: { type: 'postgres', url: postgres, schema: `rate_${workers}` },
      syncs: { docs: {} },
    },
  }));
  await crew(members);
  const clients = await server.clients();
  const total = clients.reduce((sum, { givenMs }) => sum + givenMs.length, 0);
  if (total < files || clients.length !== workers)
    throw new Error(`${workers}: ${clients.length} of them retrieved ${total} of ${files} files.`);
  return { workers, ...shared(clients) };
}

/** How the clients shared what there was while all of them were at work. */
export function shared(clients: readonly ClientRequests[]): Omit<RateCase, 'workers'> {
  const fromMs = Math.max(...clients.map(({ givenMs: [first = 0] }) => first));
  const toMs = Math.min(...clients.map(({ givenMs }) => givenMs.at(-1) ?? 0));
  const counts = clients.map(
    ({ givenMs }) => givenMs.filter((atMs) => atMs >= fromMs && atMs <= toMs).length,
  );
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
  const refused = sum(clients.map((client) => client.refused));
  const given = sum(clients.map(({ givenMs }) => givenMs.length));
  return {
    rate: (sum(counts) * 1000) / (toMs - fromMs),
    refused: refused / (refused + given),
    least: Math.min(...counts) / Math.max(...counts),
  };
}

/** The result as a table. */
export function rateText({ options, cases }: RateResult): string {
  const { files, latencyMs, sliceFiles, perSecond } = options;
  const one = cases.find(({ workers }) => workers === 1);
  const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;
  return [
    `${files.toLocaleString('en-US')} files of ${BYTES} bytes, ${latencyMs} ms latency, ${perSecond} files/s for all workers together, slices of ${sliceFiles}`,
    'workers   files/s   times one worker   refused   least over most',
    ...cases.map((measured) =>
      [
        String(measured.workers).padEnd(7),
        measured.rate.toFixed(1).padStart(10),
        (one === undefined ? '' : (measured.rate / one.rate).toFixed(2)).padStart(19),
        percent(measured.refused).padStart(10),
        measured.least.toFixed(2).padStart(18),
      ].join(''),
    ),
  ].join('\n');
}
