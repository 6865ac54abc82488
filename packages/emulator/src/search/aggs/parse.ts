import { isObject, type JsonObject } from '../../lake/file.ts';
import {
  contentError,
  illegalArgument,
  parsingError,
  SearchError,
  unsupported,
  wrapped,
} from '../errors.ts';
import { tokenName } from '../json.ts';
import { parseOrder } from './order.ts';

/** One aggregation as it was asked for, checked as far as that can be done without an index. */
export interface Agg {
  readonly name: string;
  readonly kind: string;
  readonly body: JsonObject;
  readonly meta: JsonObject | undefined;
  readonly inner: readonly Agg[];
}

interface Options {
  readonly known: readonly string[];
  readonly notEmulated: readonly string[];
}

const METRIC: Options = { known: ['field'], notEmulated: ['script', 'missing', 'value_type'] };
const TIMED: Options = { ...METRIC, known: ['field', 'format'] };

const KINDS: Readonly<Record<string, Options | undefined>> = {
  min: TIMED,
  max: TIMED,
  sum: TIMED,
  avg: TIMED,
  value_count: METRIC,
  cardinality: { ...METRIC, known: ['field', 'precision_threshold', 'execution_hint'] },
  missing: METRIC,
  nested: { known: ['path'], notEmulated: [] },
  filter: { known: [], notEmulated: [] },
  terms: {
    known: [
      ...['field', 'size', 'shard_size', 'order', 'min_doc_count', 'missing', 'execution_hint'],
      'collect_mode',
    ],
    notEmulated: [
      ...['include', 'exclude', 'value_type', 'script', 'format', 'shard_min_doc_count'],
      'show_term_doc_count_error',
    ],
  },
  date_histogram: {
    known: [
      ...['field', 'interval', 'fixed_interval', 'calendar_interval', 'min_doc_count'],
      ...['extended_bounds', 'time_zone', 'format', 'order'],
    ],
    notEmulated: ['offset', 'keyed', 'missing', 'script', 'hard_bounds'],
  },
};

const NOT_EMULATED = new Set([
  ...['histogram', 'range', 'date_range', 'percentiles', 'percentile_ranks', 'top_hits'],
  ...['composite', 'extended_stats', 'stats', 'significant_terms', 'significant_text'],
  ...['reverse_nested', 'filters', 'sampler', 'global', 'scripted_metric', 'bucket_sort'],
  ...['rare_terms', 'multi_terms', 'weighted_avg', 'median_absolute_deviation', 'matrix_stats'],
  ...['derivative', 'cumulative_sum', 'bucket_script', 'bucket_selector', 'moving_fn'],
  ...['avg_bucket', 'max_bucket', 'min_bucket', 'sum_bucket', 'stats_bucket', 'serial_diff'],
  ...['adjacency_matrix', 'auto_date_histogram', 'variable_width_histogram', 'ip_range'],
  ...['geo_bounds', 'geo_centroid', 'geo_distance', 'geohash_grid', 'geotile_grid', 'children'],
]);

/** Whether the kind of aggregation gives one number. */
export function isMetric(kind: string): boolean {
  return ['min', 'max', 'sum', 'avg', 'value_count', 'cardinality'].includes(kind);
}

function checkOptions(kind: string, { known, notEmulated }: Options, body: JsonObject): void {
  for (const key of Object.keys(body)) {
    if (notEmulated.includes(key)) throw unsupported(`[${key}] of the aggregation [${kind}]`);
    if (!known.includes(key)) throw contentError(`[${kind}] unknown field [${key}]`);
  }
  if (kind === 'nested') {
    if (typeof body['path'] !== 'string')
      throw parsingError('Missing [path] field for nested aggregation');
  } else if (typeof body['field'] !== 'string')
    throw illegalArgument('Required one of fields [field, script], but none were specified. ');
}

/** Runs what reads one option, whose errors are told as those of the option. */
function reading(kind: string, option: string, read: () => void): void {
  try {
    read();
  } catch (error) {
    if (error instanceof SearchError)
      throw wrapped(error, `[${kind}] failed to parse field [${option}]`);
    throw error;
  }
}

function checkSize(name: string, value: unknown): void {
  const size = Number(value);
  if (Number.isNaN(size))
    throw new SearchError('number_format_exception', `For input string: "${String(value)}"`);
  if (size <= 0)
    throw illegalArgument(`[size] must be greater than 0. Found [${size}] in [${name}]`);
}

function checkBody(name: string, kind: string, options: Options, body: JsonObject): void {
  checkOptions(kind, options, body);
  if ('order' in body) reading(kind, 'order', () => parseOrder(kind, body['order']));
  if ('size' in body) reading(kind, 'size', () => checkSize(name, body['size']));
  if (kind === 'terms' && Number(body['min_doc_count'] ?? 1) < 1)
    throw unsupported('[min_doc_count] 0 of the aggregation [terms]');
}

function bodyOf(name: string, kind: string, body: unknown): JsonObject {
  const options = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (options === undefined) {
    if (NOT_EMULATED.has(kind)) throw unsupported(`the aggregation [${kind}]`);
    throw parsingError(`Unknown aggregation type [${kind}]`);
  }
  if (!isObject(body)) throw parsingError(`[${kind}] aggregation malformed`);
  if (kind !== 'filter') checkBody(name, kind, options, body);
  return body;
}

function parseAgg(name: string, agg: unknown): Agg {
  if (/[[\]>]/.test(name))
    throw parsingError(
      `Invalid aggregation name [${name}]. Aggregation names can contain any character except '[', ']', and '>'`,
    );
  if (!isObject(agg))
    throw parsingError(
      `Aggregation definition for [${name} starts with a [${tokenName(agg)}], expected a [START_OBJECT].`,
    );
  const { aggs, aggregations, meta, ...kinds } = agg;
  const [first, second] = Object.entries(kinds);
  if (first === undefined) throw parsingError(`Missing definition for aggregation [${name}]`);
  if (second !== undefined)
    throw parsingError(
      `Found two aggregation type definitions in [${name}]: [${first[0]}] and [${second[0]}]`,
    );
  const [kind] = first;
  const body = bodyOf(name, kind, first[1]);
  const below = aggs ?? aggregations;
  const inner = below === undefined ? [] : parseAggs(below, 'aggs');
  if (isMetric(kind) && inner.length > 0)
    throw new SearchError(
      'aggregation_initialization_exception',
      `Aggregator [${name}] of type [${kind}] cannot accept sub-aggregations`,
      { status: 500 },
    );
  return { name, kind, body, meta: isObject(meta) ? meta : undefined, inner };
}

/** Reads aggregations by name. */
export function parseAggs(given: unknown, key: string): readonly Agg[] {
  if (!isObject(given)) throw parsingError(`Unknown key for a ${tokenName(given)} in [${key}].`);
  return Object.entries(given).map(([name, agg]) => parseAgg(name, agg));
}
