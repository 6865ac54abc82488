import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Json, Queue, QueueView, Taken, TaskView } from '../queue.ts';
import type { TestService } from './harness.ts';

/** What the contract calls some seconds. */
export const SOON_MS = 10_000;
/** Who has died has nothing any more after this time. */
export const DEATH_MS = 60_000;
/** A case that takes longer has failed: something hangs. */
const CASE_MS = 600_000;
const POLL_MS = 50;

/** The share of all these times that the case which runs has to wait. */
const patience = new AsyncLocalStorage<number>();

/** What a case is given: a service, and two replicas of it. */
export interface World<Service extends TestService = TestService> {
  readonly service: Service;
  readonly a: Queue;
  readonly b: Queue;
  /** Opens another replica, disposed after the case. */
  open(replica: string): Promise<Queue>;
  /** Another queue that nobody has used yet, disposed after the case. */
  fresh(): Promise<TestService>;
  /** Opens a replica of another service, disposed after the case. */
  openOther(service: string, replica: string): Promise<Queue>;
}

/** A case before it is bound to a harness. */
export interface Scenario<Service extends TestService = TestService> {
  readonly name: string;
  readonly body: (world: World<Service>) => Promise<void>;
}

/** Sets up a world, runs the scenario in it and takes it down. */
export async function inWorld<Service extends TestService>(
  fresh: () => Promise<Service>,
  { body }: Scenario<Service>,
): Promise<void> {
  await using service = await fresh();
  await using others = new AsyncDisposableStack();
  await using opened = new AsyncDisposableStack();
  const open = async (replica: string): Promise<Queue> => opened.use(await service.open(replica));
  const openOther = async (name: string, replica: string): Promise<Queue> =>
    opened.use(await service.openOther(name, replica));
  const another = async (): Promise<Service> => others.use(await fresh());
  const [a, b] = await Promise.all([open('a'), open('b')]);
  await body({ service, a, b, open, openOther, fresh: another });
}

/** Runs a case with a share of the patience that the contract asks for. */
export async function inTime(share: number, run: () => Promise<void>): Promise<void> {
  await patience.run(share, async () => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const fail = (): void => reject(new Error('It does not end: something hangs'));
      timer = setTimeout(fail, patient(CASE_MS));
    });
    // Nobody can end what hangs: it goes on in the background, if it goes on at all.
    await Promise.race([run(), late]).finally(() => clearTimeout(timer));
  });
}

function patient(ms: number): number {
  return ms * (patience.getStore() ?? 1);
}

/** The next task, which must come soon. */
export async function taken(queue: Queue, withinMs: number = SOON_MS): Promise<Taken> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error('No task came')), patient(withinMs));
  try {
    return await queue.take(late.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Schedules tasks that must all be new. */
export async function scheduled(queue: Queue, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) assert.equal(await queue.schedule({ key, data: { of: key } }), true);
}

/** What there is, as this replica sees it. */
export async function seen(queue: Queue, says: Json = null): Promise<QueueView> {
  return await queue.look(says);
}

/** The tasks of this key, in their order. */
export async function tasksOf(queue: Queue, key: string): Promise<readonly TaskView[]> {
  return (await seen(queue)).tasks.filter((task) => task.key === key);
}

/** The last task of this key. */
export async function taskOf(queue: Queue, key: string): Promise<TaskView> {
  return (await tasksOf(queue, key)).at(-1) ?? assert.fail(`There is no task ${key}`);
}

/** Key and state of each task, in their order. */
export async function states(queue: Queue): Promise<readonly string[]> {
  return (await seen(queue)).tasks.map(({ key, state }) => `${key}: ${state}`);
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => assert.fail('It did not throw'),
    (error: unknown) => error,
  );
}

/** Asserts that it throws a QueueError of this code. */
export async function refuses(promise: Promise<unknown>, code: string): Promise<void> {
  const error = await rejection(promise);
  // By name and code, so that an adapter with a second copy of this package is judged by what it does.
  assert.ok(error instanceof Error && error.name === 'QueueError', `not a QueueError: ${error}`);
  assert.equal('code' in error ? error.code : undefined, code, error.message);
}

/** Waits until something holds, for so long at most. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  withinMs: number,
  otherwise: string,
): Promise<void> {
  const end = performance.now() + patient(withinMs);
  while (!(await holds())) {
    if (performance.now() > end) assert.fail(otherwise);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Waits until a signal is aborted. */
export async function aborted({ key, signal }: Taken, withinMs: number = SOON_MS): Promise<void> {
  await until(() => signal.aborted, withinMs, `The signal of ${key} is not aborted`);
}
