import type { Column, ColumnType, Row, Value } from '@tdp-sync/sink';
import { parseExactly } from './exact-json.ts';
import type { FileHit } from './file.ts';
import { storableJson, storableText } from './json.ts';
import { toTimestamp } from './timestamp.ts';

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

/** Columns by their names and types. */
export function columns(named: readonly (readonly [string, ColumnType])[]): readonly Column[] {
  return named.map(([name, type]) => ({ name, type }));
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
    return found === undefined ? undefined : parseExactly(found);
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
