import { type Batch, bulkTail, makeBatch } from './bulk.ts';
import type { Category, Label, SourceInfo } from './file.ts';
import { attributesOf, keyPrefix } from './put.ts';

/** Many small JSON documents for measurements. */
export interface BulkFiles {
  readonly count: number;
  /** About how long each document is, at least 512. Default 2,048. */
  readonly bytes?: number;
  /** Default 1. Batches of one lake need different seeds. */
  readonly seed?: number;
  readonly indexedFrom: number;
  /** Not included. Must not lie in the future: the files are searchable at once. */
  readonly indexedTo: number;
  /** Default `IDS`. */
  readonly category?: Category;
  /** Default `common/bench-reading:v1.0.0`. */
  readonly ids?: string;
  readonly source?: Partial<SourceInfo>;
  readonly labels?: readonly Label[];
  /** Stored compressed, as pipelines do. Default: all but RAW. */
  readonly gzip?: boolean;
}

const BULK_SOURCE: SourceInfo = {
  id: '9c0e6d2a-1f5b-4c5e-8f0d-2b7a4e91c3d8',
  name: 'Bench reader',
  type: 'bench',
};
/** The batch that the options stand for. */
export function batchOf(bulk: BulkFiles, org: string, bucket: string): Batch {
  const category = bulk.category ?? 'IDS';
  const ids = category === 'IDS' ? (bulk.ids ?? 'common/bench-reading:v1.0.0') : undefined;
  const attributes = attributesOf({ category, source: { ...BULK_SOURCE, ...bulk.source } }, ids);
  const seed = bulk.seed ?? 1;
  return makeBatch({
    bucket: bucket,
    keyPrefix: keyPrefix(org, attributes),
    folder: `/bench/${seed}/`,
    attributes,
    labels: bulk.labels ?? [{ name: 'batch', value: String(seed) }],
    seed,
    tail: bulkTail(bulk.bytes ?? 2048),
    gzip: bulk.gzip ?? category !== 'RAW',
    from: bulk.indexedFrom,
    step: (bulk.indexedTo - bulk.indexedFrom) / Math.max(bulk.count, 1),
  });
}
