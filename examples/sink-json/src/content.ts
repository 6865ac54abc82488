import { type Column, type Row, SinkError, type State, type StoredDocument } from '@tdp-sync/sink';

const FORMAT = 'tdp-sync-sink-json 2';

/** All that the file holds. */
export interface Content {
  readonly tables: Map<string, StoredTable>;
  /** By sync, then by id. */
  readonly ledgers: Map<string, Map<string, StoredDocument>>;
  readonly states: Map<string, State>;
  /** By sync, then by id, then by table: what the commits left there. */
  readonly records: Map<string, Map<string, Map<string, RowRecord>>>;
}

/** How many rows a document has in a table, and a digest of them. */
export interface RowRecord {
  readonly rows: number;
  readonly fingerprint: string;
}

/** A table: its rows by document, positional. A row is shorter where columns were added after it. */
export interface StoredTable {
  readonly columns: Column[];
  readonly rows: Map<string, readonly Row[]>;
}

type ByName<Part> = Readonly<Record<string, Part>>;

/** The file as JSON.parse gives it. An int64 is text in it: most readers of JSON cut numbers beyond 2^53. */
interface FileForm {
  readonly format: typeof FORMAT;
  readonly tables: ByName<{ readonly columns: Column[]; readonly rows: ByName<readonly Row[]> }>;
  readonly ledgers: ByName<ByName<StoredDocument>>;
  readonly states: ByName<State>;
  readonly records: ByName<ByName<ByName<RowRecord>>>;
}

/** The text of the file. */
export function format(content: Content): string {
  return JSON.stringify({ format: FORMAT, ...content }, (_key, value: unknown) => {
    if (value instanceof Map) return Object.fromEntries(value);
    return typeof value === 'bigint' ? String(value) : value;
  });
}

/** What the file holds; when there is none yet, nothing. */
export function parse(text: string | undefined): Content {
  if (text === undefined) {
    return { tables: new Map(), ledgers: new Map(), states: new Map(), records: new Map() };
  }
  const { tables, ledgers, states, records } = formOf(text);
  return {
    tables: mapOf(tables, ({ columns, rows }) => ({ columns, rows: mapOf(rows, same) })),
    ledgers: mapOf(ledgers, (lines) => mapOf(lines, same)),
    states: mapOf(states, same),
    records: mapOf(records, (lines) => mapOf(lines, (line) => mapOf(line, same))),
  };
}

function formOf(text: string): FileForm {
  try {
    const form: FileForm = JSON.parse(text);
    if (form.format === FORMAT) return form;
  } catch {
    // Told below, without a word of the content.
  }
  throw new SinkError('SINK_FAILED', 'The file is there, but this sink has not written it.');
}

function mapOf<From, To>(parts: ByName<From>, change: (part: From) => To): Map<string, To> {
  return new Map(Object.entries(parts).map(([name, part]) => [name, change(part)]));
}

function same<Part>(part: Part): Part {
  return part;
}
