import { hash } from 'node:crypto';
import type { Column, ColumnType, Row, Sink, Table, Value } from '@tdp-sync/sink';
import { z } from 'zod';
import { type CatalogColumn, type CatalogTable, columnsOf } from '../tables/catalog-text.ts';
import { readCatalog } from '../tables/stored-catalog.ts';
import { timestampOf } from '../timestamp.ts';
import { joinPath, pathBeforeRename } from '../transform/auto/names.ts';
import type { Transform } from '../transform/transform.ts';
import { besideOthers } from './beside-others.ts';

const FIELDS: readonly (readonly [name: string, type: ColumnType])[] = [
  ['table_name', 'string'],
  ['column_name', 'string'],
  ['type', 'string'],
  ['path', 'string'],
  ['holds', 'string'],
  ['original_name', 'string'],
  ['description', 'string'],
  ['unit', 'string'],
  ['since', 'timestamp'],
  ['treatment', 'string'],
];

/** The columns of a sync's data tables: one row for each, and which place of the documents it holds. */
export function columnsTable(sync: string): Table {
  return { name: `${sync}_columns`, columns: FIELDS.map(([name, type]) => ({ name, type })) };
}

/**
 * Brings the table of columns up to date with the catalogue. It goes through the contract like everything else: it is a sync of
 * its own, each table is a document, and its state says what was written of each. What a crash has left out is made good by
 * the next time.
 *
 * @throws SinkError for what concerns the sink.
 */
export async function writeColumns(
  sink: Sink,
  sync: string,
  { treatmentAt = () => undefined }: Pick<Transform, 'treatmentAt'>,
): Promise<void> {
  await besideOthers(async () => {
    const since = await sink.readState(columnsOfSync(sync));
    const mark = parseMark(since);
    const tables = (await readCatalog(sync, sink)).map((table) => rowsOf(table, treatmentAt));
    const damaged = await damagedIds(sink, sync);
    const changed = tables.filter(
      ({ name, print }) => mark.tables[name] !== print || damaged.has(idOf(name)),
    );
    if (changed.length === 0) return undefined;
    const prints = Object.fromEntries(tables.map(({ name, print }) => [name, print]));
    const state: Mark = { writes: mark.writes + 1, tables: prints };
    return () => write(sink, sync, since, state, changed);
  });
}

/** Forgets what was written. The lines that are in the table stay there. */
export function clearColumns(sink: Sink, sync: string): Promise<void> {
  return sink.clear(columnsOfSync(sync));
}

/** A data table, and what is known of its columns. */
export interface DescribedTable {
  readonly name: string;
  /** Where its rows stand in the documents; `undefined` where a mapping or transform says it. */
  readonly path: string | undefined;
  readonly columns: readonly DescribedColumn[];
}

/** A column of a data table, and what is known of it. */
export interface DescribedColumn extends Column {
  /** Where its values stand in the document. */
  readonly path: string | undefined;
  readonly unit: string | undefined;
}

/** The data tables that a sync has by now. */
export async function readColumns(sink: Sink, sync: string): Promise<readonly DescribedTable[]> {
  const tables = await readCatalog(sync, sink);
  return tables.map((table) => ({
    name: table.table.name,
    path: table.path === table.table.name ? undefined : table.path,
    columns: columnsOf(table).map((held) => ({
      ...{ name: held.column.name, type: held.column.type },
      ...(held.note?.description === undefined ? {} : { description: held.note.description }),
      path: documentPath(table, held),
      unit: held.note?.unit,
    })),
  }));
}

interface TableRows {
  readonly name: string;
  readonly rows: readonly Row[];
  /** Tells one content from another. */
  readonly print: string;
}

async function write(
  sink: Sink,
  sync: string,
  since: string | undefined,
  mark: Mark,
  changed: readonly TableRows[],
): Promise<void> {
  const table = columnsTable(sync);
  await using load = await sink.begin({ sync: columnsOfSync(sync), tables: [table], since });
  const order = String(mark.writes).padStart(16, '0');
  const documents = changed.map(({ name, rows }) => {
    return {
      id: idOf(name),
      order,
      status: 'loaded' as const,
      rows: new Map([[table.name, rows]]),
    };
  });
  await load.stage(documents);
  await load.commit(JSON.stringify(mark));
}

/** Tables whose lines are not there as they were written: dropped, emptied or changed by somebody. */
async function damagedIds(sink: Sink, sync: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const { id } of sink.damages(columnsOfSync(sync), [columnsTable(sync)])) ids.add(id);
  return ids;
}

function idOf(table: string): string {
  return hash('sha256', table).slice(0, 32);
}

function rowsOf(
  table: CatalogTable,
  treatmentAt: NonNullable<Transform['treatmentAt']>,
): TableRows {
  const rows = columnsOf(table).map((column) => rowOf(table, column, treatmentAt));
  const print = hash('sha256', JSON.stringify(rows)).slice(0, 16);
  return { name: table.table.name, rows, print };
}

function rowOf(
  table: CatalogTable,
  held: CatalogColumn,
  treatmentAt: NonNullable<Transform['treatmentAt']>,
): Row {
  const { kind, column, note = {} } = held;
  const path = documentPath(table, held);
  const { original, description, unit, sinceMs } = note;
  const values: Readonly<Record<string, Value | undefined>> = {
    table_name: table.table.name,
    column_name: column.name,
    type: column.type,
    path,
    holds: kind,
    original_name: original,
    description,
    unit,
    since: sinceMs === undefined ? undefined : timestampOf(sinceMs),
    treatment: path === undefined ? undefined : treatmentAt(path),
  };
  return FIELDS.map(([name]) => values[name] ?? null);
}

/** Where the values stand in the document; `undefined` for what is made by tdp-sync. */
function documentPath(table: CatalogTable, held: CatalogColumn): string | undefined {
  const { kind, path, note } = held;
  if (note?.path !== undefined) return note.path;
  // Its own columns, such as `.uuid`, and those whose names somebody else has given.
  const isMade = /^\../.test(path) || table.path === table.table.name;
  if (kind === 'more' || isMade) return undefined;
  return joinPath(table.path, pathBeforeRename(path) ?? path) || '.';
}

function columnsOfSync(sync: string): string {
  return `${sync}#columns`;
}

/** How often it was written, and what of each table. */
interface Mark {
  readonly writes: number;
  readonly tables: Readonly<Record<string, string>>;
}

const markSchema = z.object({ writes: z.int().min(0), tables: z.record(z.string(), z.string()) });

function parseMark(state: string | undefined): Mark {
  return state === undefined ? { writes: 0, tables: {} } : markSchema.parse(JSON.parse(state));
}
