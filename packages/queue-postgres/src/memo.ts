import { AWAY_MS, type Json, type ReplicaView } from '@tdp-sync/queue';
import type { Db } from 'pg-boss';
import { original, storable } from './names.ts';

/** Who has taken a task last, and how long ago. */
export interface Taking {
  readonly replica: string;
  readonly takenMsAgo: number;
}

/** What the memo holds at one moment. */
export interface MemoView {
  readonly replicas: readonly ReplicaView[];
  readonly takings: ReadonlyMap<string, Taking>;
  readonly notes: ReadonlyMap<string, Json>;
}

type Kind = 'replica' | 'taking' | 'note';

interface Line {
  readonly kind: Kind;
  readonly name: string;
  readonly value: string;
  /** Who came first has a smaller one, whatever the server's clock has done since. */
  readonly place: number;
  readonly firstMsAgo: number;
  readonly lastMsAgo: number;
}

/** A taking is as old as that before anybody asks whether its task is still there. */
const TAKING_OLD = "interval '5 minutes'";
/** A replica that was away for so long was there for the first time when it comes back. */
const REPLICA_OLD = "interval '1 day'";
const LINE =
  'kind, name, value, place::float8 AS place, greatest(0, extract(epoch FROM now() - first_on) * 1000)::float8 AS "firstMsAgo", greatest(0, extract(epoch FROM now() - last_on) * 1000)::float8 AS "lastMsAgo"';

/**
 * What replicas know of each other beside their tasks: one table, next to those of pg-boss. Times are the server's.
 */
export class Memo {
  readonly #table: string;
  readonly #queue: string;

  constructor(schema: string, queue: string) {
    this.#table = `"${schema}".tdp_sync_memo`;
    this.#queue = queue;
  }

  /** Makes the table where it is missing. Of several who do so at once one does it, and the others wait. */
  async prepare(db: Db): Promise<void> {
    const { rows } = await db.executeSql('SELECT to_regclass($1) AS found', [this.#table]);
    if (rows[0]?.found !== null) return;
    await db.executeSql(
      `BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('${this.#table}', 0));
      CREATE TABLE IF NOT EXISTS ${this.#table} (
        queue text NOT NULL, kind text NOT NULL, name text NOT NULL, value text NOT NULL,
        first_on timestamptz NOT NULL DEFAULT now(), last_on timestamptz NOT NULL DEFAULT now(),
        place bigint GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (queue, kind, name)
      ); COMMIT`,
    );
  }

  /** Says what a replica says, and gives what all have said. */
  async look(db: Db, replica: string, says: Json): Promise<MemoView> {
    const { rows } = await db.executeSql(
      `WITH me AS (${this.#upsert()} RETURNING ${LINE})
      SELECT * FROM me UNION ALL
      SELECT ${LINE} FROM ${this.#table}
      WHERE queue = $1 AND NOT (kind = $2 AND name = $3)
        AND (kind <> 'replica' OR last_on > now() - interval '${AWAY_MS} ms')`,
      [this.#queue, 'replica' satisfies Kind, storable(replica), JSON.stringify(says)],
    );
    return viewOf(rows);
  }

  /** Notes something, or takes it away. */
  async note(db: Db, name: string, value: Json): Promise<void> {
    if (value === null) await this.#forget(db, 'note', storable(name));
    else await this.#keep(db, 'note', storable(name), JSON.stringify(value));
  }

  /** A replica has taken a task. */
  async taken(db: Db, replica: string, id: string): Promise<void> {
    await this.#keep(db, 'taking', id, JSON.stringify(replica));
  }

  /** The tasks that a replica was the last to take. */
  async takenBy(db: Db, replica: string): Promise<readonly string[]> {
    const { rows } = await db.executeSql(
      `SELECT name FROM ${this.#table} WHERE queue = $1 AND kind = 'taking' AND value = $2`,
      [this.#queue, JSON.stringify(replica)],
    );
    return rows.map(({ name }) => String(name));
  }

  /** A replica leaves. */
  async leave(db: Db, replica: string): Promise<void> {
    await this.#forget(db, 'replica', storable(replica));
  }

  /** Forgets replicas that are long gone, and takings of tasks other than these. */
  async tidy(db: Db, tasks: readonly string[]): Promise<void> {
    await db.executeSql(
      `DELETE FROM ${this.#table} WHERE queue = $1 AND (
        kind = 'taking' AND last_on < now() - ${TAKING_OLD} AND name <> ALL($2::text[])
        OR kind = 'replica' AND last_on < now() - ${REPLICA_OLD}
      )`,
      [this.#queue, [...tasks]],
    );
  }

  #upsert(): string {
    return `INSERT INTO ${this.#table} AS m (queue, kind, name, value) VALUES ($1, $2, $3, $4)
      ON CONFLICT (queue, kind, name) DO UPDATE SET value = excluded.value, last_on = now()`;
  }

  async #keep(db: Db, kind: Kind, name: string, value: string): Promise<void> {
    await db.executeSql(this.#upsert(), [this.#queue, kind, name, value]);
  }

  async #forget(db: Db, kind: Kind, name: string): Promise<void> {
    const which = 'queue = $1 AND kind = $2 AND name = $3';
    await db.executeSql(`DELETE FROM ${this.#table} WHERE ${which}`, [this.#queue, kind, name]);
  }
}

function viewOf(lines: readonly Line[]): MemoView {
  const of = (wanted: Kind): readonly Line[] => lines.filter(({ kind }) => kind === wanted);
  return {
    replicas: of('replica')
      .toSorted((one, other) => one.place - other.place)
      .map(({ name, value, firstMsAgo }) => ({
        id: original(name),
        firstMsAgo,
        says: JSON.parse(value) as Json,
      })),
    takings: new Map(
      of('taking').map(({ name, value, lastMsAgo }) => [
        name,
        { replica: String(JSON.parse(value)), takenMsAgo: lastMsAgo },
      ]),
    ),
    notes: new Map(
      of('note').map(({ name, value }) => [original(name), JSON.parse(value) as Json]),
    ),
  };
}
