import type { MemoryContent, MemoryDatabase } from '../../src/memory/index.ts';
import type { ReadDocument } from './hooks.ts';

/** Sets the state past everything: no comparison, no load. */
export function writeState(
  database: MemoryDatabase,
  sync: string,
  state: string | undefined,
): void {
  const states = new Map(database.content.states);
  if (state === undefined) states.delete(sync);
  else states.set(sync, state);
  database.content = { ...database.content, states };
}

/** Writes ledger lines past everything: no order, no state. */
export function writeLines(
  database: MemoryDatabase,
  sync: string,
  documents: readonly ReadDocument[],
): void {
  const ledger = new Map(database.content.ledgers.get(sync));
  for (const { id, order, status } of documents) ledger.set(id, { id, order, status });
  const ledgers = new Map(database.content.ledgers).set(sync, ledger);
  database.content = { ...database.content, ledgers };
}

/** Writes rows past everything: no order, no ledger, no state. */
export function writeRows({
  database,
  documents,
}: {
  database: MemoryDatabase;
  documents: readonly ReadDocument[];
}): void {
  changeTables(database, (tables) => {
    for (const { id, rows } of documents) {
      for (const [name, given] of rows) {
        const key = name.toLowerCase();
        const table = tables.get(key);
        if (table !== undefined)
          tables.set(key, { ...table, rows: new Map(table.rows).set(id, given) });
      }
    }
  });
}

/** Adds an empty table. */
export function addTable(database: MemoryDatabase, name: string): void {
  changeTables(database, (tables) => {
    tables.set(name, { name, columns: [{ name: 'x', type: 'string' }], rows: new Map() });
  });
}

/** Changes tables in place of the sink. */
export function changeTables(database: MemoryDatabase, change: (tables: Tables) => void): void {
  const tables: Tables = new Map(database.content.tables);
  change(tables);
  database.content = { ...database.content, tables };
}

type Tables = Map<string, MemoryContent['tables'] extends ReadonlyMap<string, infer T> ? T : never>;
