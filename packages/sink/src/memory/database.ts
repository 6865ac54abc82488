import type { Column, Row, State, StoredDocument, Value } from '../sink.ts';

/** A table as it stands at one moment: rows by document, each as wide as the columns. */
export interface MemoryTable {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly rows: ReadonlyMap<string, readonly Row[]>;
}

/** What a commit recorded of the rows of one document in one table. */
export interface RowRecord {
  readonly rows: number;
  readonly fingerprint: string;
}

/** Everything that is committed, at one moment. Never changed, only replaced as a whole. */
export interface MemoryContent {
  /** By name in lower case: this database matches names without case. */
  readonly tables: ReadonlyMap<string, MemoryTable>;
  /** By sync, then by id. */
  readonly ledgers: ReadonlyMap<string, ReadonlyMap<string, StoredDocument>>;
  readonly states: ReadonlyMap<string, State>;
  /** By sync, then by id, then by table in lower case. A document without rows in a table has none for it. */
  readonly records: ReadonlyMap<string, Records>;
}

/** What was recorded of the documents of a sync. */
export type Records = ReadonlyMap<string, ReadonlyMap<string, RowRecord>>;

/** A database in memory. Any number of sinks may open it; it lives as long as something refers to it. */
export class MemoryDatabase {
  /** What is committed. Assigning it is the commit: there is no moment at which half of it is new. */
  content: MemoryContent = {
    tables: new Map(),
    ledgers: new Map(),
    states: new Map(),
    records: new Map(),
  };

  /** The names of all tables. */
  tables(): readonly string[] {
    return [...this.content.tables.values()].map((table) => table.name);
  }

  /** Every row of a table, ordered by `_file_key`, then `_row`. */
  read(name: string): readonly Record<string, Value>[] {
    const table = this.content.tables.get(name.toLowerCase());
    if (table === undefined) return [];
    const byKey = [...table.rows].sort(([a], [b]) => (a < b ? -1 : 1));
    return byKey.flatMap(([key, rows]) =>
      rows.map((row, index) => ({
        _file_key: key,
        _row: BigInt(index),
        ...Object.fromEntries(table.columns.map(({ name }, at) => [name, row[at] ?? null])),
      })),
    );
  }
}
