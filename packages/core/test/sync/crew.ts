import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Column } from '@tdp-sync/sink';
import { MemoryDatabase, memorySink } from '@tdp-sync/sink/memory';
import { expect } from 'vitest';
import type * as core from '../../src/index.ts';
import { readColumns } from '../../src/sync/columns-table.ts';
import type { SyncEvent } from '../../src/sync/events.ts';
import type { SyncOptions } from '../../src/sync/options.ts';
import { sync } from '../../src/sync/sync.ts';
import { autoTransform } from '../../src/transform/auto/auto.ts';
import { HOUR, MINUTE, World } from '../world.ts';

/** What is tried of core: as it is, or a deliberately wrong copy. */
export type Engine = Pick<
  typeof core,
  'sync' | 'syncSlices' | 'clearSync' | 'sweep' | 'retry' | 'rebuild' | 'syncFiles'
>;

/** Something that happens to workers, and what must hold whatever does. */
export interface Scenario {
  readonly name: string;
  /** How many of its worlds are tried, from seed 0. */
  readonly seeds: number;
  /** @throws when something does not hold. */
  readonly run: (engine: Engine, dice: Dice) => Promise<void>;
}

/** The last are rare, so that some are met late. */
const KINDS = ['one', 'two', 'three', 'four', 'five', 'six', 'seven'];
export const transform = autoTransform({ fallbackName: 'lab' });

/** Numbers that look like chance and are the same each time. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed * 2_654_435_761 + 1;
  }

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }
}

/** A backlog of some days: files of several kinds, of which some are shown in several versions, of another kind each. */
export function backlog(dice: Dice, files: number): World {
  const world = new World();
  world.lake.pageLimit = 3;
  for (let n = 0; n < files; n += 1) {
    world.lake.pass(dice.below(HOUR));
    const kind = KINDS[dice.below(1 + dice.below(KINDS.length))] ?? '';
    const path = `p${dice.below(files)}`;
    const items = Array.from({ length: dice.below(3) }, (_, at) => ({ [`v${dice.below(4)}`]: at }));
    const document = { '@idsType': kind, '@idsVersion': 'v1.0.0', n, [`of_${kind}`]: n, items };
    world.lake.put(path, { content: JSON.stringify(document), keepOld: dice.below(3) === 0 });
  }
  world.lake.pass(2 * HOUR);
  return world;
}

/** Which cells of all tables hold what, but for times: a version that is brought in before a later one leaves its columns, if not its rows. */
export function content(database: MemoryDatabase): unknown {
  const cells = (row: Readonly<Record<string, unknown>>): unknown =>
    Object.fromEntries(
      Object.entries(row).filter(([name, value]) => value !== null && name !== 'synced_at'),
    );
  const tables = database
    .tables()
    .filter((name) => name !== 'lab_history' && database.read(name).length > 0);
  return Object.fromEntries(
    tables.toSorted().map((name) => [name, database.read(name).map(cells)]),
  );
}

/** What one run of the true engine leaves of the same lake. */
export async function alone(world: World): Promise<unknown> {
  const database = new MemoryDatabase();
  const sink = await memorySink.open({ database }, { baseDir: '/' });
  await sync(await world.options({ transform, sink }));
  return content(database);
}

interface Crew {
  readonly dice: Dice;
  readonly sliceFiles: number;
  readonly documents: number;
  readonly crashes: number;
  readonly history: boolean;
  /** Default: each does whatever is left. */
  readonly share?: { readonly index: number; readonly of: number };
}

/** A worker whose commits take their time, and which is killed now and then and begins anew. */
async function work(engine: Engine, world: World, crew: Crew): Promise<void> {
  const { dice, sliceFiles, documents, crashes, history, share } = crew;
  for (let crash = 0; ; crash += 1) {
    const sink = await world.sink();
    const fatal = crash < crashes ? 1 + dice.below(4) : Number.POSITIVE_INFINITY;
    const isAfter = dice.below(2) === 0;
    const step = async (count: number, isHere: boolean): Promise<void> => {
      for (let turns = dice.below(8); turns > 0; turns -= 1) await nextTurn();
      if (isHere && count === fatal) throw new Error('killed');
    };
    sink.beforeCommit = (count) => step(count, !isAfter);
    sink.afterCommit = (count) => step(count, isAfter);
    try {
      const options = await world.options({ transform, sink, history, batch: { documents } });
      const slices = { ...options, source: world.lake, sliceFiles };
      await engine.syncSlices(share === undefined ? slices : { ...slices, share });
      return;
    } catch (error) {
      expect(error).toMatchObject({ message: 'killed' });
    }
  }
}

/** Each file has a line for each time that it has become another version, the last one for what it is. */
function expectWholeHistory({ database }: World): void {
  const lines = Map.groupBy(database.read('lab_history'), (row) => row['_file_key']);
  const files = database.read('lab_files');
  expect(lines.size).toBe(files.length);
  for (const { _file_key, file_id } of files) {
    const versions = lines.get(_file_key)?.map((line) => line['file_id']) ?? [];
    expect(versions.at(-1)).toBe(file_id);
    expect(new Set(versions).size).toBe(versions.length);
  }
}

/** The catalogue knows every column that there is, whoever has added it. */
async function expectKnown(world: World): Promise<void> {
  const described = (name: string, columns: readonly Column[]): readonly string[] =>
    columns.map((column) => `${name}.${column.name} ${column.type}`);
  const known = await readColumns(await world.sink(), 'lab');
  const made = [...world.database.content.tables.values()].filter(
    ({ name }) => !name.startsWith('lab_'),
  );
  expect(known.flatMap(({ name, columns }) => described(name, columns))).toEqual(
    expect.arrayContaining(made.flatMap(({ name, columns }) => described(name, columns))),
  );
}

/** Cuts the backlog and brings nothing in. */
async function cut(engine: Engine, world: World, sliceFiles: number): Promise<void> {
  const stop = new AbortController();
  const emit = ({ type }: SyncEvent): void => {
    if (type === 'backlog-cut') stop.abort(new Error('stop'));
  };
  const options = await world.options({ transform, emit, signal: stop.signal });
  await engine.syncSlices({ ...options, source: world.lake, sliceFiles });
  expect(world.state.slices).toBeDefined();
}

/** A worker that stands still in the middle of a slice, and what wakes it: it does no more than what it was at, unless it goes on. */
export async function standstill(
  engine: Engine,
  world: World,
): Promise<{ wake: (goesOn?: boolean) => Promise<void> }> {
  const sink = await world.sink();
  const gate = Promise.withResolvers<void>();
  const there = Promise.withResolvers<void>();
  const stop = new AbortController();
  sink.beforeCommit = async (count) => {
    // The plan, the slice's state and its first batch.
    if (count !== 3) return;
    there.resolve();
    await gate.promise;
  };
  const batch = { documents: 3 };
  const options = await world.options({ transform, sink, batch, signal: stop.signal });
  const working = engine.syncSlices({ ...options, source: world.lake, sliceFiles: 8 });
  await Promise.race([there.promise, working]);
  return {
    wake: async (goesOn = false) => {
      if (!goesOn) stop.abort(new Error('no more'));
      gate.resolve();
      await working.catch((error: unknown) => error);
    },
  };
}

/** Several workers over one database, killed, standing still, or overtaken by what happens to the sync. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'any number of workers, killed at any moment, leave what one run leaves',
    seeds: 150,
    run: async (engine, dice) => {
      const world = backlog(dice, 10 + dice.below(50));
      const expected = await alone(world);
      const of = 1 + dice.below(8);
      const isShared = dice.below(2) === 0;
      const crew = {
        ...{ dice, sliceFiles: 2 + dice.below(11), documents: 1 + dice.below(7) },
        ...{ crashes: dice.below(4), history: dice.below(2) === 0 },
      };
      const crews = Array.from(
        { length: of },
        (_, index): Crew => (isShared ? { ...crew, share: { index, of } } : crew),
      );
      await Promise.all(crews.map((one) => work(engine, world, one)));
      await engine.sync(await world.options({ transform, history: crew.history }));
      expect(content(world.database)).toEqual(expected);
      if (crew.history) expectWholeHistory(world);
      await expectKnown(world);
      expect(world.state.slices).toBeUndefined();
      expect(world.state.watermarkMs).toBe(world.lake.nowMs - MINUTE);
      // Who is killed right after the slices are closed leaves their states behind, which nobody reads any more.
      if (crew.crashes > 0) return;
      const names = [...world.database.content.states.keys()].toSorted();
      expect(names).toEqual(['lab', 'lab#tables']);
    },
  },
  {
    name: 'workers that meet new kinds of files at once retrieve none of them twice',
    seeds: 40,
    run: async (engine, dice) => {
      const world = backlog(dice, 20 + dice.below(40));
      const expected = await alone(world);
      world.lake.retrieved.length = 0;
      const of = 2 + dice.below(7);
      const crew = {
        ...{ dice, sliceFiles: 2 + dice.below(6), documents: 1 + dice.below(7) },
        ...{ crashes: 0, history: false },
      };
      await Promise.all(
        Array.from({ length: of }, (_, index) =>
          work(engine, world, { ...crew, share: { index, of } }),
        ),
      );
      const { retrieved } = world.lake;
      expect(retrieved.length).toBe(new Set(retrieved).size);
      await engine.sync(await world.options({ transform }));
      expect(content(world.database)).toEqual(expected);
      await expectKnown(world);
    },
  },
  {
    name: 'a file that another worker has brought in as another kind meanwhile keeps nothing of it',
    seeds: 1,
    run: async (engine) => {
      const world = new World();
      const put = (path: string, kind: string, keepOld = false): void => {
        world.lake.pass(HOUR / 4);
        const document = { '@idsType': kind, '@idsVersion': 'v1.0.0', [`of_${kind}`]: path };
        world.lake.put(path, { content: JSON.stringify(document), keepOld });
      };
      put('twice', 'rare');
      for (let n = 0; n < 14; n += 1) put(`p${n}`, 'usual');
      put('twice', 'usual', true);
      world.lake.pass(2 * HOUR);
      await cut(engine, world, 8);
      const sink = await world.sink();
      const gate = Promise.withResolvers<void>();
      const there = Promise.withResolvers<void>();
      sink.beforeCommit = async (count) => {
        // The slice's state, and all of its files.
        if (count !== 2) return;
        there.resolve();
        await gate.promise;
      };
      const share = async (index: number, options = {}): Promise<unknown> => {
        const slices = { source: world.lake, sliceFiles: 8, share: { index, of: 2 } };
        return engine.syncSlices({
          ...(await world.options({ transform, ...options })),
          ...slices,
        });
      };
      const later = share(1, { sink });
      await Promise.race([there.promise, later]);
      await share(0);
      gate.resolve();
      await later;
      await engine.sync(await world.options({ transform }));
      expect(content(world.database)).toEqual(await alone(world));
    },
  },
  {
    name: 'runs go on behind the slices while workers bring them in',
    seeds: 40,
    run: async (engine, dice) => {
      const world = backlog(dice, 40);
      const crew = { dice, sliceFiles: 6, documents: 3, crashes: 0, history: false };
      await cut(engine, world, 6);
      const of = 1 + dice.below(4);
      const workers = Array.from({ length: of }, (_, index) =>
        work(engine, world, { ...crew, share: { index, of } }),
      );
      for (let round = 0; round < 4; round += 1) {
        world.lake.put(`new ${round}`);
        world.lake.put(`p${dice.below(40)}`);
        world.lake.pass(3 * MINUTE);
        const reached = world.lake.nowMs - MINUTE;
        await engine.sync(await world.options({ transform }));
        const { slices, watermarkMs } = world.state;
        expect(slices?.tailMs ?? watermarkMs).toBe(reached);
        expect(world.file(`new ${round}`)).toMatchObject({ status: 'loaded' });
      }
      await Promise.all(workers);
      const watermarkMs = world.lake.nowMs - MINUTE;
      expect(world.state).toMatchObject({ slices: undefined, watermarkMs });
      await engine.sync(await world.options({ transform }));
      expect(content(world.database)).toEqual(await alone(world));
    },
  },
  {
    name: 'whatever else is done with the sync beside workers ends well, and leaves what one run leaves',
    seeds: 60,
    run: async (engine, dice) => {
      const world = backlog(dice, 30);
      const crew = { dice, sliceFiles: 5, documents: 2, crashes: 0, history: false };
      await cut(engine, world, 5);
      const of = 1 + dice.below(4);
      const workers = Promise.all(
        Array.from({ length: of }, (_, index) =>
          work(engine, world, { ...crew, share: { index, of } }),
        ),
      );
      const others = [engine.sweep, engine.retry, (given: SyncOptions) => engine.rebuild(given)];
      for (let round = 0; round < 4; round += 1) {
        const { fileId } = world.lake.put(`new ${round}`);
        world.lake.pass(3 * MINUTE);
        const sink = await world.sink();
        sink.beforeCommit = async () => {
          for (let turns = dice.below(20); turns > 0; turns -= 1) await nextTurn();
        };
        const options = await world.options({ transform, sink, batch: { documents: 3 } });
        const other = others[dice.below(others.length)] ?? engine.sync;
        const [report] = await Promise.all([other(options), dice.below(2) === 0 || workers]);
        expect(report.outcome).toBe('complete');
        await engine.syncFiles(options, [fileId]);
        expect(world.file(`new ${round}`)).toMatchObject({ status: 'loaded' });
      }
      await workers;
      await engine.sync(await world.options({ transform }));
      expect(content(world.database)).toEqual(await alone(world));
    },
  },
  {
    name: 'a backlog that is cut is left to those who are told to bring in its slices, one by one, in any order',
    seeds: 40,
    run: async (engine, dice) => {
      const world = backlog(dice, 40);
      const options = { ...(await world.options({ transform })), source: world.lake };
      const slices = { source: world.lake, files: 6 };
      const sinceMs = world.lake.nowMs - 12 * HOUR;
      await engine.sync({ ...options, slices: { ...slices, files: 1000 }, sinceMs });
      expect(world.state.slices).toBeUndefined();
      // From the beginning now, and with that a backlog.
      const { slicesLeft } = await engine.sync({ ...options, slices });
      expect(slicesLeft).toBeGreaterThan(1);
      const plan = world.state.slices;
      world.lake.pass(11 * MINUTE);
      await engine.sync({ ...options, slices });
      expect(world.state.slices).toMatchObject({ id: plan?.id, cuts: plan?.cuts });
      const numbers = Array.from({ length: slicesLeft }, (_, at) => at);
      while (numbers.length > 0) {
        const [slice = 0] = numbers.splice(dice.below(numbers.length), 1);
        const twice = { ...options, slice, sliceFiles: 1 };
        const reports = await Promise.all([engine.syncSlices(twice), engine.syncSlices(twice)]);
        expect(Math.min(...reports.map(({ shareLeft }) => shareLeft))).toBe(0);
      }
      expect(world.state.slices).toBeUndefined();
      // Nothing is left of it, and nothing is cut anew.
      for (let n = 0; n < 9; n += 1) {
        world.lake.put(`new ${n}`);
        world.lake.pass(HOUR);
      }
      await engine.syncSlices({ ...options, slice: 0, sliceFiles: 1 });
      expect(world.state.slices).toBeUndefined();
      await engine.sync(await world.options({ transform }));
      // What windows have in common is no backlog.
      for (let n = 0; n < 5; n += 1) {
        world.lake.put(`late ${n}`);
        world.lake.pass(3 * MINUTE);
      }
      await engine.sync(options);
      world.lake.pass(3 * MINUTE);
      await engine.sync({ ...options, slices: { ...slices, files: 1 } });
      expect(world.state.slices).toBeUndefined();
      expect(content(world.database)).toEqual(await alone(world));
    },
  },
  {
    name: 'a worker that wakes after another has brought its slice in commits nothing',
    seeds: 5,
    run: async (engine, dice) => {
      const world = backlog(dice, 30);
      const zombie = await standstill(engine, world);
      world.lake.pass(11 * MINUTE);
      await engine.sync(await world.options({ transform }));
      const { ledgers } = world.database.content;
      expect(world.state.slices).toBeUndefined();
      await zombie.wake();
      expect(world.database.content.ledgers).toEqual(ledgers);
      expect(content(world.database)).toEqual(await alone(world));
    },
  },
  {
    name: 'a worker that goes on after others have closed all slices leaves nothing behind',
    seeds: 5,
    run: async (engine, dice) => {
      const world = backlog(dice, 30);
      const zombie = await standstill(engine, world);
      world.lake.pass(11 * MINUTE);
      await engine.sync(await world.options({ transform }));
      expect(world.state.slices).toBeUndefined();
      await zombie.wake(true);
      const names = [...world.database.content.states.keys()].toSorted();
      expect(names).toEqual(['lab', 'lab#tables']);
      expect(content(world.database)).toEqual(await alone(world));
    },
  },
  {
    name: 'a worker of the config before commits nothing once the rows are made anew',
    seeds: 5,
    run: async (engine, dice) => {
      const world = backlog(dice, 30);
      const zombie = await standstill(engine, world);
      const anew = autoTransform({ fallbackName: 'lab', uuids: false });
      // It makes the rows anew and leaves the slices, on one of which somebody was at work just now.
      await engine.sync(await world.options({ transform: anew }));
      await zombie.wake();
      world.lake.pass(11 * MINUTE);
      await engine.sync(await world.options({ transform: anew }));
      const uuids = world.database
        .tables()
        .flatMap((name) => world.database.read(name).map((row) => row['uuid'] ?? null));
      expect(new Set(uuids)).toEqual(new Set([null]));
      expect(world.state.slices).toBeUndefined();
    },
  },
  {
    name: 'a worker of another filter commits nothing once the sync has begun anew',
    seeds: 5,
    run: async (engine, dice) => {
      const world = backlog(dice, 30);
      const zombie = await standstill(engine, world);
      const filter = [{ term: { category: 'RAW' } }];
      await engine.sync(await world.options({ transform, filter }));
      expect(world.state.slices).toBeUndefined();
      const { ledgers, states } = world.database.content;
      await zombie.wake();
      expect(world.database.content.ledgers.get('lab')).toEqual(ledgers.get('lab'));
      expect(world.database.content.states.get('lab')).toEqual(states.get('lab'));
    },
  },
  {
    name: 'a worker commits nothing after a reset',
    seeds: 5,
    run: async (engine, dice) => {
      const world = backlog(dice, 30);
      const zombie = await standstill(engine, world);
      await using sink = await world.sink();
      await engine.clearSync(sink, 'lab');
      await zombie.wake();
      expect(world.database.content.ledgers.get('lab')?.size ?? 0).toBe(0);
      await engine.sync(await world.options({ transform }));
      expect(content(world.database)).toEqual(await alone(world));
    },
  },
];
