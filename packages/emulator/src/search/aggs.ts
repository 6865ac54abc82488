import type { Doc } from '../lake/doc.ts';
import { isObject, type JsonObject } from '../lake/file.ts';
import { aggregateDates } from './aggs-dates.ts';
import { aggregateMetric, isMetric } from './aggs-metrics.ts';
import { aggregateTerms } from './aggs-terms.ts';
import { illegalArgument, parsingError, shardError, unsupported } from './errors.ts';
import { type FieldReader, nestedReader } from './fields.ts';
import { compileQuery } from './query.ts';

/** What computing an aggregation needs. */
export interface AggScope<T> {
  readonly reader: FieldReader<T>;
  readonly now: number;
  /** Aggregates below a bucket. */
  below(targets: readonly T[]): object;
}

const NOT_EMULATED = new Set([
  ...['histogram', 'range', 'date_range', 'percentiles', 'top_hits', 'composite', 'extended_stats'],
  ...[
    'significant_terms',
    'reverse_nested',
    'filters',
    'sampler',
    'global',
    'scripted_metric',
    'bucket_sort',
  ],
]);

/** The options of an aggregation; unknown ones are refused. */
export function aggOptions(name: string, body: unknown, known: readonly string[]): JsonObject {
  if (!isObject(body)) throw parsingError(`[${name}] aggregation malformed`);
  for (const key of Object.keys(body)) {
    if (!known.includes(key)) throw parsingError(`[${name}] unknown field [${key}]`);
  }
  return body;
}

/** The field of an aggregation. Analyzed fields cannot be aggregated. */
export function aggField(name: string, body: JsonObject): string {
  const field = body['field'];
  if (typeof field !== 'string')
    throw illegalArgument(
      `Required one of fields [field, script], but none were specified for [${name}].`,
    );
  if (field.endsWith('.text')) {
    throw shardError(
      'illegal_argument_exception',
      `Text fields are not optimised for operations that require per-document field data like aggregations and sorting, so these operations are disabled by default. Please use a keyword field instead. Alternatively, set fielddata=true on [${field}] in order to load field data by uninverting the inverted index. Note that this can use significant memory.`,
    );
  }
  return field;
}

function kindAndBody(name: string, agg: JsonObject): [kind: string, body: unknown] {
  const kinds = Object.entries(agg).filter(
    ([key]) => !['aggs', 'aggregations', 'meta'].includes(key),
  );
  const [first, second] = kinds;
  if (first === undefined) throw parsingError(`Missing definition for aggregation [${name}]`);
  if (second !== undefined) {
    throw parsingError(
      `Found two aggregation type definitions in [${name}]: [${first[0]}] and [${second[0]}]`,
    );
  }
  return first;
}

function aggregateOne<T>(
  name: string,
  agg: unknown,
  targets: readonly T[],
  reader: FieldReader<T>,
  now: number,
): object {
  if (!isObject(agg)) throw parsingError(`Aggregation definition for [${name}] must be an object`);
  const [kind, body] = kindAndBody(name, agg);
  const inner = agg['aggs'] ?? agg['aggregations'];
  if (inner !== undefined && !isObject(inner))
    throw parsingError(`Expected [START_OBJECT] under [aggs]`);
  const scope: AggScope<T> = {
    reader,
    now,
    below: (found) => (inner === undefined ? {} : aggregate(inner, found, { reader, now })),
  };
  if (isMetric(kind)) {
    if (inner !== undefined)
      throw illegalArgument(
        `Aggregator [${name}] of type [${kind}] cannot accept sub-aggregations`,
      );
    return aggregateMetric(kind, body, targets, scope);
  }
  switch (kind) {
    case 'terms':
      return aggregateTerms(body, targets, scope);
    case 'date_histogram':
      return aggregateDates(body, targets, scope);
    case 'filter': {
      const clause = compileQuery(body, reader, now);
      const found = targets.filter((target) => clause.matches(target));
      return { doc_count: found.length, ...scope.below(found) };
    }
    case 'missing': {
      const read = reader.values(aggField(kind, aggOptions(kind, body, ['field'])));
      const found = targets.filter((target) => read(target).length === 0);
      return { doc_count: found.length, ...scope.below(found) };
    }
    case 'nested': {
      const { path } = aggOptions(kind, body, ['path']);
      if (typeof path !== 'string')
        throw parsingError('Missing [path] field for nested aggregation');
      const objects = reader.nested(path);
      const found = targets.flatMap((target) => objects(target));
      const below =
        inner === undefined ? {} : aggregate(inner, found, { reader: nestedReader(path), now });
      return { doc_count: found.length, ...below };
    }
    default:
      if (NOT_EMULATED.has(kind)) throw unsupported(`the aggregation [${kind}]`);
      throw parsingError(`Unknown aggregation type [${kind}]`);
  }
}

/** Computes named aggregations over the documents that a search found, or over nested objects. */
export function aggregate<T = Doc>(
  aggs: JsonObject,
  targets: readonly T[],
  context: { readonly reader: FieldReader<T>; readonly now: number },
): object {
  const result: JsonObject = {};
  for (const [name, agg] of Object.entries(aggs)) {
    result[name] = aggregateOne(name, agg, targets, context.reader, context.now);
  }
  return result;
}
