import { setTimeout } from 'node:timers/promises';
import { writeConfig } from '../config.ts';
import { type Measured, type Requests, runCase, startServer } from '../process.ts';

/** What documents become. */
export const SHAPES = {
  document: { label: 'whole documents of 2 KB', bytes: 2048, rows: 0 },
  rows: { label: 'documents of ten rows', bytes: 1060, rows: 10 },
} as const;
export type Shape = keyof typeof SHAPES;

export const STEPS = ['first', 'quiet', 'added', 'renewed', 'swept', 'verified'] as const;
export type Step = (typeof STEPS)[number];

/** A step, and what it asked the server for. */
export interface Lived extends Measured {
  readonly requests: Requests;
}

/** What the steps of one database measured. */
export type Life = Readonly<Record<Step, Lived>>;

/** TDP's clock shows whole seconds: a run within the same one as the last has no window to look at. */
const SECOND_MS = 1100;

const TABLES = {
  samples: { columns: { sample: 'samples[0].id', value: 'results[0].value as float64' } },
  readings: {
    rows: 'readings[]',
    columns: {
      index: 'index as int64',
      time: 'time.value as float64',
      signal: 'signal.value as float64',
      sample: '$.samples[0].id',
    },
  },
};

/**
 * Fills a new database with so many files, looks for news, loads new files and changed ones, and compares all of it, each step
 * by a process of its own.
 *
 * @throws when a step loads or compares other files than it should, or one that loads nothing asks for more than searches.
 */
export async function live(size: number, shape: Shape, added: number): Promise<Life> {
  const { bytes, rows } = SHAPES[shape];
  await using server = await startServer(size, bytes);
  await using config = await writeConfig(server, rows === 0 ? {} : { tables: TABLES });
  let later = 0;
  const run = async (
    expected: number,
    held: number,
    work: 'sync' | 'sweep' | 'verify' = 'sync',
  ): Promise<Lived> => {
    await setTimeout(later);
    later = SECOND_MS;
    await server.requests();
    const count = { database: config.database, table: rows === 0 ? 'docs' : 'readings' };
    const measured = await runCase('configured', { work, config: config.file, count });
    const requests = await server.requests();
    const retrieves = work === 'sync' ? expected : 0;
    if (measured.files !== expected || requests.retrieves !== retrieves)
      throw new Error(`${measured.files} files in the step ${work} and not ${expected}.`);
    if (measured.rows !== held * Math.max(rows, 1))
      throw new Error(`There are ${measured.rows} rows of ${held} files.`);
    return { ...measured, requests };
  };
  const first = await run(size, size);
  const quiet = await run(0, size);
  await server.add(added);
  const more = await run(added, size + added);
  const share = Math.ceil(size / 100);
  await server.renew(share);
  const renewed = await run(share, size + added);
  const swept = await run(size + added, size + added, 'sweep');
  const verified = await run(size + added, size + added, 'verify');
  return { first, quiet, added: more, renewed, swept, verified };
}
