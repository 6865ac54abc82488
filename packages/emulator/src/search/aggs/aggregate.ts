import type { Doc } from '../../lake/doc.ts';
import { isObject, type JsonObject } from '../../lake/file.ts';
import { illegalArgument, parsingError, unsupported } from '../errors.ts';
import { type FieldReader, nestedReader } from '../fields.ts';
import { compileQuery } from '../query/compile.ts';
import { aggregateDates } from './date-histogram.ts';
import { aggregateMetric, isMetric } from './metrics.ts';
import { type AggScope, aggField, aggOptions } from './scope.ts';
import { aggregateTerms } from './terms.ts';

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
