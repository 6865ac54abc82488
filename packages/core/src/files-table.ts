import {
  type Column,
  type ColumnType,
  type Row,
  type Table,
  type Value,
  vouchFor,
} from '@tdp-sync/sink';
import type { FileHit } from './file.ts';
import { storableJson, storableText } from './json.ts';
import { timestampOf, toTimestamp } from './timestamp.ts';

/** How a file stands in the database, for its row of the files table. */
export interface Standing {
  readonly status: 'loaded' | 'failed' | 'deleted';
  /** The version whose rows are in the data tables. */
  readonly loadedFileId: string | undefined;
  readonly error?: { readonly code: string; readonly message: string };
  readonly attempts?: number;
  readonly retryAtMs?: number;
  readonly deletedAtMs?: number;
  readonly syncedAtMs: number;
}

/** What TDP knows of a file, as columns of the files table. */
export const attributeColumns: readonly Column[] = columns([
  ['file_id', 'string'],
  ['path', 'string'],
  ['bucket', 'string'],
  ['file_path', 'string'],
  ['category', 'string'],
  ['source_id', 'string'],
  ['source_name', 'string'],
  ['source_type', 'string'],
  ['integration_type', 'string'],
  ['ids_namespace', 'string'],
  ['ids_type', 'string'],
  ['ids_version', 'string'],
  ['labels', 'json'],
  ['metadata', 'json'],
  ['tags', 'json'],
  ['trace_id', 'string'],
  ['raw_file_id', 'string'],
  ['size', 'int64'],
  ['checksum', 'string'],
  ['created_at', 'timestamp'],
  ['indexed_at', 'timestamp'],
]);

const POSITIONS = new Map(attributeColumns.map(({ name }, index) => [name, index]));

const COLUMNS: readonly Column[] = [
  ...columns([
    ['status', 'string'],
    ['loaded_file_id', 'string'],
  ]),
  ...attributeColumns,
  ...columns([
    ['error_code', 'string'],
    ['error', 'string'],
    ['attempts', 'int64'],
    ['retry_at', 'timestamp'],
    ['deleted_at', 'timestamp'],
    ['synced_at', 'timestamp'],
  ]),
];

function columns(named: readonly (readonly [string, ColumnType])[]): readonly Column[] {
  return named.map(([name, type]) => ({ name, type }));
}

/** The files table of a sync: one row per file, what TDP knows of it and how it stands. */
export function filesTable(sync: string): Table {
  return { name: `${sync}_files`, columns: COLUMNS };
}

/** The values of {@link attributeColumns}. */
export function attributesOf(file: FileHit): Row {
  return [
    file.fileId,
    text(file.path),
    text(file.bucket),
    text(file.filePath),
    text(file.category),
    text(file.sourceId),
    text(file.sourceName),
    text(file.sourceType),
    text(file.integrationType),
    namespaceOf(file.ids),
    text(file.idsType),
    text(file.idsVersion),
    json(file.labels),
    json(file.metadata),
    json(file.tags),
    text(file.traceId),
    text(file.rawFileId),
    file.size === undefined ? null : BigInt(file.size),
    text(file.checksum),
    toTimestamp(file.createdAt),
    toTimestamp(file.indexedAt),
  ];
}

/**
 * What TDP knew of a file, from the values of {@link attributeColumns}: its {@link attributesOf} are the same
 * again.
 */
export function hitOfAttributes(row: Row): FileHit {
  const value = (name: string): Value => row[POSITIONS.get(name) ?? -1] ?? null;
  const textOf = (name: string): string | undefined => {
    const found = value(name);
    return typeof found === 'string' ? found : undefined;
  };
  const jsonOf = (name: string): unknown => {
    const found = textOf(name);
    return found === undefined ? undefined : JSON.parse(found);
  };
  const size = value('size');
  const [namespace, idsType, idsVersion] = ['ids_namespace', 'ids_type', 'ids_version'].map(textOf);
  return {
    fileId: textOf('file_id') ?? '',
    category: textOf('category'),
    filePath: textOf('file_path'),
    bucket: textOf('bucket'),
    path: textOf('path'),
    size: size === null ? undefined : Number(size),
    checksum: textOf('checksum'),
    ids: namespace === undefined ? undefined : `${namespace}/${idsType ?? ''}:${idsVersion ?? ''}`,
    idsType,
    idsVersion,
    sourceId: textOf('source_id'),
    sourceName: textOf('source_name'),
    sourceType: textOf('source_type'),
    integrationType: textOf('integration_type'),
    traceId: textOf('trace_id'),
    rawFileId: textOf('raw_file_id'),
    labels: jsonOf('labels'),
    metadata: jsonOf('metadata'),
    tags: jsonOf('tags'),
    createdAt: textOf('created_at'),
    indexedAt: textOf('indexed_at'),
    outdated: false,
    deleted: false,
  };
}

/** The row of a file in its files table. Whatever TDP says, each value has its column's form: a test proves it. */
export function filesRow(file: FileHit, standing: Standing): Row {
  return vouchFor([
    standing.status,
    standing.loadedFileId ?? null,
    ...attributesOf(file),
    text(standing.error?.code),
    text(standing.error?.message),
    BigInt(standing.attempts ?? 0),
    time(standing.retryAtMs),
    time(standing.deletedAtMs),
    time(standing.syncedAtMs),
  ]);
}

/** A stored row of the files table, as it becomes when the file is gone from TDP. */
export function deletedFilesRow(
  row: Row,
  standing: Pick<Standing, 'loadedFileId' | 'deletedAtMs' | 'syncedAtMs'>,
): Row {
  const changed: Readonly<Record<string, Value>> = {
    status: 'deleted',
    loaded_file_id: standing.loadedFileId ?? null,
    deleted_at: time(standing.deletedAtMs),
    synced_at: time(standing.syncedAtMs),
  };
  return COLUMNS.map(({ name }, index) => (name in changed ? changed[name] : row[index]) ?? null);
}

/** `common` in `common/cell-counter:v8.0.0`. */
function namespaceOf(ids: string | undefined): Value {
  const slash = ids?.indexOf('/') ?? -1;
  return ids === undefined || slash < 1 ? null : text(ids.slice(0, slash));
}

function text(value: string | undefined): Value {
  return value === undefined ? null : storableText(value);
}

function json(value: unknown): Value {
  return value === undefined || value === null ? null : storableJson(JSON.stringify(value));
}

function time(timeMs: number | undefined): Value {
  return timeMs === undefined ? null : timestampOf(timeMs);
}
