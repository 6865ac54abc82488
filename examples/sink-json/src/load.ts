import {
  aboutDocument,
  type CommitResult,
  checkDocument,
  checkRow,
  checkState,
  type Document,
  isOutdated,
  type Load,
  lineConflict,
  type Row,
  SinkError,
  type State,
  type StoredDocument,
  stateConflict,
  type Table,
  type Target,
} from '@tdp-sync/sink';
import type { Content, RowRecord } from './content.ts';
import type { DatabaseFile } from './file.ts';
import { recordOf } from './records.ts';

interface StagedDocument extends StoredDocument, Pick<Document, 'replaces'> {
  readonly rows: readonly { readonly table: Table; readonly rows: readonly Row[] }[];
}

/** One all-or-nothing load. What is staged is kept in memory, where no reader of the file sees it. */
export class JsonLoad implements Load {
  readonly #file: DatabaseFile;
  readonly #target: Target;
  readonly #sinkClosed: AbortSignal;
  #staged: StagedDocument[] | undefined = [];

  constructor(file: DatabaseFile, target: Target, sinkClosed: AbortSignal) {
    this.#file = file;
    this.#target = target;
    this.#sinkClosed = sinkClosed;
  }

  async stage(documents: readonly Document[]): Promise<void> {
    // Taken before and given back after: whatever throws in between leaves the load closed.
    const staged = this.#take();
    const tables = new Map(this.#target.tables.map((table) => [table.name, table]));
    for (const document of documents) staged.push(readDocument(document, tables));
    this.#staged = staged;
  }

  async commit(state: State): Promise<CommitResult> {
    const staged = this.#take();
    checkState(state);
    return await this.#file.change((content) => {
      const { sync, since, ledger: name = sync } = this.#target;
      if (content.states.get(sync) !== since) throw stateConflict(sync);
      const ledger = content.ledgers.get(name) ?? new Map<string, StoredDocument>();
      const records = content.records.get(name) ?? new Map<string, Map<string, RowRecord>>();
      const documents = winners(staged, ledger);
      if (documents.some((one) => isOutdated(one, ledger.get(one.id)))) throw lineConflict(name);
      for (const document of documents) {
        const { id, order, status } = document;
        ledger.set(id, { id, order, status });
        records.set(id, apply(document, records.get(id), content));
      }
      content.ledgers.set(name, ledger);
      content.records.set(name, records);
      content.states.set(sync, state);
      return { applied: documents.length, leftAlone: staged.length - documents.length };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#staged = undefined;
  }

  #take(): StagedDocument[] {
    const staged = this.#staged;
    this.#staged = undefined;
    if (staged !== undefined && !this.#sinkClosed.aborted) return staged;
    throw new SinkError('LOAD_CLOSED', 'This load is committed, failed or disposed.');
  }
}

/** A document's rows can be read only once; each is checked before it is kept. */
function readDocument(document: Document, tables: ReadonlyMap<string, Table>): StagedDocument {
  const { id, order, status, replaces } = document;
  try {
    checkDocument(document, tables);
    const rows = [...tables.values()].flatMap((table) => {
      const given = document.rows.get(table.name);
      return given === undefined ? [] : [{ table, rows: checkedRows(table, given) }];
    });
    return { id, order, status, replaces, rows };
  } catch (error) {
    // So that this document alone is held to be at fault.
    throw aboutDocument(error, id);
  }
}

function checkedRows(table: Table, rows: Iterable<Row>): readonly Row[] {
  return Array.from(rows, (row) => {
    checkRow(table, row);
    return [...row];
  });
}

/** Of each document the greatest order, of equal orders the first; and only what beats the ledger. */
function winners(
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

/** Replaces a document whole in each table that it names, and records what it has there now. */
function apply(
  { id, rows: named }: StagedDocument,
  before: ReadonlyMap<string, RowRecord> | undefined,
  { tables }: Content,
): Map<string, RowRecord> {
  const records = new Map(before);
  for (const { table, rows } of named) {
    const stored = tables.get(table.name);
    if (stored === undefined) continue;
    const from = stored.columns.map(({ name }) => table.columns.findIndex((c) => c.name === name));
    const kept = rows.map((row) => from.map((at) => row[at] ?? null));
    stored.rows.set(id, kept);
    records.set(table.name, recordOf(stored, kept, table));
  }
  return records;
}
