import { SyncError } from '../../errors.ts';
import type { FileHit } from '../../file.ts';
import type { Bucket, FileQuery, Survey } from '../source.ts';
import { quotable } from './answer.ts';
import { asRecord, HIT_FIELDS, readHit } from './hit.ts';
import { shardReason } from './reason.ts';

/** The body of a search for one page of hits. */
export function pageRequest(query: FileQuery, after: string | undefined, size: number): string {
  return JSON.stringify({
    size,
    query: queryOf(query),
    _source: HIT_FIELDS,
    sort: [{ fileId: 'asc' }],
    ...(after === undefined ? {} : { search_after: [after] }),
  });
}

/** The body of a search for counts and times only. */
export function surveyRequest(query: FileQuery): string {
  return JSON.stringify({
    size: 0,
    query: queryOf(query),
    aggs: {
      // hits.total may stop counting at 10,000; this does not.
      files: { value_count: { field: 'fileId' } },
      oldest: { min: { field: 'indexedAt' } },
      newest: { max: { field: 'indexedAt' } },
    },
  });
}

/** How an engine calls the length of a bucket: the first up to OpenSearch and Elasticsearch 7, the other since 7.2. */
export type IntervalOption = 'interval' | 'fixed_interval';

/** The body of a search for counts per stretch of time. */
export function histogramRequest(
  query: FileQuery,
  intervalMs: number,
  option: IntervalOption,
): string {
  return JSON.stringify({
    size: 0,
    query: queryOf(query),
    aggs: {
      stamps: { value_count: { field: 'indexedAt' } },
      times: {
        date_histogram: { field: 'indexedAt', [option]: `${intervalMs}ms`, min_doc_count: 1 },
        aggs: {
          oldest: { min: { field: 'indexedAt' } },
          newest: { max: { field: 'indexedAt' } },
          sum: { sum: { field: 'indexedAt' } },
        },
      },
    },
  });
}

function queryOf({ filter, indexed, fileIds }: FileQuery): unknown {
  const clauses: unknown[] = [...filter];
  const { fromMs, toMs } = indexed ?? {};
  if (fromMs !== undefined || toMs !== undefined) {
    const range = {
      ...(fromMs === undefined ? {} : { gte: new Date(fromMs).toISOString() }),
      ...(toMs === undefined ? {} : { lt: new Date(toMs).toISOString() }),
    };
    clauses.push({ range: { indexedAt: range } });
  }
  if (fileIds !== undefined) clauses.push({ terms: { fileId: fileIds } });
  return { bool: { filter: clauses } };
}

/**
 * The hits of an answer to {@link pageRequest}.
 *
 * @throws SyncError `PAGE_INVALID`, retryable, when the answer is partial, unordered, repeats what was
 *   before `after`, or holds a hit without a fileId: such a page proves nothing.
 */
export function readPage(answer: unknown, after: string | undefined): readonly FileHit[] {
  const found: FileHit[] = [];
  let last = after;
  for (const entry of hitsOf(answer)) {
    const hit = readHit(asRecord(entry)['_source']);
    if (hit === undefined) throw invalid('it holds a hit without a fileId');
    if (last !== undefined && hit.fileId < last)
      throw invalid('its hits are not in ascending order of fileId');
    if (last !== undefined && hit.fileId === last && found.length === 0)
      throw invalid('it repeats the page before');
    last = hit.fileId;
    found.push(hit);
  }
  return found;
}

/**
 * What an answer to {@link surveyRequest} says.
 *
 * @throws SyncError `PAGE_INVALID`, retryable, when the answer is partial or has no counts.
 */
export function readSurvey(answer: unknown, nowMs: number): Survey {
  hitsOf(answer);
  const aggregations = asRecord(asRecord(answer)['aggregations']);
  const value = (name: string): number | undefined => {
    const found = asRecord(aggregations[name])['value'];
    return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
  };
  const counted = value('files');
  if (counted === undefined) throw invalid('it holds no aggregations');
  const count = Math.max(counted, totalOf(answer));
  return { count, oldestMs: value('oldest'), newestMs: value('newest'), nowMs };
}

/**
 * The buckets of an answer to {@link histogramRequest}.
 *
 * @throws SyncError `PAGE_INVALID`, retryable, when the answer is partial, or its buckets do not add up
 *   to its count.
 */
export function readHistogram(answer: unknown): readonly Bucket[] {
  hitsOf(answer);
  const { stamps, times } = asRecord(asRecord(answer)['aggregations']);
  const list = asRecord(times)['buckets'];
  if (!Array.isArray(list)) throw invalid('it holds no buckets');
  const buckets = list.map(readBucket);
  const counted = buckets.reduce((sum, { count }) => sum + count, 0);
  if (counted !== asRecord(stamps)['value'])
    throw invalid('its buckets do not add up to its count');
  return buckets;
}

function readBucket(entry: unknown): Bucket {
  const bucket = asRecord(entry);
  const value = (found: unknown): number => {
    if (typeof found === 'number' && Number.isFinite(found)) return found;
    throw invalid('it holds a bucket without count or times');
  };
  const below = (name: string): number => value(asRecord(bucket[name])['value']);
  return {
    fromMs: value(bucket['key']),
    count: value(bucket['doc_count']),
    oldestMs: below('oldest'),
    newestMs: below('newest'),
    sumMs: below('sum'),
  };
}

function hitsOf(answer: unknown): readonly unknown[] {
  const { timed_out: timedOut, _shards: shards, hits } = asRecord(answer);
  if (timedOut === true) throw invalid('the search timed out (timed_out)');
  const failed = asRecord(shards)['failed'];
  if (typeof failed === 'number' && failed > 0)
    throw shardsFailed(failed, shardReason(asRecord(shards)));
  const list = asRecord(hits)['hits'];
  if (!Array.isArray(list)) throw invalid('it holds no hits.hits');
  return list;
}

function shardsFailed(failed: number, reason: string | undefined): SyncError {
  if (reason === undefined) return invalid(`${failed} shards failed`);
  const hint = /nested object under path/.test(reason)
    ? ' - Not all of TDP\'s indices know that path: set "ignore_unmapped": true in the nested query of the filter'
    : '';
  return invalid(`${failed} shards failed. TDP says: ${quotable(reason)}${hint}`);
}

function totalOf(answer: unknown): number {
  const total = asRecord(asRecord(answer)['hits'])['total'];
  const value = typeof total === 'number' ? total : asRecord(total)['value'];
  return typeof value === 'number' ? value : 0;
}

function invalid(reason: string): SyncError {
  return new SyncError(
    'PAGE_INVALID',
    `A search answer of TDP cannot be relied on: ${reason}. Nothing was taken from it.`,
    {
      retryable: true,
    },
  );
}
