import type { FileHit } from '../../file.ts';

/** The fields to ask for. A hit with all of its fields is about 100 KB; with these it is under 2 KB. */
export const HIT_FIELDS: readonly string[] = [
  'fileId',
  'category',
  'filePath',
  'ids',
  'idsType',
  'idsTypeVersion',
  'traceId',
  'rawFileId',
  'file.bucket',
  'file.path',
  'file.size',
  'file.checksum',
  'source.id',
  'source.name',
  'source.type',
  'integration.type',
  'labels',
  'metadata',
  'tags',
  'createdAt',
  'indexedAt',
  'outdated',
  'deleted',
];

/** Reads a hit's `_source`. Fields of an unexpected type count as absent; `undefined` when there is no fileId. */
export function readHit(source: unknown): FileHit | undefined {
  const hit = asRecord(source);
  const fileId = text(hit['fileId']);
  if (fileId === undefined) return undefined;
  const file = asRecord(hit['file']);
  const origin = asRecord(hit['source']);
  return {
    fileId,
    category: text(hit['category']),
    filePath: text(hit['filePath']),
    bucket: text(file['bucket']),
    path: text(file['path']),
    size: count(file['size']),
    checksum: text(file['checksum']),
    ids: text(hit['ids']),
    idsType: text(hit['idsType']),
    idsVersion: text(hit['idsTypeVersion']),
    sourceId: text(origin['id']),
    sourceName: text(origin['name']),
    sourceType: text(origin['type']),
    integrationType: text(asRecord(hit['integration'])['type']),
    traceId: text(hit['traceId']),
    rawFileId: text(hit['rawFileId']),
    labels: hit['labels'],
    metadata: hit['metadata'],
    tags: hit['tags'],
    createdAt: text(hit['createdAt']),
    indexedAt: text(hit['indexedAt']),
    outdated: hit['outdated'] === true,
    deleted: hit['deleted'] === true,
  };
}

/** An object's fields; none for anything else. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}
