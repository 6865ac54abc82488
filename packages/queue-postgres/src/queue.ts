import {
  type Json,
  type Queue,
  QueueError,
  type QueueView,
  type Taken,
  type Task,
  type TaskView,
} from '@tdp-sync/queue';
import type { PostgresQueueConfig } from './config.ts';
import { Database } from './database.ts';
import { type Origin, queueError } from './errors.ts';
import { Hand } from './hand.ts';
import { type Attempt, type Fetched, Jobs, type StoredTask } from './jobs.ts';
import { Memo, type Taking } from './memo.ts';
import { queueName } from './names.ts';
import { Pulse } from './pulse.ts';
import { readSettings } from './settings.ts';
import { Takers } from './takers.ts';

/** Who opens a queue. */
export interface Self {
  readonly service: string;
  readonly replica: string;
  readonly baseDir: string;
}

/** Whoever leaves gives back what it has; a server that does not answer within this time learns of it by silence. */
const LEAVE_MS = 2_000;
/** What the tables are made by is tried again so often where another has made them at the same moment. */
const OPENINGS = 3;

/** One replica's way to the queue of its service in a PostgreSQL database. */
export class PostgresQueue implements Queue {
  readonly #origin: Origin;
  readonly #database: Database;
  readonly #jobs: Jobs;
  readonly #memo: Memo;
  readonly #replica: string;
  readonly #hand: Hand;
  readonly #takers: Takers;
  readonly #pulse: Pulse;
  #hasStrays = false;
  #closed: Promise<void> | undefined;

  private constructor(origin: Origin, database: Database, jobs: Jobs, memo: Memo, replica: string) {
    this.#origin = origin;
    this.#database = database;
    this.#jobs = jobs;
    this.#memo = memo;
    this.#replica = replica;
    this.#hand = new Hand(jobs);
    this.#takers = new Takers({
      fetch: (count) => this.#told(() => this.#fetch(count)),
      take: (fetched) => this.#hand.add(fetched),
      giveBack: (attempt) => this.#giveBack(attempt),
    });
    this.#pulse = new Pulse({
      beat: () => this.#hand.beat(),
      supervise: () => jobs.supervise(),
      tidy: async () => {
        const tasks = await jobs.all();
        await memo.tidy(
          database,
          tasks.map(({ id }) => id),
        );
      },
    });
  }

  /** Connects, and makes the tables where they are missing. */
  static async open(config: PostgresQueueConfig, self: Self): Promise<PostgresQueue> {
    const { client, origin } = await readSettings(config, self.baseDir);
    const database = new Database(client);
    const name = queueName(self.service);
    const memo = new Memo(config.schema, name);
    try {
      const jobs = await openJobs(database, config.schema, name, OPENINGS);
      await memo.prepare(database);
      return new PostgresQueue(origin, database, jobs, memo, self.replica);
    } catch (error) {
      await database.close(0);
      throw queueError(error, origin);
    }
  }

  async schedule(task: Task): Promise<boolean> {
    const isNew = await this.#told(() => this.#jobs.add(task));
    if (isNew) this.#takers.look();
    return isNew;
  }

  async take(signal: AbortSignal): Promise<Taken> {
    signal.throwIfAborted();
    this.#checkOpen();
    return await this.#takers.next(signal);
  }

  async done(taken: Taken, result: Json): Promise<void> {
    await this.#told(async () => {
      const attempt = this.#hand.ending(taken);
      if (attempt === undefined) return;
      await this.#jobs.complete(attempt, result);
      this.#hand.drop(taken);
    });
  }

  async stop(key: string): Promise<void> {
    const id = await this.#told(() => this.#jobs.cancel(key));
    if (id !== undefined) this.#hand.stop(id);
  }

  async look(says: Json): Promise<QueueView> {
    return await this.#told(async () => {
      const tasks = await this.#jobs.all();
      const { replicas, takings, notes } = await this.#memo.look(
        this.#database,
        this.#replica,
        says,
      );
      return { replicas, notes, tasks: tasks.map((task) => viewOf(task, takings.get(task.id))) };
    });
  }

  async note(name: string, value: Json): Promise<void> {
    await this.#told(() => this.#memo.note(this.#database, name, value));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#leave();
    await this.#closed;
  }

  async #leave(): Promise<void> {
    this.#pulse.end();
    const left = this.#takers
      .end(closedError())
      .then(() =>
        Promise.all([this.#hand.empty(), this.#memo.leave(this.#database, this.#replica)]),
      )
      .catch(() => undefined);
    await Promise.race([left, after(LEAVE_MS)]);
    await Promise.all([this.#database.close(LEAVE_MS), this.#jobs.close()]);
  }

  async #fetch(count: number): Promise<readonly Fetched[]> {
    if (this.#hasStrays) await this.#returnStrays();
    if (!(await this.#jobs.anyWaits())) return [];
    // Should the answer to its COMMIT be lost, what was fetched is this replica's, and nobody knows.
    this.#hasStrays = true;
    const fetched = await this.#database.transaction(async (db) => {
      const jobs = await this.#jobs.fetch(db, count);
      for (const { attempt } of jobs) await this.#memo.taken(db, this.#replica, attempt.id);
      return jobs;
    });
    this.#hasStrays = false;
    return fetched;
  }

  /** Has wait again what this replica has fetched and never had in hand. */
  async #returnStrays(): Promise<void> {
    for (const id of await this.#memo.takenBy(this.#database, this.#replica)) {
      const attempt = this.#hand.has(id) ? undefined : await this.#jobs.attemptAt(id);
      if (attempt !== undefined) await this.#jobs.giveBack(attempt);
    }
    this.#hasStrays = false;
  }

  /** Gives back what nobody wants any more, or else does so later. */
  async #giveBack(attempt: Attempt): Promise<void> {
    await this.#jobs.giveBack(attempt).catch(() => {
      this.#hasStrays = true;
    });
  }

  async #told<T>(task: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    try {
      return await task();
    } catch (error) {
      this.#pulse.falter();
      throw queueError(error, this.#origin);
    }
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw closedError();
  }
}

/** pg-boss takes it for an error when another has made its tables at the same moment and the server says so in another language than English. */
async function openJobs(
  database: Database,
  schema: string,
  queue: string,
  tries: number,
): Promise<Jobs> {
  try {
    return await Jobs.open(database, schema, queue);
  } catch (error) {
    const isRace = error instanceof Error && error.name === 'AssertionError';
    if (!isRace || tries <= 1) throw error;
    return await openJobs(database, schema, queue, tries - 1);
  }
}

function viewOf(task: StoredTask, taking: Taking | undefined): TaskView {
  const { replica = null, takenMsAgo = null } = taking ?? {};
  return { ...task, replica, takenMsAgo };
}

function closedError(): QueueError {
  return new QueueError('QUEUE_FAILED', 'This replica has left the queue.');
}

async function after(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
