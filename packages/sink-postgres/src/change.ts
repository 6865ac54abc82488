import { setTimeout as pause } from 'node:timers/promises';
import { SinkError, type Table } from '@tdp-sync/sink';
import type { Session, Sessions } from './connection.ts';
import { sqlStateOf } from './errors.ts';

/** How long one try waits for a table that others use, and how often it is tried. */
export interface Patience {
  readonly lockMs: number;
  readonly pauseMs: number;
  readonly tries: number;
}

/** Whoever comes behind a change that waits must wait as well: so it waits for a moment only, and again later. */
export const PATIENCE: Patience = { lockMs: 1_000, pauseMs: 1_000, tries: 15 };
/** What says that another runner was first: it exists as a table, a type, a column, a schema, or comes into being this moment. */
const EXISTS: ReadonlySet<string | undefined> = new Set([
  '23505',
  '42P06',
  '42P07',
  '42701',
  '42710',
]);

/** Changes a table in one step. A long reader is waited for by many short waits, in between which others get their turn. */
export async function changeTable(
  sessions: Sessions,
  { name }: Table,
  statements: string,
  { lockMs, pauseMs, tries }: Patience,
): Promise<void> {
  for (let left = tries; ; left -= 1) {
    try {
      await sessions.with((session) => changeOnce(session, statements, lockMs));
      return;
    } catch (error) {
      if (sqlStateOf(error) !== '55P03') throw error;
      if (left <= 1) throw inUse(name, error);
      await pause(pauseMs);
    }
  }
}

async function changeOnce(session: Session, statements: string, lockMs: number): Promise<void> {
  await session.transaction(() =>
    session.run(`SET LOCAL lock_timeout = ${lockMs};\n${statements}`),
  );
}

/** Creates something, unless another runner does so at the same time. */
export async function unlessExists(task: () => Promise<unknown>): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (!EXISTS.has(sqlStateOf(error))) throw error;
  }
}

function inUse(table: string, cause: unknown): SinkError {
  return new SinkError(
    'SINK_UNAVAILABLE',
    `Table ${JSON.stringify(table)} is to get new columns, but a query or transaction of somebody else has used it all the time. Let it end, and run again; pg_stat_activity shows whose it is.`,
    { retryable: true, cause },
  );
}
