import {
  AWAY_MS,
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
}

interface Waiter {
  readonly replica: string;
  readonly give: (task: StoredTask) => void;
}

interface StoredReplica {
  readonly firstMs: number;
  lastMs: number;
  says: Json;
}

/** As often as this a task is given to another replica after the one that had it has died. */
const TRIES = 3;

/** A queue in memory: the contract as short as it can be said in code. Replicas of one process share it, each by its own {@link join}. */
export class MemoryQueue {
  readonly #now: () => number;
  #tasks: StoredTask[] = [];
  readonly #tries = new Map<string, number>();
  readonly #replicas = new Map<string, StoredReplica>();
  readonly #notes = new Map<string, Json>();
  #waiters: Waiter[] = [];
  #count = 0;

  /** `now`: the queue's clock, in milliseconds. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** A replica's way to the queue. */
  join(replica: string): Queue {
    return {
      schedule: async (task) => this.#schedule(task),
      take: (signal) => this.#take(replica, signal),
      done: async (taken, result) => this.#done(replica, taken, result),
      stop: async (key) => this.#stop(key),
      look: async (says) => this.#look(replica, says),
      note: async (name, value) => {
        if (value === null) this.#notes.delete(name);
        else this.#notes.set(name, structuredClone(value));
      },
      [Symbol.asyncDispose]: async () => this.leave(replica),
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
    for (const task of this.#tasks)
      if (task.state === 'taken' && task.replica === replica) this.giveToAnother(task.id);
  }

  /** Takes a task from the replica that has it, as if that one had not been heard of for too long. */
  giveToAnother(id: string): void {
    const task = this.#tasks.find((one) => one.id === id && one.state === 'taken');
    if (task === undefined) return;
    const tries = (this.#tries.get(id) ?? 1) + 1;
    this.#tries.set(id, tries);
    task.end.abort(new Error('Another replica has it by now'));
    task.end = new AbortController();
    if (tries > TRIES) this.#end(task, 'lost');
    else task.state = 'waiting';
    this.#deal();
  }

  /** A task that waits is lost, as if it had never been scheduled. */
  lose(id: string): void {
    this.#tasks = this.#tasks.filter((task) => task.id !== id || task.state !== 'waiting');
  }

  #schedule({ key, data }: Task): boolean {
    if (this.#open(key) !== undefined) return false;
    this.#count += 1;
    this.#tasks.push({
      ...{ id: `${this.#count}`, key, data: structuredClone(data), state: 'waiting' },
      ...{ replica: null, takenAtMs: undefined, endedAtMs: undefined, result: null },
      end: new AbortController(),
    });
    this.#deal();
    return true;
  }

  #take(replica: string, signal: AbortSignal): Promise<Taken> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        replica,
        give: (task) => {
          signal.removeEventListener('abort', onAbort);
          const { id, key, data, end } = task;
          resolve({ id, key, data: structuredClone(data), signal: end.signal });
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

  #look(replica: string, says: Json): QueueView {
    const nowMs = this.#now();
    const { firstMs } = this.#replicas.get(replica) ?? { firstMs: nowMs };
    this.#replicas.set(replica, { firstMs, lastMs: nowMs, says: structuredClone(says) });
    this.#tasks = this.#tasks.filter(({ endedAtMs = nowMs }) => nowMs - endedAtMs <= KEPT_MS);
    const here = [...this.#replicas].filter(([, { lastMs }]) => nowMs - lastMs < AWAY_MS);
    return {
      replicas: here
        .toSorted(([, one], [, other]) => one.firstMs - other.firstMs)
        .map(([id, one]) => ({ id, firstMsAgo: nowMs - one.firstMs, says: one.says })),
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
