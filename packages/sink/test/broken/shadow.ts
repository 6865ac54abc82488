import type { RowDamage, Table, Value } from '../../src/index.ts';
import type { MemoryContent, MemoryDatabase, MemoryTable } from '../../src/memory/index.ts';
import type { Attempt, Hooks } from './hooks.ts';

/** A row by the names of its columns. */
export type NamedRow = ReadonlyMap<string, Value>;

/** Whether rows are taken for those that a commit left. */
export type Alike = (left: readonly NamedRow[], there: readonly NamedRow[]) => boolean;

type Copies = Map<string, readonly NamedRow[]>;

/** A sink that keeps a copy of what each commit leaves, and finds damage by its own idea of what is alike. */
export function comparing(alike: Alike): Hooks {
  const copies = new WeakMap<MemoryDatabase, Copies>();
  return {
    committed: (attempt) => {
      const copy = copies.get(attempt.database) ?? new Map();
      copies.set(attempt.database, copy);
      for (const [key, rows] of leftBy(attempt)) copy.set(key, rows);
    },
    prove: async function* ({ sync, tables, database, right }) {
      // Refuses what is to be refused.
      for await (const _ of right()) break;
      const copy = copies.get(database) ?? new Map();
      yield* [...differences(sync, tables, database.content, copy, alike)];
    },
  };
}

function* leftBy({ database, target, documents }: Attempt) {
  const { content } = database;
  const { sync, ledger: name = sync } = target;
  const ledger = content.ledgers.get(name);
  for (const { id, order, rows } of documents) {
    if (ledger?.get(id)?.order !== order) continue;
    for (const table of rows.keys())
      yield [keyOf(name, id, table), namedRows(content.tables.get(table), id)] as const;
  }
}

function* differences(
  sync: string,
  tables: readonly Table[],
  { tables: stored, ledgers }: MemoryContent,
  copies: Copies,
  alike: Alike,
): Generator<RowDamage> {
  const ledger = new Set(ledgers.get(sync)?.keys());
  const ids = new Set(ledger);
  for (const { name } of tables) for (const id of stored.get(name)?.rows.keys() ?? []) ids.add(id);
  for (const id of [...ids].sort()) {
    for (const { name } of tables) {
      const left = ledger.has(id) ? (copies.get(keyOf(sync, id, name)) ?? []) : [];
      const there = namedRows(stored.get(name), id);
      if (!alike(left, there))
        yield { id, table: name, recorded: left.length, found: there.length };
    }
  }
}

function keyOf(sync: string, id: string, table: string): string {
  return JSON.stringify([sync, id, table]);
}

function namedRows(table: MemoryTable | undefined, id: string): readonly NamedRow[] {
  return (table?.rows.get(id) ?? []).map(
    (row) => new Map(table?.columns.map(({ name }, at) => [name, row[at] ?? null])),
  );
}

/** Rows are alike when all their cells are but those that are null, each changed first. */
export function byCells(change?: (value: Value, name: string) => unknown): Alike {
  return byRows((rows) => rows.map((row) => cellsOf(row, change)));
}

/** Rows are alike when what is made of them is the same. */
export function byRows(change: (rows: readonly NamedRow[]) => readonly unknown[]): Alike {
  return (left, there) => JSON.stringify(change(left)) === JSON.stringify(change(there));
}

/** The cells of a row that are not null, each changed, as text. */
export function cellsOf(
  row: NamedRow,
  change: (value: Value, name: string) => unknown = (value, name) => `${name} ${value}`,
): string {
  const cells = [...row].filter(([, value]) => value !== null);
  return JSON.stringify(
    cells
      .map(([name, value]) => change(value, name))
      .map((cell) => `${typeof cell} ${cell}`)
      .sort(),
  );
}
