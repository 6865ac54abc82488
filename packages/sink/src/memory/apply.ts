import type { Document, Row, StoredDocument, Table } from '../sink.ts';
import type { MemoryContent, MemoryTable, RowRecord } from './database.ts';
import { recordOf } from './records.ts';
import { positions } from './schema.ts';

/** A document whose rows have been read. */
export interface StagedDocument extends StoredDocument, Pick<Document, 'replaces'> {
  readonly rows: ReadonlyMap<string, readonly Row[]>;
}

/** Of each document the greatest order, of equal orders the first; and only what beats the ledger. */
export function winners(
  staged: readonly StagedDocument[],
  ledger: ReadonlyMap<string, StoredDocument>,
): readonly StagedDocument[] {
  const newest = new Map<string, StagedDocument>();
  for (const document of staged) {
    const other = newest.get(document.id) ?? ledger.get(document.id);
    if (other === undefined || document.order > other.order) newest.set(document.id, document);
  }
  return [...newest.values()];
}

/** The content after these documents have replaced their rows, ledger lines and records. */
export function applied(
  content: MemoryContent,
  sync: string,
  targets: readonly Table[],
  documents: readonly StagedDocument[],
): MemoryContent {
  const ledger = new Map(content.ledgers.get(sync));
  for (const { id, order, status } of documents) ledger.set(id, { id, order, status });
  const tables = new Map(content.tables);
  const records = new Map(content.records.get(sync));
  for (const target of targets) {
    const key = target.name.toLowerCase();
    const stored = tables.get(key);
    if (stored === undefined) continue;
    const table = replaced(stored, target, documents);
    tables.set(key, table);
    for (const { id, rows } of documents) {
      if (!rows.has(target.name)) continue;
      const record = recordOf(table, table.rows.get(id) ?? [], target);
      records.set(id, withRecord(records.get(id), key, record));
    }
  }
  return {
    ...content,
    tables,
    ledgers: new Map(content.ledgers).set(sync, ledger),
    records: new Map(content.records).set(sync, records),
  };
}

function withRecord(
  records: ReadonlyMap<string, RowRecord> | undefined,
  table: string,
  record: RowRecord | undefined,
): ReadonlyMap<string, RowRecord> {
  const changed = new Map(records);
  if (record === undefined) changed.delete(table);
  else changed.set(table, record);
  return changed;
}

/** Reads a document's rows, each once, handing each to `check` before it is kept. */
export function readRows(
  document: Document,
  tables: ReadonlyMap<string, Table>,
  check: (table: Table, row: Row) => void,
): StagedDocument {
  const { id, order, status, replaces } = document;
  const rows = new Map<string, readonly Row[]>();
  for (const [name, iterable] of document.rows) {
    const table = tables.get(name);
    if (table === undefined) continue;
    const kept: Row[] = [];
    for (const row of iterable) {
      check(table, row);
      kept.push([...row]);
    }
    rows.set(name, kept);
  }
  return { id, order, status, replaces, rows };
}

function replaced(
  stored: MemoryTable,
  target: Table,
  documents: readonly StagedDocument[],
): MemoryTable {
  const rows = new Map(stored.rows);
  const at = positions(stored, target);
  for (const document of documents) {
    const given = document.rows.get(target.name);
    if (given === undefined) continue;
    rows.set(
      document.id,
      given.map((row) => stored.columns.map((_, index) => row[at.indexOf(index)] ?? null)),
    );
  }
  return { ...stored, rows };
}
