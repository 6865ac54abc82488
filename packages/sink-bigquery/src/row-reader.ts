import type { Column, StoredRow, Table } from '@tdp-sync/sink';
import type { Jobs, ResultRow } from './jobs.ts';
import type { Place } from './names.ts';
import { readRows } from './sql.ts';
import { decode } from './values.ts';

/** Any other id has no rows. */
const ID = /^[0-9a-f]{32}$/;

/** What the result of one query should hold, in characters: sorting is done in the memory of one machine. */
const CHARACTERS = 67_108_864;
/** What a cell that is no text counts for. */
const CELL = 16;
const FIRST = 256;
const MOST = 10_000;
const GROWTH = 8;

/**
 * Reads the rows of some documents, some documents per query, each result page by page. A document is never divided
 * between queries, and a result stays as it was when its query ran; so the rows of a document are of one commit.
 */
export async function* documentRows(
  jobs: Jobs,
  place: Place,
  table: Table,
  found: ReadonlySet<Column>,
  ids: readonly string[],
): AsyncGenerator<readonly StoredRow[]> {
  const sorted = sortedIds(ids);
  let documents = FIRST;
  for (let at = 0; at < sorted.length; ) {
    const some = sorted.slice(at, at + documents);
    let characters = 1;
    for await (const page of jobs.read(readRows(place, table, found, some), { ids: some })) {
      yield page.map((row) => decoded(table, row));
      for (const row of page) {
        for (const cell of row) characters += CELL + (cell?.length ?? 0);
      }
    }
    at += some.length;
    const fitting = Math.floor((CHARACTERS * some.length) / characters);
    documents = Math.max(1, Math.min(fitting, some.length * GROWTH, MOST));
  }
}

/** Those that can be stored, each once, in the order of the database. */
export function sortedIds(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)].filter((id) => ID.test(id)).sort();
}

function decoded(table: Table, [id, ...values]: ResultRow): StoredRow {
  return { id: String(id), row: table.columns.map(({ type }, at) => decode(type, values[at])) };
}
