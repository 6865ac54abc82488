import type { Json, Task, TaskState } from '@tdp-sync/queue';
import { type Db, type JobAttempt, type JobWithMetadata, PgBoss } from 'pg-boss';
import type { Database } from './database.ts';
import { original, storable } from './names.ts';

/** A task as pg-boss has it, fetched by somebody for the nth time. */
export interface Attempt extends JobAttempt {
  readonly retryLimit: number;
}

/** A task that was fetched. */
export interface Fetched extends Task {
  readonly attempt: Attempt;
}

/** A task as it is stored. */
export interface StoredTask extends Task {
  readonly id: string;
  readonly state: TaskState;
  readonly result: Json;
}

/** Data and results are kept as text: JSON of PostgreSQL has no U+0000, and its own order of names. */
interface Kept {
  readonly json: string;
}

/** A replica that was not heard of for so long has lost what it had. pg-boss takes 10 at least. */
export const HEARTBEAT_SECONDS = 30;
/** As often as this a task is given to another after the replica that had it has died. */
const DEATHS = 2;
/** pg-boss would take a task away from whoever has it after 15 minutes; heartbeats say whether it is at work, for days if need be. */
const TEN_YEARS_SECONDS = 315_360_000;
/** What waits is kept for as long as pg-boss allows. */
const YEAR_SECONDS = 31_536_000;
/** Well above the time for which what has ended must be shown. */
const ENDED_KEPT_SECONDS = 900;
/** At most so often one of the replicas looks for tasks of those that are not heard of any more. */
const MONITOR_SECONDS = 5;
const MAINTENANCE_SECONDS = 120;
/** Nothing is kept there that could have changed meanwhile. */
const HOUR_SECONDS = 3_600;
/** More tasks than any service has at once; it is pg-boss's own limit. */
const ALL = 100_000;

const STATES: Readonly<Record<JobWithMetadata['state'], TaskState>> = {
  created: 'waiting',
  retry: 'waiting',
  active: 'taken',
  completed: 'done',
  cancelled: 'stopped',
  failed: 'lost',
};

/** The tasks of a service: jobs of one queue of pg-boss, of which it allows one for each key. Errors are those of the driver. */
export class Jobs {
  readonly #boss: PgBoss;
  readonly #database: Database;
  readonly #queue: string;

  private constructor(boss: PgBoss, database: Database, queue: string) {
    this.#boss = boss;
    this.#database = database;
    this.#queue = queue;
  }

  /** Makes pg-boss's tables and the queue where they are missing. */
  static async open(database: Database, schema: string, queue: string): Promise<Jobs> {
    const { rows } = await database.executeSql('SELECT 1 FROM pg_namespace WHERE nspname = $1', [
      schema,
    ]);
    const boss = new PgBoss({
      db: database,
      schema,
      // To create a schema that is there takes a right, too.
      createSchema: rows.length === 0,
      // Called by the replicas themselves, when they know that they are well.
      supervise: false,
      monitorIntervalSeconds: MONITOR_SECONDS,
      maintenanceIntervalSeconds: MAINTENANCE_SECONDS,
      queueCacheIntervalSeconds: HOUR_SECONDS,
      bamIntervalSeconds: HOUR_SECONDS,
      schedule: false,
      registerInstance: false,
      reindex: false,
      monitorVacuum: false,
      openTelemetry: { enabled: false },
    });
    // Whatever matters is thrown as well; without a listener the process would end.
    boss.on('error', () => undefined);
    try {
      await boss.start();
      await boss.createQueue(queue, { policy: 'exclusive' });
    } catch (error) {
      await boss.stop({ graceful: false }).catch(() => undefined);
      throw error;
    }
    return new Jobs(boss, database, queue);
  }

  /** Whether it was added: not where one of its key is waiting or taken. */
  async add({ key, data }: Task): Promise<boolean> {
    const job = {
      data: keptOf(data),
      singletonKey: storable(key),
      retryLimit: DEATHS,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      expireInSeconds: TEN_YEARS_SECONDS,
      retentionSeconds: YEAR_SECONDS,
      deleteAfterSeconds: ENDED_KEPT_SECONDS,
    };
    // Not `send`, which allows a day to a job at most.
    const ids = await this.#boss.insert(this.#queue, [job], { returnId: true });
    return ids !== null && ids.length > 0;
  }

  /** Whether any waits. */
  async anyWaits(): Promise<boolean> {
    return (await this.#boss.findJobs(this.#queue, { queued: true, limit: 1 })).length > 0;
  }

  /** Takes so many of those that wait, at most. */
  async fetch(db: Db, count: number): Promise<readonly Fetched[]> {
    const options = { db, batchSize: count, includeMetadata: true } as const;
    const jobs = await this.#boss.fetch<Kept>(this.#queue, options);
    return jobs.map(({ id, retryCount, retryLimit, singletonKey, data }) => ({
      key: original(singletonKey ?? ''),
      data: jsonOf(data),
      attempt: { id, retryCount, retryLimit },
    }));
  }

  /** A task as it is in somebody's hands; `undefined` when it is in nobody's. */
  async attemptAt(id: string): Promise<Attempt | undefined> {
    const [job] = await this.#boss.findJobs<Kept>(this.#queue, { id });
    if (job?.state !== 'active') return undefined;
    const { retryCount, retryLimit } = job;
    return { id, retryCount, retryLimit };
  }

  /** Says that somebody is at work on it. `false`: it is not theirs any more. */
  async touch(attempt: Attempt): Promise<boolean> {
    return isDone(await this.#boss.touch(this.#queue, attempt));
  }

  /** The same for several at once: whether all of them are still theirs. */
  async touchAll(attempts: readonly Attempt[]): Promise<boolean> {
    return countOf(await this.#boss.touch(this.#queue, [...attempts])) === attempts.length;
  }

  /** Says what has come of it, unless it is not theirs any more. */
  async complete(attempt: Attempt, result: Json): Promise<void> {
    await this.#boss.complete(this.#queue, attempt, keptOf(result));
  }

  /** Has it wait again, as if it had not been fetched: that is not counted among its deaths. */
  async giveBack({ id, retryCount, retryLimit }: Attempt): Promise<void> {
    await this.#database.transaction(async (db) => {
      if (!isDone(await this.#boss.fail(this.#queue, { id, retryCount }, null, { db }))) return;
      // pg-boss counts it: what has used up its last try has failed by now, and `retry` allows it one more.
      if (retryCount >= retryLimit) await this.#boss.retry(this.#queue, id, { db });
      else await this.#boss.update(this.#queue, undefined, { id, retryLimit: retryLimit + 1, db });
    });
  }

  /** The id of the task of this key that waits or is taken, if there is one, and has it end. */
  async cancel(key: string): Promise<string | undefined> {
    for (;;) {
      const jobs = await this.#boss.findJobs<Kept>(this.#queue, { key: storable(key), limit: ALL });
      const open = jobs.find(
        ({ state }) => STATES[state] === 'waiting' || STATES[state] === 'taken',
      );
      if (open === undefined) return undefined;
      // One that is given to another at this moment is made anew by pg-boss, and not met.
      if (isDone(await this.#boss.cancel(this.#queue, open.id))) return open.id;
    }
  }

  /** All there are, in the order in which they were added. */
  async all(): Promise<readonly StoredTask[]> {
    const jobs = await this.#boss.findJobs<Kept>(this.#queue, { limit: ALL });
    return jobs.map(({ id, state, singletonKey, data, output }) => ({
      id,
      key: original(singletonKey ?? ''),
      data: jsonOf(data),
      state: STATES[state],
      result: STATES[state] === 'done' ? jsonOf(output) : null,
    }));
  }

  /** Gives to others what was had by those who are not heard of any more, and removes what ended long ago. */
  async supervise(): Promise<void> {
    await this.#boss.supervise(this.#queue);
  }

  /** Ends what pg-boss does in the background. */
  async close(): Promise<void> {
    await this.#boss.stop({ graceful: false });
  }
}

function keptOf(value: Json): Kept {
  return { json: JSON.stringify(value) };
}

function jsonOf(kept: unknown): Json {
  const { json } = kept as Partial<Kept>;
  return json === undefined ? null : (JSON.parse(json) as Json);
}

function isDone(response: object): boolean {
  return countOf(response) === 1;
}

/** pg-boss's documentation has it, its types have not. */
function countOf(response: object): number {
  return 'affected' in response ? Number(response.affected) : 0;
}
