import { expect, test } from 'vitest';
import { type Early, inOrder, type Work, type WorkBounds } from '../../src/sync/in-order.ts';
import { TestClock } from '../test-clock.ts';

const PATIENCE = 1000;

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function* upTo(count: number): AsyncGenerator<number> {
  for (let item = 0; item < count; item += 1) yield item;
}

/** Items that end when the test says so; what goes early is told by its sign. */
class Desk {
  readonly clock = new TestClock();
  readonly giveUp = new AbortController();
  readonly given: string[] = [];
  readonly started: number[] = [];
  readonly #ends = new Map<number, (result: number) => void>();
  readonly #fails = new Map<number, (error: unknown) => void>();
  done: Promise<unknown> = Promise.resolve();

  begin(
    count: number,
    bounds: Partial<WorkBounds> = {},
    work: Partial<Work<number, string>> = {},
  ): void {
    const on = (item: number, signal: AbortSignal): Promise<string> =>
      new Promise((resolve, reject) => {
        this.started.push(item);
        this.#ends.set(item, () => resolve(String(item)));
        this.#fails.set(item, reject);
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    const early = (result: string): Early<string> | undefined =>
      Number(result) % 10 === 9 ? undefined : { now: `early ${result}`, inTurn: `(${result})` };
    const steps = inOrder(
      () => upTo(count),
      { on, expected: () => 1, actual: () => 1, early, ...work },
      {
        ...{
          concurrency: () => 20,
          ahead: 8,
          past: 0,
          behind: 100,
          bytes: 1000,
          patienceMs: PATIENCE,
        },
        ...{ clock: this.clock, giveUp: this.giveUp.signal, ...bounds },
      },
    );
    const drain = async (): Promise<void> => {
      for await (const result of steps) this.given.push(result);
    };
    this.done = drain().catch((error: unknown) => error);
  }

  async end(...items: readonly number[]): Promise<void> {
    await turns(2);
    for (const item of items) this.#ends.get(item)?.(item);
    await turns(4);
  }

  async fail(item: number, error: unknown): Promise<void> {
    await turns(2);
    this.#fails.get(item)?.(error);
    await turns(4);
  }

  async pass(durationMs: number): Promise<void> {
    this.clock.pass(durationMs);
    await turns(4);
  }
}

test('what is there goes on without an item that takes too long, and leaves its turn behind', async () => {
  const desk = new Desk();
  desk.begin(5);
  await desk.end(1, 3);
  await desk.pass(PATIENCE - 1);
  expect(desk.given).toEqual([]);
  await desk.pass(1);
  expect(desk.given).toEqual(['early 1', 'early 3']);
  // From now on as they come.
  await desk.end(2);
  expect(desk.given).toEqual(['early 1', 'early 3', 'early 2']);
  await desk.end(0, 4);
  await desk.done;
  expect(desk.given.slice(3)).toEqual(['0', '(1)', '(2)', '(3)', '4']);
  expect(desk.clock.sleeping).toBe(0);
});

test('where nothing waits behind it, nobody watches the time', async () => {
  const desk = new Desk();
  desk.begin(5);
  await desk.end(0);
  expect(desk.clock.sleeping).toBe(0);
  await desk.end(2);
  expect(desk.clock.sleeping).toBe(1);
  await desk.end(4);
  await desk.end(3);
  expect(desk.clock.sleeping).toBe(1);
  await desk.end(1);
  await desk.done;
  expect(desk.given).toEqual(['0', '1', '2', '3', '4']);
  expect(desk.clock.sleeping).toBe(0);
});

test('the next item that takes too long has begun long ago: it is not waited for anew', async () => {
  const desk = new Desk();
  desk.begin(6);
  await desk.end(1, 4);
  await desk.pass(PATIENCE);
  await desk.end(0, 5);
  expect(desk.given).toEqual(['early 1', 'early 4', '0', '(1)', 'early 5']);
  await desk.end(2, 3);
  await desk.done;
  expect(desk.given.slice(5)).toEqual(['2', '3', '(4)', '(5)']);
});

test('a clock that is set back makes nobody wait for years', async () => {
  const desk = new Desk();
  desk.begin(3);
  await desk.end(1);
  desk.clock.nowMs -= 20 * 365 * 86_400_000;
  await desk.end(2);
  expect(desk.given).toEqual(['early 1', 'early 2']);
});

test('what must not go early waits for its turn, and so does an error', async () => {
  const desk = new Desk();
  desk.begin(12, { ahead: 20 });
  await desk.end(9, 10);
  await desk.fail(11, new Error('bad'));
  await desk.pass(PATIENCE);
  expect(desk.given).toEqual(['early 10']);
  await desk.end(0, 1, 2, 3, 4, 5, 6, 7, 8);
  expect(await desk.done).toMatchObject({ message: 'bad' });
  expect(desk.given.slice(-3)).toEqual(['8', '9', '(10)']);
});

test('an item that takes too long holds back no others, up to a bound', async () => {
  const desk = new Desk();
  desk.begin(30, { ahead: 4, behind: 10 });
  await desk.end(1, 2, 3);
  expect(desk.started).toHaveLength(4);
  await desk.pass(PATIENCE);
  expect(desk.started).toHaveLength(7);
  for (let item = 4; item < 20; item += 1) await desk.end(item);
  expect(desk.started).toHaveLength(10);
  await desk.end(0);
  expect(desk.started.length).toBeGreaterThan(10);
});

test('what goes early gives its memory back', async () => {
  const desk = new Desk();
  const bounds = { bytes: 3, concurrency: () => 2 };
  desk.begin(4, bounds, { expected: () => 0, actual: () => 3 });
  await desk.end(1);
  expect(desk.started).toEqual([0, 1]);
  await desk.pass(PATIENCE);
  expect(desk.started).toEqual([0, 1, 2]);
});

test('what is given up has no result: what is there is given early, and no turn comes any more', async () => {
  const desk = new Desk();
  desk.begin(12, { ahead: 20 });
  await desk.end(0, 2, 9);
  await desk.fail(11, 'bad');
  await desk.pass(PATIENCE);
  expect(desk.given).toEqual(['0', 'early 2']);
  await desk.end(4, 5);
  desk.giveUp.abort(new Error('enough'));
  expect(await desk.done).toBe('bad');
  expect(desk.given).toEqual(['0', 'early 2', 'early 4', 'early 5']);
});

test('giving up ends without an error where there was none, and asks for no more items', async () => {
  const desk = new Desk();
  desk.begin(100);
  await desk.end(1);
  desk.giveUp.abort(new Error('enough'));
  expect(await desk.done).toBeUndefined();
  expect(desk.given).toEqual(['early 1']);
  expect(desk.started.length).toBeLessThan(12);
});

test('work that does not heed its signal is not waited for once it is given up', async () => {
  const desk = new Desk();
  const deaf = (item: number): Promise<string> =>
    item === 0 ? new Promise(() => undefined) : Promise.resolve(String(item));
  desk.begin(3, {}, { on: deaf });
  await turns(3);
  desk.giveUp.abort(new Error('enough'));
  expect(await desk.done).toBeUndefined();
  expect(desk.given).toEqual(['early 1', 'early 2']);
});

test('who waits for memory when all is given up waits no more', async () => {
  const desk = new Desk();
  const on: Work<number, string>['on'] = async (item, signal, hold) => {
    if (item === 0) return new Promise((_, reject) => signal.addEventListener('abort', reject));
    await hold(100);
    signal.throwIfAborted();
    return String(item);
  };
  desk.begin(3, { bytes: 50 }, { on });
  await turns(3);
  desk.giveUp.abort(new Error('enough'));
  expect(await desk.done).toBeUndefined();
});

test('the first in order never waits for memory; the next one does until it is the first', async () => {
  const desk = new Desk();
  const went: string[] = [];
  const ends = new Map<number, () => void>();
  const on: Work<number, string>['on'] = async (item, _signal, hold) => {
    await new Promise<void>((resolve) => ends.set(item, resolve));
    await hold(100);
    went.push(`${item} unpacked`);
    return String(item);
  };
  desk.begin(3, { bytes: 50 }, { on, actual: () => 100 });
  await turns(2);
  ends.get(2)?.();
  ends.get(1)?.();
  await turns(3);
  expect(went).toEqual([]);
  ends.get(0)?.();
  await desk.done;
  expect(went).toEqual(['0 unpacked', '1 unpacked', '2 unpacked']);
  expect(desk.given).toEqual(['0', '1', '2']);
});
