import { isObject, type JsonObject } from '../lake/file.ts';
import { illegalArgument, parsingError, SearchError, shardError, unsupported } from './errors.ts';
import { parseCursor, parseSort, type SortKey, type SortValue } from './sort.ts';
import { parseSourceFilter, type SourceFilter } from './source-filter.ts';

/** A search as it was asked for, checked. */
export interface SearchRequest {
  readonly query: unknown;
  /** The text of the query, by which answers are remembered. */
  readonly queryText: string;
  readonly from: number;
  readonly size: number;
  readonly sort: readonly SortKey[];
  readonly sortText: string;
  readonly cursor: readonly SortValue[] | undefined;
  readonly source: SourceFilter;
  readonly sourceText: string;
  /** True: count all. A number: count so far. `undefined`: not asked for. */
  readonly trackTotal: boolean | number | undefined;
  readonly aggs: JsonObject | undefined;
  readonly trackScores: boolean;
  readonly version: boolean;
  readonly minScore: number | undefined;
}

/** The settings of the index that a request is checked against. */
export interface RequestLimits {
  readonly now: number;
  readonly maxPageSize: number;
  readonly pageTooLargeStatus: number;
  readonly sortOnIndexedAtAllowed: boolean;
}

const MAX_WINDOW = 10_000;

const KEYS = new Set([
  ...['query', 'size', 'from', 'sort', 'search_after', '_source', 'track_total_hits', 'aggs'],
  ...['aggregations', 'timeout', 'track_scores', 'version', 'min_score'],
]);

const NOT_EMULATED = new Set([
  ...[
    'post_filter',
    'highlight',
    'suggest',
    'rescore',
    'collapse',
    'fields',
    'docvalue_fields',
    'pit',
  ],
  ...[
    'stored_fields',
    'script_fields',
    'explain',
    'profile',
    'slice',
    'indices_boost',
    'runtime_mappings',
  ],
  ...['terminate_after', 'seq_no_primary_term', 'ext', 'stats'],
]);

function tokenName(value: unknown): string {
  if (Array.isArray(value)) return 'START_ARRAY';
  if (value === null) return 'VALUE_NULL';
  if (typeof value === 'object') return 'START_OBJECT';
  return `VALUE_${(typeof value).toUpperCase()}`;
}

function checkKeys(body: JsonObject): void {
  for (const [key, value] of Object.entries(body)) {
    if (KEYS.has(key)) continue;
    if (NOT_EMULATED.has(key)) throw unsupported(`[${key}]`);
    throw parsingError(`Unknown key for a ${tokenName(value)} in [${key}].`);
  }
}

function count(body: JsonObject, key: 'size' | 'from', otherwise: number): number {
  const value = body[key] ?? otherwise;
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number' || Number.isNaN(number)) {
    throw parsingError(`Unknown key for a ${tokenName(value)} in [${key}].`);
  }
  if (number < 0) throw illegalArgument(`[${key}] parameter cannot be negative, found [${number}]`);
  return Math.trunc(number);
}

function checkWindow(from: number, size: number, limits: RequestLimits): void {
  if (from + size > MAX_WINDOW) {
    throw shardError(
      'illegal_argument_exception',
      `Result window is too large, from + size must be less than or equal to: [${MAX_WINDOW}] but was [${from + size}]. See the scroll api for a more efficient way to request large data sets. This limit can be set by changing the [index.max_result_window] index level setting.`,
    );
  }
  if (size > limits.maxPageSize) {
    const reason = `size must be less than or equal to ${limits.maxPageSize}`;
    throw new SearchError('page_too_large', reason, { status: limits.pageTooLargeStatus });
  }
}

function parseBody(text: string): JsonObject {
  if (text.trim() === '') return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new SearchError(
      'json_parse_exception',
      error instanceof Error ? error.message : 'not JSON',
    );
  }
  if (!isObject(body)) throw parsingError('Expected [START_OBJECT] but found something else');
  return body;
}

function trackTotal(value: unknown): boolean | number | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  if (typeof value === 'number' && value >= -1) return value;
  throw illegalArgument('[track_total_hits] parameter must be positive or equals to -1');
}

function aggsOf(body: JsonObject): JsonObject | undefined {
  const aggs = body['aggs'] ?? body['aggregations'];
  if (aggs === undefined) return undefined;
  if (!isObject(aggs)) throw parsingError('Expected [START_OBJECT] under [aggs]');
  return aggs;
}

/** Reads and checks the body of a search, in the order in which Elasticsearch would complain. */
export function parseRequest(text: string, limits: RequestLimits): SearchRequest {
  const body = parseBody(text);
  checkKeys(body);
  const from = count(body, 'from', 0);
  const size = count(body, 'size', 10);
  const sort = parseSort(body['sort'], limits.sortOnIndexedAtAllowed);
  const cursor = parseCursor(body['search_after'], sort, text, limits.now);
  if (cursor !== undefined && from > 0) {
    throw illegalArgument('`from` parameter must be set to 0 when `search_after` is used.');
  }
  const source = parseSourceFilter(body['_source']);
  const query = body['query'] ?? { match_all: {} };
  checkWindow(from, size, limits);
  const minScore = body['min_score'];
  return {
    query,
    queryText: JSON.stringify(query),
    from,
    size,
    sort,
    sortText: JSON.stringify(sort),
    cursor,
    source,
    sourceText: JSON.stringify(body['_source'] ?? true),
    trackTotal: trackTotal(body['track_total_hits']),
    aggs: aggsOf(body),
    trackScores: body['track_scores'] === true,
    version: body['version'] === true,
    minScore: typeof minScore === 'number' ? minScore : undefined,
  };
}
