import type { FileHit } from '../src/file.ts';

/** A hit with little in it. */
export function hitOf(fileId: string, fields: Partial<FileHit> = {}): FileHit {
  return {
    fileId,
    category: 'IDS',
    filePath: `/${fileId}.json`,
    bucket: 'lake',
    path: `org/source/IDS/${fileId}.json`,
    size: 100,
    checksum: 'etag',
    ids: 'common/cell-counter:v8.0.0',
    idsType: 'cell-counter',
    idsVersion: 'v8.0.0',
    sourceId: 's',
    sourceName: 'Source',
    sourceType: 'empower',
    integrationType: 'datapipeline',
    traceId: 't',
    rawFileId: 'r',
    labels: [],
    metadata: undefined,
    tags: undefined,
    createdAt: '2026-01-01T00:00:00.000Z',
    indexedAt: '2026-01-01T00:01:00.000Z',
    outdated: false,
    deleted: false,
    ...fields,
  };
}
