import type { Attempt, Defect } from './hooks.ts';

const SEEN =
  'commit: who reads all the while sees rows, ledger and state change together, and each document whole';
const BROKEN =
  'commit: a connection that breaks anywhere leaves all of it or nothing, and the error is one that may pass';

/** A commit that is more than one transaction. */
export const atomicDefects: readonly Defect[] = [SEEN, BROKEN].flatMap((caughtBy) => [
  {
    name: `the rows of before go in a transaction of their own (${caughtBy === SEEN ? 'seen' : 'broken off'})`,
    caughtBy,
    hooks: { comesFirst: withoutRows },
  },
  {
    name: `the state moves in a transaction of its own (${caughtBy === SEEN ? 'seen' : 'broken off'})`,
    caughtBy,
    hooks: { comesFirst: withState, since: ({ state }) => state },
  },
]);

function withoutRows({ database, documents }: Attempt): void {
  const { content } = database;
  const tables = new Map(content.tables);
  for (const [key, table] of tables) {
    const rows = new Map(table.rows);
    for (const { id } of documents) rows.delete(id);
    tables.set(key, { ...table, rows });
  }
  database.content = { ...content, tables };
}

function withState({ database, target, state }: Attempt): void {
  const states = new Map(database.content.states).set(target.sync, state);
  database.content = { ...database.content, states };
}
