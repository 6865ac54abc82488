import { type Column, SinkError, type Table } from '@tdp-sync/sink';
import type { Api } from './api.ts';
import type { BigQueryConfig, Partitioning } from './config.ts';
import { failureOf, isDuplicate, isNotFound } from './errors.ts';
import type { Jobs } from './jobs.ts';
import type { Place } from './names.ts';
import {
  addColumns,
  addRecords,
  anchorStates,
  LEDGER,
  LEDGER_COLUMNS,
  STATE_COLUMNS,
  STATES,
} from './sql.ts';
import { sqlType } from './values.ts';

/** What is needed to look at tables and to change them. */
export interface Surroundings {
  readonly api: Api;
  readonly jobs: Jobs;
  readonly place: Place;
  readonly partitionBy: Partitioning;
}

/** As `tables.get` describes a table: https://cloud.google.com/bigquery/docs/reference/rest/v2/tables */
interface TableResource {
  readonly type?: string;
  readonly numRows?: string;
  readonly schema?: { readonly fields?: readonly Field[] };
}

interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly precision?: string;
  readonly maxLength?: string;
}

interface StoredTable {
  readonly name: string;
  readonly isTable: boolean;
  /** Type by column name in lower case: BigQuery compares names of columns without case, those of tables with. */
  readonly columns: ReadonlyMap<string, string>;
}

/** Where a dataset is when nothing says otherwise: https://cloud.google.com/bigquery/docs/locations */
const DEFAULT_LOCATION = 'US';
/** How many tables are looked at, or created, at once. */
const AT_ONCE = 8;

/** Finds the dataset, or creates it, and gives its location. */
export async function prepareDataset(api: Api, config: BigQueryConfig): Promise<string> {
  const { project, dataset, location, createDataset } = config;
  const path = `/datasets/${dataset}`;
  const found = await api.sendAgain<{ location?: string }>({ path }).catch((error: unknown) => {
    if (isNotFound(failureOf(error))) return undefined;
    throw error;
  });
  if (found === undefined && !createDataset) {
    throw new SinkError(
      'SINK_FAILED',
      `There is no dataset ${dataset} in project ${project}. Create it, or set "createDataset".`,
    );
  }
  if (found === undefined) {
    const body = {
      datasetReference: { projectId: project, datasetId: dataset },
      location: location ?? DEFAULT_LOCATION,
    };
    await unlessThere(api.sendAgain({ method: 'POST', path: '/datasets', body }));
    return prepareDataset(api, { ...config, createDataset: false });
  }
  const there = found.location ?? location ?? DEFAULT_LOCATION;
  if (location !== undefined && there.toLowerCase() !== location.toLowerCase()) {
    throw new SinkError(
      'SINK_FAILED',
      `Dataset ${dataset} is in ${there}, but "location" says ${location}. Leave "location" out, or name another dataset.`,
    );
  }
  return there;
}

/** Creates the bookkeeping tables where missing. */
export async function prepareBookkeeping({ api, jobs, place }: Surroundings): Promise<void> {
  const [states, ledger] = await Promise.all([
    resource(api, place, STATES),
    resource(api, place, LEDGER),
  ]);
  // Whatever the dataset says: ids, orders and names are compared byte by byte.
  const binary = { defaultCollation: '' };
  if (states === undefined) {
    await createTable(api, place, STATES, { schema: { fields: STATE_COLUMNS }, ...binary });
  }
  // Also when it was created by a process that was killed right then.
  if (states === undefined || states.numRows === '0') {
    await jobs.run(`tdp_sync_${crypto.randomUUID()}_states`, anchorStates(place));
  }
  if (ledger !== undefined) {
    if (ledger.schema?.fields?.some(({ name }) => name === 'rows')) return;
    await jobs.run(`tdp_sync_${crypto.randomUUID()}_records`, addRecords(place));
    return;
  }
  const clustering = { fields: ['sync', 'id'] };
  await createTable(api, place, LEDGER, {
    schema: { fields: LEDGER_COLUMNS },
    clustering,
    ...binary,
  });
}

/** Creates the tables and columns that are missing; nothing at all when one does not match. */
export async function prepareTables(around: Surroundings, tables: readonly Table[]): Promise<void> {
  const missing = await changes(around, tables);
  if (missing.length === 0) return;
  await eachAtOnce(missing, async ({ table, stored, columns }) => {
    if (stored === undefined) await createDataTable(around, table);
    else {
      const statement = addColumns(around.place, stored.name, columns);
      await around.jobs.run(`tdp_sync_${crypto.randomUUID()}_columns`, statement);
    }
  });
  // Another runner may have been first, with fewer columns or other types.
  const changed = missing.map(({ table }) => table);
  const left = await changes(around, changed);
  if (left.some(({ stored }) => stored === undefined)) {
    throw new SinkError(
      'SINK_FAILED',
      'Tables that were just created are gone. Let nothing else change the dataset, and run again.',
    );
  }
  if (left.length > 0) await prepareTables(around, changed);
}

/** Which columns the stored table has, which must match; `undefined` when there is no table. */
export async function storedColumns(
  { api, place }: Surroundings,
  table: Table,
): Promise<ReadonlySet<Column> | undefined> {
  const stored = await readTable(api, place, table.name);
  if (stored === undefined) return undefined;
  checkOwn(stored);
  return new Set(table.columns.filter((column) => !isMissing(stored, column)));
}

/**
 * Which columns are there of these tables, in their order, each of the type asked for: `undefined` for a table that does not exist, or is none
 * of tdp-sync.
 */
export function comparableColumns(
  { api, place }: Surroundings,
  tables: readonly Table[],
): Promise<readonly (ReadonlySet<Column> | undefined)[]> {
  return eachAtOnce(tables, async ({ name, columns }) => {
    const stored = await readTable(api, place, name);
    if (stored === undefined || !isOwn(stored)) return undefined;
    return new Set(
      columns.filter(
        (column) => stored.columns.get(column.name.toLowerCase()) === sqlType(column.type),
      ),
    );
  });
}

/** Creates a table unless it is there. */
export async function createTable(
  api: Api,
  { project, dataset }: Place,
  name: string,
  definition: Readonly<Record<string, unknown>>,
): Promise<void> {
  const tableReference = { projectId: project, datasetId: dataset, tableId: name };
  const body = { tableReference, ...definition };
  await unlessThere(api.sendAgain({ method: 'POST', path: `/datasets/${dataset}/tables`, body }));
}

interface Change {
  readonly table: Table;
  readonly stored: StoredTable | undefined;
  readonly columns: readonly Column[];
}

async function changes(
  { api, place }: Surroundings,
  tables: readonly Table[],
): Promise<readonly Change[]> {
  const found = await eachAtOnce(tables, (table) => readTable(api, place, table.name));
  return tables.flatMap((table, at): readonly Change[] => {
    const stored = found[at];
    if (stored === undefined) return [{ table, stored, columns: table.columns }];
    checkOwn(stored);
    const columns = table.columns.filter((column) => isMissing(stored, column));
    return columns.length === 0 ? [] : [{ table, stored, columns }];
  });
}

async function createDataTable({ api, place, partitionBy }: Surroundings, table: Table) {
  const own = [
    { name: '_file_key', type: 'STRING', mode: 'REQUIRED' },
    { name: '_row', type: 'INT64', mode: 'REQUIRED' },
  ];
  const given = table.columns.map(({ name, type, description }) => ({
    ...{ name, type: sqlType(type) },
    ...(description === undefined ? {} : { description }),
  }));
  await createTable(api, place, table.name, {
    schema: { fields: [...own, ...given] },
    clustering: { fields: ['_file_key'] },
    ...(partitionBy === 'none' ? {} : { timePartitioning: { type: partitionBy.toUpperCase() } }),
  });
}

async function resource(api: Api, { dataset }: Place, name: string) {
  try {
    return await api.sendAgain<TableResource>({ path: `/datasets/${dataset}/tables/${name}` });
  } catch (error) {
    if (isNotFound(failureOf(error))) return undefined;
    throw error;
  }
}

async function readTable(api: Api, place: Place, name: string): Promise<StoredTable | undefined> {
  const found = await resource(api, place, name);
  if (found === undefined) return undefined;
  const fields = found.schema?.fields ?? [];
  return {
    name,
    isTable: found.type === 'TABLE',
    columns: new Map(fields.map((field) => [field.name.toLowerCase(), describe(field)])),
  };
}

/** The API has two names for some types. */
const NAMES: Readonly<Record<string, string>> = {
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
};

/** A column's type as {@link sqlType} writes it, with whatever makes it narrower. */
function describe({ type, mode, precision, maxLength }: Field): string {
  const name = NAMES[type.toUpperCase()] ?? type.toUpperCase();
  const limit = precision ?? maxLength;
  const limited = limit === undefined || limit === '0' ? name : `${name}(${limit})`;
  return mode?.toUpperCase() === 'REPEATED' ? `ARRAY<${limited}>` : limited;
}

function isOwn({ isTable, columns }: StoredTable): boolean {
  return isTable && columns.has('_file_key') && columns.has('_row');
}

function checkOwn(stored: StoredTable): void {
  if (isOwn(stored)) return;
  throw new SinkError(
    'SCHEMA_MISMATCH',
    `${JSON.stringify(stored.name)} exists, but is no table of tdp-sync: it is a view, or has no columns _file_key and _row. Rename it, or choose another name for the table.`,
  );
}

function isMissing(stored: StoredTable, { name, type }: Column): boolean {
  const found = stored.columns.get(name.toLowerCase());
  if (found === undefined || found === sqlType(type)) return found === undefined;
  throw new SinkError(
    'SCHEMA_MISMATCH',
    `Table ${JSON.stringify(stored.name)}, column ${JSON.stringify(name)} is ${found}, but ${type} (${sqlType(type)}) is asked for. Rename or drop the column, or change the mapping.`,
  );
}

async function unlessThere(creating: Promise<unknown>): Promise<void> {
  try {
    await creating;
  } catch (error) {
    if (!isDuplicate(failureOf(error))) throw error;
  }
}

/** Runs a task for each item, some at once; the results are in the order of the items. */
async function eachAtOnce<Item, Result>(
  items: readonly Item[],
  task: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results = new Array<Result>(items.length);
  const left = items.entries();
  const worker = async () => {
    for (const [at, item] of left) results[at] = await task(item);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}
