import { type CommitResult, type Document, type Load, type Sink, SinkError } from '@tdp-sync/sink';
import { MemoryDatabase, memorySink } from '@tdp-sync/sink/memory';
import { expect, test } from 'vitest';
import { type Loading, load } from '../../src/position/load.ts';
import { defaultSinkRetryPolicy, type Retrying } from '../../src/position/retrying.ts';

const lost = new SinkError('SINK_UNAVAILABLE', 'The line is gone.', { retryable: true });
const refused = new SinkError('SINK_FAILED', 'No.');

/** Waits no time, and notes how long it should have been. */
function instantly(): { readonly retrying: Retrying; readonly waits: number[] } {
  const waits: number[] = [];
  const clock = { now: () => 0, sleep: async (ms: number) => void waits.push(ms) };
  const policy = defaultSinkRetryPolicy;
  const retrying = {
    policy,
    clock,
    random: () => 0.5,
    signal: undefined,
    onRetry: () => undefined,
  };
  return { retrying, waits };
}

type Step = 'begin' | 'stage' | 'commit' | 'commit done' | 'readState' | 'release';

/** A memory sink over a line on which what happens at each step is said in advance. */
class Line {
  readonly database = new MemoryDatabase();
  readonly steps: Step[] = [];
  readonly #fails: (step: Step, nth: number) => unknown;

  constructor(fails: (step: Step, nth: number) => unknown) {
    this.#fails = fails;
  }

  get state(): string | undefined {
    return this.database.content.states.get('lab');
  }

  async sink(): Promise<Sink> {
    const sink = await memorySink.open({ database: this.database }, { baseDir: '/' });
    return {
      ...{
        tablesPerLoad: 50,
        rowRoom: sink.rowRoom,
        rows: sink.rows,
        damages: sink.damages,
        documents: sink.documents,
      },
      clear: (name) => sink.clear(name),
      readState: (name) => this.#step('readState', () => sink.readState(name)),
      begin: (target) => this.#step('begin', async () => this.#load(await sink.begin(target))),
      [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
    };
  }

  #load(load: Load): Load {
    return {
      stage: (documents) => this.#step('stage', () => load.stage(documents)),
      commit: (state) =>
        this.#step('commit', async () => {
          const result = await load.commit(state);
          return this.#step('commit done', async () => result);
        }),
      [Symbol.asyncDispose]: () =>
        this.#step('release', async () => await load[Symbol.asyncDispose]()),
    };
  }

  async #step<T>(step: Step, work: () => Promise<T>): Promise<T> {
    this.steps.push(step);
    const error = this.#fails(step, this.steps.filter((one) => one === step).length);
    if (error !== undefined) throw error;
    return work();
  }
}

const DOCUMENTS: readonly Document[] = ['1', '2', '3'].map((digit) => ({
  ...{ id: digit.repeat(32), order: 'a', status: 'loaded' },
  rows: new Map([['runs', [[digit]]]]),
}));

const LOADING: Loading = {
  ...{ sync: 'lab', since: undefined, state: 'new' },
  tables: [{ name: 'runs', columns: [{ name: 'name', type: 'string' }] }],
  documents: () => [DOCUMENTS.slice(0, 2), DOCUMENTS.slice(2)],
};

const ALL: CommitResult = { applied: 3, leftAlone: 0 };

test.each<[Step, number]>([
  ['begin', 1],
  ['stage', 1],
  ['stage', 2],
  ['commit', 1],
])('what fails in passing at %s %d is begun anew, with all documents', async (step, nth) => {
  const line = new Line((at, count) => (at === step && count === nth ? lost : undefined));
  const { retrying, waits } = instantly();
  expect(await load(await line.sink(), LOADING, retrying)).toEqual(ALL);
  expect(waits).toEqual([375]);
  expect(line.database.read('runs')).toHaveLength(3);
});

test('a commit whose answer was lost is looked after before anything is done twice', async () => {
  const line = new Line((at) => (at === 'commit done' ? lost : undefined));
  expect(await load(await line.sink(), LOADING, instantly().retrying)).toEqual(ALL);
  expect(line.steps.filter((step) => step === 'begin')).toHaveLength(1);
  expect(line.steps.at(-1)).toBe('readState');
});

test('a commit that broke off and is done while it is tried again is its own, and no conflict', async () => {
  let late: (() => Promise<unknown>) | undefined;
  const line = new Line((at, nth) => {
    if (at === 'commit' && nth === 1) return lost;
    return undefined;
  });
  const sink = await line.sink();
  const inner = await memorySink.open({ database: line.database }, { baseDir: '/' });
  const slow: Sink = {
    ...sink,
    // The first load's commit reaches the database when the second one has begun.
    begin: async (target) => {
      if (late === undefined) {
        const first = await inner.begin(target);
        await first.stage(DOCUMENTS);
        late = () => first.commit('new');
      } else await late();
      return sink.begin(target);
    },
  };
  expect(await load(slow, LOADING, instantly().retrying)).toEqual(ALL);
  expect(line.database.read('runs')).toHaveLength(3);
});

test('the state of another runner is a conflict, whatever has failed before', async () => {
  const line = new Line((at, nth) => (at === 'commit' && nth === 1 ? lost : undefined));
  const sink = await line.sink();
  const other = await memorySink.open({ database: line.database }, { baseDir: '/' });
  let begun = 0;
  const raced: Sink = {
    ...sink,
    begin: async (target) => {
      begun += 1;
      if (begun === 2) await (await other.begin({ ...target, tables: [] })).commit('theirs');
      return sink.begin(target);
    },
  };
  await expect(load(raced, LOADING, instantly().retrying)).rejects.toMatchObject({
    code: 'STATE_CONFLICT',
  });
  expect(line.state).toBe('theirs');
});

test('it is tried a bounded number of times, with growing waits, and then the error comes out', async () => {
  const line = new Line((at) => (at === 'begin' ? lost : undefined));
  const { retrying, waits } = instantly();
  await expect(load(await line.sink(), LOADING, retrying)).rejects.toMatchObject({
    ...{ code: 'SINK_UNAVAILABLE', retryable: true },
    message: expect.stringMatching(/^The line is gone\. It was tried 9 times\. What was committed/),
  });
  expect(waits).toEqual([375, 750, 1500, 3000, 6000, 12_000, 22_500, 22_500]);
});

test('where the outcome cannot be found out at all, the message says so, and what becomes of it', async () => {
  const line = new Line((at) => (at === 'commit' || at === 'readState' ? lost : undefined));
  await expect(load(await line.sink(), LOADING, instantly().retrying)).rejects.toMatchObject({
    code: 'SINK_UNAVAILABLE',
    retryable: true,
    message: expect.stringMatching(
      /^The line is gone\. Whether the commit .* next run finds it out/,
    ),
  });
});

test('what is refused while a commit is in doubt is no word on the documents', async () => {
  const line = new Line((at, nth) => {
    if (at === 'commit') return lost;
    return at === 'stage' && nth > 2 ? refused : undefined;
  });
  await expect(load(await line.sink(), LOADING, instantly().retrying)).rejects.toBe(lost);
});

test('what is refused is not tried again', async () => {
  const line = new Line((at) => (at === 'stage' ? refused : undefined));
  const { retrying, waits } = instantly();
  await expect(load(await line.sink(), LOADING, retrying)).rejects.toBe(refused);
  expect(waits).toEqual([]);
});

test('a stop ends the waiting, and what had failed comes out', async () => {
  const line = new Line((at) => (at === 'begin' ? lost : undefined));
  const stopping = new AbortController();
  const { retrying } = instantly();
  const clock = {
    now: () => 0,
    sleep: (_ms: number, signal?: AbortSignal) => {
      stopping.abort(new Error('SIGTERM'));
      return Promise.reject(signal?.reason);
    },
  };
  const stopped = { ...retrying, clock, signal: stopping.signal };
  await expect(load(await line.sink(), LOADING, stopped)).rejects.toBe(lost);
  expect(line.steps).toEqual(['begin']);
});

test('a load that cannot be let go of hides neither what it did nor what went wrong', async () => {
  const broken = new Line((at) => (at === 'release' ? new Error('no connection') : undefined));
  expect(await load(await broken.sink(), LOADING, instantly().retrying)).toEqual(ALL);
  const line = new Line((at) => {
    if (at === 'release') return new Error('no connection');
    return at === 'stage' ? refused : undefined;
  });
  await expect(load(await line.sink(), LOADING, instantly().retrying)).rejects.toBe(refused);
});
