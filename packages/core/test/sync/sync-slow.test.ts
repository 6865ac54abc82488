import { expect, test } from 'vitest';
import { SyncError } from '../../src/errors.ts';
import type { FileHit } from '../../src/file.ts';
import type { RunReport } from '../../src/sync/events.ts';
import type { SyncOptions } from '../../src/sync/options.ts';
import type { Putting } from '../lake.ts';
import { MINUTE, World } from '../world.ts';

const SECOND = 1000;
const AGE_MS = 20 * SECOND;
/** The fileId of the file that does not come. */
const SLOW = 1;

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function idOf(id: number): string {
  return String(id).padStart(8, '0');
}

/** A run while some files do not come. */
class SlowRun {
  readonly world: World;
  readonly stop = new AbortController();
  readonly #come = new Map<string, () => void>();
  readonly #held = new Set<string>();
  report: RunReport | undefined;
  error: unknown;
  done: Promise<unknown> = Promise.resolve();

  constructor(world: World = new World()) {
    this.world = world;
  }

  put(id: number, path: string, putting: Putting = {}): void {
    this.world.lake.put(path, { fileId: idOf(id), ...putting });
  }

  /** These do not come until {@link come} says so. */
  hold(...ids: readonly number[]): void {
    for (const id of ids) this.#held.add(idOf(id));
    this.world.lake.onRetrieve = ({ fileId }: FileHit, signal?: AbortSignal) => {
      if (!this.#held.has(fileId)) return undefined;
      return new Promise((resolve, reject) => {
        this.#come.set(fileId, resolve);
        signal?.addEventListener('abort', () => reject(signal.reason));
      });
    };
  }

  async begin(options: Partial<SyncOptions> = {}): Promise<void> {
    this.world.lake.pass(2 * MINUTE);
    this.done = this.world.run({ signal: this.stop.signal, ...options }).then(
      (report) => {
        this.report = report;
      },
      (error: unknown) => {
        this.error = error;
      },
    );
    await turns(20);
  }

  async come(id: number): Promise<void> {
    this.#held.delete(idOf(id));
    this.#come.get(idOf(id))?.();
    await turns(20);
  }

  async pass(ms: number): Promise<void> {
    this.world.lake.pass(ms);
    await turns(20);
  }

  get after(): string | undefined {
    return this.world.state.open?.after;
  }
}

function manyBehindASlowOne(): SlowRun {
  const slow = new SlowRun();
  slow.put(0, 'before');
  slow.put(SLOW, 'slow');
  for (let file = 0; file < 39; file += 1) slow.put(100 + file, `good${file}`);
  slow.hold(SLOW);
  return slow;
}

test('39 good files behind a slow one are committed by the age of a batch, and the place stays before it', async () => {
  const slow = manyBehindASlowOne();
  const { world } = slow;
  await slow.begin();
  await slow.pass(AGE_MS / 2);
  expect(world.files()).toEqual([]);
  await slow.pass(AGE_MS / 2);
  expect(world.files()).toHaveLength(40);
  expect(slow.after).toBe('00000000');
  await slow.come(SLOW);
  await slow.done;
  expect(slow.report).toMatchObject({ outcome: 'complete', seen: 41, loaded: 41, failed: 0 });
  expect(world.lake.retrieved).toHaveLength(41);
  world.expectTruth();
});

test('where not even the first file is complete, the window opens at its start', async () => {
  const slow = new SlowRun();
  slow.put(SLOW, 'slow');
  slow.put(2, 'good');
  slow.hold(SLOW);
  await slow.begin();
  await slow.pass(AGE_MS);
  expect(slow.world.files()).toHaveLength(1);
  expect(slow.world.state).toMatchObject({ watermarkMs: undefined, open: { after: undefined } });
  await slow.come(SLOW);
  await slow.done;
  slow.world.expectTruth();
});

test('after a crash the files behind the slow one are known, and it is fetched', async () => {
  const slow = manyBehindASlowOne();
  const { world } = slow;
  await slow.begin({ batch: { documents: 20 } });
  await slow.pass(AGE_MS);
  await slow.pass(AGE_MS);
  expect(world.files()).toHaveLength(40);
  const retrieved = world.lake.retrieved.length;
  world.lake.onRetrieve = () => undefined;
  expect(await world.run()).toMatchObject({ loaded: 1, outcome: 'complete' });
  expect(world.lake.retrieved.slice(retrieved)).toEqual(['00000001']);
  world.expectTruth();
});

test('a resumed window stays where it was resumed until something behind it is complete', async () => {
  const slow = new SlowRun();
  for (const id of [1, 2, 3, 4]) slow.put(id, `f${id}`);
  slow.hold(3);
  await slow.begin({ batch: { documents: 2 } });
  await slow.pass(AGE_MS);
  expect(slow.after).toBe('00000002');
  slow.stop.abort(new Error('SIGTERM'));
  await slow.pass(MINUTE);
  await slow.done;
  const next = new SlowRun(slow.world);
  slow.world.lake.put('f5', {
    fileId: '00000005',
    indexedAtMs: slow.world.lake.nowMs - 5 * MINUTE,
  });
  next.hold(3);
  await next.begin();
  await next.pass(AGE_MS);
  expect(next.world.files()).toHaveLength(4);
  expect(next.after).toBe('00000002');
  await next.come(3);
  await next.done;
  next.world.expectTruth();
});

test('two versions of one file, the newer behind a slow older one: the newer stays', async () => {
  const slow = new SlowRun();
  slow.put(SLOW, 'file', { content: '{"version":1}' });
  slow.world.lake.pass(SECOND);
  slow.put(2, 'file', { content: '{"version":2}', keepOld: true });
  slow.hold(SLOW);
  await slow.begin();
  await slow.pass(AGE_MS);
  expect([...slow.world.documents().values()]).toEqual(['{"version":2}']);
  await slow.come(SLOW);
  await slow.done;
  expect([...slow.world.documents().values()]).toEqual(['{"version":2}']);
  slow.world.expectTruth();
});

test('failures behind a slow file are counted in the order of the files: some bad ones among good ones are no outage', async () => {
  const slow = new SlowRun();
  slow.put(SLOW, 'slow');
  // Bad ones are ready last, and come one after the other.
  for (let file = 10; file < 70; file += 1)
    slow.put(file, file % 6 === 0 ? `bad${file}` : `good${file}`);
  const { lake } = slow.world;
  const bad = Array.from({ length: 10 }, (_, n) => 12 + n * 6);
  slow.hold(SLOW, ...bad);
  lake.ill = ({ path }) =>
    path?.startsWith('bad') === true
      ? new SyncError('SOURCE_UNAVAILABLE', 'ill', { retryable: true })
      : undefined;
  await slow.begin({ concurrency: () => 100 });
  await slow.pass(AGE_MS / 2);
  await slow.pass(AGE_MS / 2);
  expect(slow.world.files()).toHaveLength(50);
  for (const id of bad) await slow.come(id);
  // None is called failed before it is clear that it is no outage.
  expect(slow.world.files()).toHaveLength(50);
  await slow.come(SLOW);
  await slow.done;
  expect(slow.error).toBeUndefined();
  expect(slow.report).toMatchObject({ outcome: 'complete', loaded: 51, failed: 10 });
});

test('an outage behind a slow file is one when its turn comes; nothing is called failed', async () => {
  const slow = new SlowRun();
  slow.put(SLOW, 'slow');
  for (let file = 10; file < 40; file += 1) slow.put(file, `bad${file}`);
  slow.hold(SLOW);
  let given = 0;
  slow.world.lake.ill = ({ path }) => {
    if (path === 'slow') given += 1;
    return path === 'slow' && given === 1
      ? undefined
      : new SyncError('SOURCE_UNAVAILABLE', 'ill', { retryable: true });
  };
  await slow.begin();
  await slow.pass(AGE_MS);
  await slow.pass(AGE_MS);
  expect(slow.world.files()).toEqual([]);
  await slow.come(SLOW);
  await slow.done;
  expect(slow.error).toMatchObject({ code: 'SOURCE_OUTAGE' });
  expect(slow.world.files().filter(({ status }) => status === 'failed')).toEqual([]);
});

test('while other files are tried to tell an outage, what has come behind is committed, and the place stays', async () => {
  const slow = new SlowRun();
  const { lake } = slow.world;
  for (let file = 10; file < 20; file += 1) slow.put(file, `bad${file}`);
  for (let file = 20; file < 50; file += 1) slow.put(file, `good${file}`);
  lake.ill = ({ path }) =>
    path?.startsWith('bad') === true
      ? new SyncError('SOURCE_UNAVAILABLE', 'ill', { retryable: true })
      : undefined;
  // The second time, as a probe, no good one comes.
  const waiting: (() => void)[] = [];
  const tried = new Set<string>();
  lake.onRetrieve = ({ fileId, path }) => {
    if (path?.startsWith('good') !== true || !tried.has(fileId)) return void tried.add(fileId);
    return new Promise<void>((resolve) => void waiting.push(resolve));
  };
  await slow.begin({ concurrency: () => 100 });
  await slow.pass(AGE_MS);
  await slow.pass(AGE_MS);
  expect(waiting.length).toBeGreaterThan(0);
  expect(slow.world.files()).toHaveLength(30);
  expect(slow.after).toBeUndefined();
  for (const come of waiting) come();
  await slow.done;
  expect(slow.report).toMatchObject({ outcome: 'complete', loaded: 30, failed: 10 });
});

test('what is given up while it is tried a second time keeps the place, and is had by the next run', async () => {
  const slow = new SlowRun();
  const { world } = slow;
  for (let file = 10; file < 20; file += 1) slow.put(file, `late${file}`);
  for (let file = 20; file < 50; file += 1) slow.put(file, `good${file}`);
  // The first time they fail, the second time they do not come.
  const tried = new Set<string>();
  world.lake.ill = ({ fileId, path }) => {
    const isFirst = path?.startsWith('late') === true && !tried.has(fileId);
    tried.add(fileId);
    return isFirst ? new SyncError('SOURCE_UNAVAILABLE', 'ill', { retryable: true }) : undefined;
  };
  const seconds = new Set<string>();
  world.lake.onRetrieve = ({ fileId, path }, signal) => {
    if (path?.startsWith('late') !== true || !seconds.has(fileId)) return void seconds.add(fileId);
    return new Promise<void>((_, reject) =>
      signal?.addEventListener('abort', () => reject(signal.reason)),
    );
  };
  await slow.begin({ concurrency: () => 100, drainMs: 5 * SECOND });
  slow.stop.abort(new Error('SIGTERM'));
  await slow.pass(5 * SECOND);
  await slow.done;
  expect(slow.report).toMatchObject({ outcome: 'interrupted', loaded: 30, failed: 0 });
  expect(slow.after).toBeUndefined();
  world.lake.onRetrieve = () => undefined;
  expect(await world.settle()).toMatchObject({ outcome: 'complete', loaded: 10 });
  world.expectTruth();
});

test('asked to stop, a run waits for what is under way, gives up what does not come, and commits the rest', async () => {
  const slow = manyBehindASlowOne();
  const { world } = slow;
  await slow.begin({ drainMs: 5 * SECOND });
  slow.stop.abort(new Error('SIGTERM'));
  await slow.pass(4 * SECOND);
  expect(slow.report).toBeUndefined();
  await slow.pass(SECOND);
  await slow.done;
  expect(slow.report).toMatchObject({ outcome: 'interrupted', loaded: 40, failed: 0 });
  expect(slow.after).toBe('00000000');
  world.lake.onRetrieve = () => undefined;
  expect(await world.run()).toMatchObject({ outcome: 'complete', loaded: 1 });
  expect(world.lake.retrieved).toHaveLength(41);
  world.expectTruth();
});

test('what comes within the time of draining is committed, and its place with it', async () => {
  const slow = manyBehindASlowOne();
  await slow.begin({ drainMs: 5 * SECOND });
  slow.stop.abort(new Error('SIGTERM'));
  await slow.pass(4 * SECOND);
  await slow.come(SLOW);
  await slow.done;
  expect(slow.report).toMatchObject({ outcome: 'interrupted', loaded: 41 });
  expect(slow.after).toBe('00000138');
});

test('when a commit fails, what is under way is not waited for', async () => {
  const slow = manyBehindASlowOne();
  const sink = await slow.world.sink();
  sink.beforeCommit = () => {
    throw new Error('the disk is full');
  };
  await slow.begin({ sink, batch: { documents: 2 } });
  await slow.done;
  expect(slow.error).toMatchObject({ message: 'the disk is full' });
});
