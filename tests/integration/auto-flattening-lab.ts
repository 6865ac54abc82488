import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { createEmulator, type FileVersion, seedDemoLab } from '@tdp-sync/emulator';
import type { ColumnType } from '@tdp-sync/sink';
import { type FileHit, fileKey } from '../../packages/core/src/file.ts';
import { filesRow, filesTable } from '../../packages/core/src/tables/files-table.ts';
import { autoTransform } from '../../packages/core/src/transform/auto/auto.ts';
import { type Cell, type Extract, Unfit } from '../../packages/core/src/transform/transform.ts';

/** The demo lab in DuckDB: its documents as they are, and what `tables: auto` made of them. */
export interface FlatLab extends Disposable {
  /** How many documents there are of each layout. */
  readonly layouts: ReadonlyMap<string, number>;
  /** Columns of all tables that were made, by table. */
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, ColumnType>>;
  sql(query: string): Promise<readonly Record<string, unknown>[]>;
}

type Row = readonly (string | null)[];

interface GatheredTable {
  readonly columns: Map<string, ColumnType>;
  readonly rows: ReadonlyMap<string, string | null>[];
}

const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  boolean: 'BOOLEAN',
  int64: 'BIGINT',
  float64: 'DOUBLE',
  decimal: 'DECIMAL(38, 9)',
  string: 'VARCHAR',
  date: 'DATE',
  timestamp: 'TIMESTAMPTZ',
  json: 'JSON',
};

/** Flattens the demo lab's newest versions. */
export async function flatLab(): Promise<FlatLab> {
  const { lake } = createEmulator();
  seedDemoLab(lake);
  const files = [...lake.truth().values()].map(({ file }) => file);
  const parsed = files.filter(({ attributes }) => attributes.category === 'IDS');
  const transform = autoTransform({ fallbackName: 'lab' });
  const tables = new Map<string, GatheredTable>();
  const layouts = new Map<string, number>();
  const { signal } = new AbortController();
  for (const file of parsed) {
    const hit = hitOf(file);
    const extract = await transform.extract(hit, Buffer.from(file.content), signal);
    gather(tables, fileKey(hit), extract);
    layouts.set(extract.layout, (layouts.get(extract.layout) ?? 0) + 1);
  }
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  await loadDocuments(connection, parsed);
  await loadFiles(connection, files);
  for (const [name, { columns, rows }] of tables) {
    const positional = rows.map((row) => [...columns.keys()].map((key) => row.get(key) ?? null));
    await load(connection, name, columns, positional);
  }
  return {
    layouts,
    tables: new Map([...tables].map(([name, { columns }]) => [name, columns])),
    sql: async (query) => (await connection.runAndReadAll(query)).getRowObjectsJson(),
    [Symbol.dispose]: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

function hitOf(file: FileVersion): FileHit {
  const { attributes, facts } = file;
  return {
    fileId: file.fileId,
    category: attributes.category,
    filePath: file.filePath,
    bucket: file.bucket,
    path: file.path,
    size: facts.size,
    checksum: facts.etag,
    ids: attributes.ids,
    idsType: attributes.idsType,
    idsVersion: attributes.idsTypeVersion,
    sourceId: attributes.source.id,
    sourceName: attributes.source.name,
    sourceType: attributes.source.type,
    integrationType: undefined,
    traceId: file.traceId,
    rawFileId: file.rawFileId,
    labels: file.labels,
    metadata: attributes.metadata,
    tags: attributes.tags,
    createdAt: new Date(file.createdAt).toISOString(),
    indexedAt: new Date(file.indexedAt ?? file.createdAt).toISOString(),
    outdated: false,
    deleted: false,
  };
}

/** Adds a file's rows, by column name, as the engine and a sink would. */
function gather(
  tables: Map<string, GatheredTable>,
  key: string,
  { tables: extracted }: Extract,
): void {
  for (const { name, columns, rows } of extracted) {
    const table: GatheredTable = tables.get(name) ?? {
      columns: new Map([
        ['_file_key', 'string'],
        ['_row', 'int64'],
      ]),
      rows: [],
    };
    tables.set(name, table);
    for (const column of columns) {
      const held = table.columns.get(column.name) ?? column.type;
      if (held !== column.type) throw new TypeError(`${name}.${column.name} is ${held}`);
      table.columns.set(column.name, column.type);
    }
    let position = 0;
    for (const row of rows) {
      const cells = columns.map(({ name }, index) => [name, textOf(row[index])] as const);
      table.rows.push(new Map([['_file_key', key], ['_row', String(position++)], ...cells]));
    }
  }
}

function textOf(cell: Cell | undefined): string | null {
  if (cell instanceof Unfit) throw new TypeError(`${cell.text} does not fit`);
  return cell === null || cell === undefined ? null : String(cell);
}

async function loadDocuments(
  connection: DuckDBConnection,
  files: readonly FileVersion[],
): Promise<void> {
  const columns = new Map<string, ColumnType>([
    ['_file_key', 'string'],
    ['ids', 'string'],
    ['document', 'json'],
  ]);
  const rows = files.map((file) => {
    const hit = hitOf(file);
    const ids = `${hit.idsType} ${hit.idsVersion?.split('.')[0]}`;
    return [fileKey(hit), ids, Buffer.from(file.content).toString()];
  });
  await load(connection, 'documents', columns, rows);
}

async function loadFiles(
  connection: DuckDBConnection,
  files: readonly FileVersion[],
): Promise<void> {
  const { name, columns } = filesTable('lab');
  const named = new Map<string, ColumnType>([
    ['_file_key', 'string'],
    ...columns.map((column) => [column.name, column.type] as const),
  ]);
  const rows = files.map((file) => {
    const standing = { status: 'loaded', loadedFileId: file.fileId, syncedAtMs: 0 } as const;
    const row = filesRow(hitOf(file), standing).map(textOf);
    return [fileKey(hitOf(file)), ...row];
  });
  await load(connection, name, named, rows);
}

/** Makes a table of texts and casts them: a float64's text is read back to the last bit. */
async function load(
  connection: DuckDBConnection,
  name: string,
  columns: ReadonlyMap<string, ColumnType>,
  rows: readonly Row[],
): Promise<void> {
  const texts = [...columns.keys()].map((column) => `"${column}" VARCHAR`);
  await connection.run(`CREATE TABLE texts (${texts.join(', ')})`);
  const appender = await connection.createAppender('texts');
  for (const row of rows) {
    for (const text of row) {
      if (text === null) appender.appendNull();
      else appender.appendVarchar(text);
    }
    appender.endRow();
  }
  appender.closeSync();
  const cast = [...columns].map(
    ([column, type]) => `"${column}"::${SQL_TYPES[type]} AS "${column}"`,
  );
  await connection.run(`CREATE TABLE "${name}" AS SELECT ${cast.join(', ')} FROM texts`);
  await connection.run('DROP TABLE texts');
}
