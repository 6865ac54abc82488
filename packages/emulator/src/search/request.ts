import { isObject, type JsonObject } from '../lake/file.ts';
import { type Agg, parseAggs } from './aggs/parse.ts';
import {
  illegalArgument,
  notANumber,
  parsingError,
  SearchError,
  shardError,
  unsupported,
} from './errors.ts';
import { parseBody, tokenName } from './json.ts';
import { type AskedSort, parseSort } from './sort.ts';
import { parseSourceFilter, type SourceFilter } from './source-filter.ts';

/** A search as it was asked for, checked. */
export interface SearchRequest {
  readonly query: unknown;
  /** The text of the query, by which answers are remembered. */
  readonly queryText: string;
  readonly from: number;
  readonly size: number;
  readonly sort: readonly AskedSort[];
  readonly sortText: string;
  /** Where the page before has ended, a value for each key. */
  readonly after: readonly unknown[] | undefined;
  readonly source: SourceFilter;
  readonly sourceText: string;
  /** True: count all. A number: count so far. `undefined`: not asked for. */
  readonly trackTotal: boolean | number | undefined;
  readonly aggs: readonly Agg[] | undefined;
  readonly aggsText: string;
  readonly trackScores: boolean;
  readonly version: boolean;
  readonly minScore: number | undefined;
}

/** The settings of the index that a request is checked against. */
export interface RequestLimits {
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

function checkKeys(body: JsonObject): void {
  for (const [key, value] of Object.entries(body)) {
    if (KEYS.has(key)) continue;
    if (NOT_EMULATED.has(key)) throw unsupported(`[${key}]`);
    throw parsingError(`Unknown key for a ${tokenName(value)} in [${key}].`);
  }
}

const INT_MAX = 2 ** 31 - 1;

/** Refuses null and what is neither text nor number, in the words of the parser. */
function plainValue(body: JsonObject, key: string): string | number | undefined {
  const value = body[key];
  if (!(key in body)) return undefined;
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'boolean')
    throw new SearchError(
      'json_parse_exception',
      `Current token (VALUE_${String(value).toUpperCase()}) not numeric, can not use numeric value accessors`,
    );
  throw parsingError(`Unknown key for a ${tokenName(value)} in [${key}].`);
}

function count(body: JsonObject, key: 'size' | 'from', otherwise: number): number {
  const value = plainValue(body, key) ?? otherwise;
  const number = Math.trunc(Number(value));
  if (value === '' || Number.isNaN(number)) throw notANumber(String(value));
  if (number > INT_MAX)
    throw new SearchError(
      'input_coercion_exception',
      `Numeric value (${number}) out of range of int`,
      {
        status: 500,
      },
    );
  if (number < 0) throw illegalArgument(`[${key}] parameter cannot be negative, found [${number}]`);
  return number;
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

function trackTotal(body: JsonObject): boolean | number | undefined {
  const value = body['track_total_hits'];
  if (typeof value === 'boolean') return value;
  const plain = plainValue(body, 'track_total_hits');
  if (plain === undefined) return undefined;
  const number = Math.trunc(Number(plain));
  if (Number.isNaN(number)) throw notANumber(String(plain));
  if (number === -1) return false;
  if (number < -1)
    throw new SearchError('illegal_argument_exception', `value must be >= 0, got ${number}`, {
      afterShards: true,
    });
  return number;
}

function flag(body: JsonObject, key: string): boolean {
  const value = body[key];
  if (value === undefined || value === false || value === 'false') return false;
  if (value === true || value === 'true') return true;
  throw illegalArgument(
    `Failed to parse value [${String(value)}] as only [true] or [false] are allowed.`,
  );
}

function checkTimeout(body: JsonObject): void {
  const value = body['timeout'];
  if (value === undefined || /^(-1|0|\d+(\.\d+)?(nanos|micros|ms|s|m|h|d))$/.test(String(value)))
    return;
  throw illegalArgument(
    `failed to parse setting [timeout] with value [${String(value)}] as a time value: unit is missing or unrecognized`,
  );
}

function queryOf(body: JsonObject): unknown {
  const { query } = body;
  if (query === undefined) return { match_all: {} };
  if (!isObject(query)) throw parsingError(`Unknown key for a ${tokenName(query)} in [query].`);
  return query;
}

function aggsOf(body: JsonObject): readonly Agg[] | undefined {
  const key = 'aggs' in body ? 'aggs' : 'aggregations';
  return key in body ? parseAggs(body[key], key) : undefined;
}

function afterOf(body: JsonObject): readonly unknown[] | undefined {
  const after = body['search_after'];
  if (after === undefined) return undefined;
  if (!Array.isArray(after))
    throw parsingError(`Unknown key for a ${tokenName(after)} in [search_after].`);
  if (after.length === 0) throw illegalArgument('Values must contains at least one value.');
  for (const value of after) {
    if (typeof value === 'object' && value !== null)
      throw parsingError(
        `Expected [VALUE_STRING] or [VALUE_NUMBER] or [VALUE_BOOLEAN] or [VALUE_NULL] but found [${tokenName(value)}] inside search_after.`,
      );
  }
  return after;
}

/** Reads and checks the body of a search, in the order in which Elasticsearch would complain. */
export function parseRequest(text: string, limits: RequestLimits): SearchRequest {
  const body = parseBody(text);
  checkKeys(body);
  checkTimeout(body);
  const from = count(body, 'from', 0);
  const size = count(body, 'size', 10);
  const query = queryOf(body);
  const sort = parseSort(body);
  const after = afterOf(body);
  const source = parseSourceFilter(body);
  const aggs = aggsOf(body);
  const minScore = plainValue(body, 'min_score');
  if (minScore !== undefined && Number.isNaN(Number(minScore))) throw notANumber(String(minScore));
  const request: SearchRequest = {
    query,
    queryText: JSON.stringify(query),
    from,
    size,
    sort,
    sortText: JSON.stringify(sort),
    after,
    source,
    sourceText: JSON.stringify(body['_source'] ?? true),
    trackTotal: trackTotal(body),
    aggs,
    aggsText: JSON.stringify(body['aggs'] ?? body['aggregations'] ?? {}),
    trackScores: flag(body, 'track_scores'),
    version: flag(body, 'version'),
    minScore: minScore === undefined ? undefined : Number(minScore),
  };
  checkWindow(from, size, limits);
  if (!limits.sortOnIndexedAtAllowed && sort.some((key) => key.field === 'indexedAt'))
    throw shardError('illegal_argument_exception', 'sorting on [indexedAt] is not allowed');
  return request;
}
