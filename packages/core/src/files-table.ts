import type { Row, Table, Value } from '@tdp-sync/sink';
import type { FileHit } from './file.ts';
import { storableJson } from './json.ts';
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

const COLUMNS = [
  ['status', 'string'],
  ['file_id', 'string'],
  ['loaded_file_id', 'string'],
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
  ['error_code', 'string'],
  ['error', 'string'],
  ['attempts', 'int64'],
  ['retry_at', 'timestamp'],
  ['deleted_at', 'timestamp'],
  ['synced_at', 'timestamp'],
] as const;

/** The files table of a sync: one row per file, what TDP knows of it and how it stands. */
export function filesTable(sync: string): Table {
  return { name: `${sync}_files`, columns: COLUMNS.map(([name, type]) => ({ name, type })) };
}

/** The row of a file in its files table. */
export function filesRow(file: FileHit, standing: Standing): Row {
  return [
    standing.status,
    file.fileId,
    standing.loadedFileId ?? null,
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
    text(standing.error?.code),
    text(standing.error?.message),
    BigInt(standing.attempts ?? 0),
    time(standing.retryAtMs),
    time(standing.deletedAtMs),
    time(standing.syncedAtMs),
  ];
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
  return COLUMNS.map(([name], index) => (name in changed ? changed[name] : row[index]) ?? null);
}

/** `common` in `common/cell-counter:v8.0.0`. */
function namespaceOf(ids: string | undefined): Value {
  const slash = ids?.indexOf('/') ?? -1;
  return ids === undefined || slash < 1 ? null : text(ids.slice(0, slash));
}

/** Databases refuse NUL and lone surrogates; a replacement character shows that something was there. */
function text(value: string | undefined): Value {
  return value === undefined ? null : value.toWellFormed().replaceAll('\0', '\uFFFD');
}

function json(value: unknown): Value {
  return value === undefined || value === null ? null : storableJson(JSON.stringify(value));
}

function time(timeMs: number | undefined): Value {
  return timeMs === undefined ? null : timestampOf(timeMs);
}
