import { QueueError } from '../errors.ts';
import {
  AWAY_MS,
  DEATHS,
  type Json,
  KEPT_MS,
  type Queue,
  type QueueView,
  type Taken,
  type Task,
  type TaskState,
  type TaskView,
} from '../queue.ts';

interface StoredTask extends Task {
  readonly id: string;
  state: TaskState;
  replica: string | null;
  takenAtMs: number | undefined;
  endedAtMs: number | undefined;
  result: Json;
  end: AbortController;
  deaths: number;
}

interface Waiter {
  readonly replica: string;
  readonly give: (task: StoredTask) => void;
  readonly fail: (error: Error) => void;
}

interface StoredReplica {
  readonly firstMs: number;
  lastMs: number;
  says: Json;
}

/** A queue in memory: the contract as short as it can be said in code. Replicas of one process share it, each by its own {@link join}. */
export class MemoryQueue {
  readonly #now: () => number;
  #tasks: StoredTask[] = [];
  #waiters: Waiter[] = [];
  readonly #replicas = new Map<string, StoredReplica>();
  readonly #notes = new Map<string, Json>();
  #count = 0;

  /** `now`: the queue's clock, in milliseconds. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** A replica's way to the queue. */
  join(replica: string): Queue {
    let isClosed = false;
    const open = (): this => {
      if (isClosed) throw new QueueError('QUEUE_FAILED', 'This replica has left the queue.');
      return this;
    };
    return {
      schedule: async (task) => open().#schedule(task),
      take: async (signal) => await open().#take(replica, signal),
      done: async (taken, result) => open().#done(replica, taken, result),
      stop: async (key) => open().#stop(key),
      look: async (says) => open().#look(replica, says),
      note: async (name, value) => open().#note(name, value),
      [Symbol.asyncDispose]: async () => {
        if (isClosed) return;
        isClosed = true;
        this.#leaveInOrder(replica);
      },
    };
  }

  /** The replica dies, and nobody knows: what it waits for never comes, and what it has it keeps. */
  die(replica: string): void {
    this.#waiters = this.#waiters.filter((waiter) => waiter.replica !== replica);
  }

  /** The replica is away from now on, and everybody knows. */
  leave(replica: string): void {
    this.die(replica);
    this.#replicas.delete(replica);
    for (const { id } of this.#held(replica)) this.giveToAnother(id);
  }

  /** Takes a task from the replica that has it, as if that one had not been heard of for too long. */
  giveToAnother(id: string): void {
    const task = this.#tasks.find((one) => one.id === id && one.state === 'taken');
    if (task === undefined) return;
    task.deaths += 1;
    this.#giveBack(task);
    if (task.deaths >= DEATHS) this.#end(task, 'lost');
    this.#deal();
  }

  #leaveInOrder(replica: string): void {
    this.#replicas.delete(replica);
    const waiting = this.#waiters.filter((waiter) => waiter.replica === replica);
    this.#waiters = this.#waiters.filter((waiter) => waiter.replica !== replica);
    for (const { fail } of waiting)
      fail(new QueueError('QUEUE_FAILED', 'This replica has left the queue.'));
    for (const task of this.#held(replica)) this.#giveBack(task);
    this.#deal();
  }

  #held(replica: string): readonly StoredTask[] {
    return this.#tasks.filter((task) => task.state === 'taken' && task.replica === replica);
  }

  #giveBack(task: StoredTask): void {
    task.end.abort(new Error('Another replica has it by now'));
    task.end = new AbortController();
    task.state = 'waiting';
  }

  #schedule({ key, data }: Task): boolean {
    if (this.#open(key) !== undefined) return false;
    this.#count += 1;
    this.#tasks.push({
      ...{ id: `${this.#count}`, key, data: structuredClone(data), state: 'waiting' },
      ...{ replica: null, takenAtMs: undefined, endedAtMs: undefined, result: null, deaths: 0 },
      end: new AbortController(),
    });
    this.#deal();
    return true;
  }

  #take(replica: string, signal: AbortSignal): Promise<Taken> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const settled = (): void => signal.removeEventListener('abort', onAbort);
      const waiter: Waiter = {
        replica,
        give: (task) => {
          settled();
          const { id, key, data, end } = task;
          resolve({ id, key, data: structuredClone(data), signal: end.signal });
        },
        fail: (error) => {
          settled();
          reject(error);
        },
      };
      const onAbort = (): void => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.push(waiter);
      this.#deal();
    });
  }

  #deal(): void {
    for (const task of this.#tasks) {
      if (task.state !== 'waiting') continue;
      const waiter = this.#waiters.shift();
      if (waiter === undefined) return;
      task.state = 'taken';
      task.replica = waiter.replica;
      task.takenAtMs = this.#now();
      waiter.give(task);
    }
  }

  #done(replica: string, { id, signal }: Taken, result: Json): void {
    const task = this.#tasks.find((one) => one.id === id && one.replica === replica);
    if (task?.state !== 'taken' || task.end.signal !== signal) return;
    task.result = structuredClone(result);
    this.#end(task, 'done');
  }

  #stop(key: string): void {
    const task = this.#open(key);
    if (task === undefined) return;
    task.end.abort(new Error('Asked to end'));
    this.#end(task, 'stopped');
  }

  #open(key: string): StoredTask | undefined {
    return this.#tasks.find((task) => task.key === key && task.endedAtMs === undefined);
  }

  #end(task: StoredTask, state: TaskState): void {
    task.state = state;
    task.endedAtMs = this.#now();
  }

  #note(name: string, value: Json): void {
    if (value === null) this.#notes.delete(name);
    else this.#notes.set(name, structuredClone(value));
  }

  #look(replica: string, says: Json): QueueView {
    const nowMs = this.#now();
    const { firstMs } = this.#replicas.get(replica) ?? { firstMs: nowMs };
    this.#replicas.set(replica, { firstMs, lastMs: nowMs, says: structuredClone(says) });
    this.#tasks = this.#tasks.filter(({ endedAtMs = nowMs }) => nowMs - endedAtMs <= KEPT_MS);
    const here = [...this.#replicas].filter(([, { lastMs }]) => nowMs - lastMs < AWAY_MS);
    return {
      replicas: here
        .toSorted(([, one], [, other]) => one.firstMs - other.firstMs)
        .map(([id, one]) => ({
          id,
          firstMsAgo: nowMs - one.firstMs,
          says: structuredClone(one.says),
        })),
      tasks: this.#tasks.map((task) => viewOf(task, nowMs)),
      notes: new Map(structuredClone([...this.#notes])),
    };
  }
}

function viewOf(task: StoredTask, nowMs: number): TaskView {
  const { id, key, data, state, replica, takenAtMs, result } = task;
  const takenMsAgo = takenAtMs === undefined ? null : nowMs - takenAtMs;
  return structuredClone({ id, key, data, state, replica, takenMsAgo, result });
}
