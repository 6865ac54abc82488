import type { JsonObject } from '../../lake/file.ts';
import { compileQuery } from '../query/compile.ts';
import { aggregateDates } from './date-histogram.ts';
import { aggregateMetric } from './metrics.ts';
import type { Agg } from './parse.ts';
import { type AggScope, hasKeys, type Shard, sizeOf, type When } from './scope.ts';
import { aggregateTerms } from './terms.ts';

function filtered<T>(
  shards: readonly Shard<T>[],
  testOf: (shard: Shard<T>) => (target: T) => boolean,
): Shard<T>[] {
  return shards.map((shard) => {
    return { reader: shard.reader, targets: shard.targets.filter(testOf(shard)) };
  });
}

function bucket<T>(shards: readonly Shard<T>[], scope: AggScope<T>): object {
  return { doc_count: sizeOf(shards), ...scope.below(shards) };
}

function aggregateMissing<T>(agg: Agg, scope: AggScope<T>): object {
  const field = String(agg.body['field']);
  const found = filtered(scope.shards, ({ reader }) => {
    if (!hasKeys(reader.type(field))) return () => true;
    const read = reader.values(field);
    return (target) => read(target).length === 0;
  });
  return bucket(found, scope);
}

function aggregateNested<T>({ body, inner }: Agg, scope: AggScope<T>): object {
  const path = String(body['path']);
  const shards = scope.shards.map(({ reader, targets }) => {
    const objects = reader.nested(path);
    return { reader: reader.inside(path), targets: targets.flatMap((target) => objects(target)) };
  });
  return { doc_count: sizeOf(shards), ...aggregate(inner, shards, scope) };
}

function aggregateOne<T>(agg: Agg, scope: AggScope<T>): object {
  switch (agg.kind) {
    case 'terms':
      return aggregateTerms(agg, scope);
    case 'date_histogram':
      return aggregateDates(agg, scope);
    case 'filter': {
      const found = filtered(scope.shards, ({ reader }) => {
        const clause = compileQuery(agg.body, reader, scope.now);
        return (target) => clause.matches(target);
      });
      return bucket(found, scope);
    }
    case 'missing':
      return aggregateMissing(agg, scope);
    case 'nested':
      return aggregateNested(agg, scope);
    default:
      return aggregateMetric(agg, scope);
  }
}

/** Computes aggregations over what a search found in each index. */
export function aggregate<T>(
  aggs: readonly Agg[],
  shards: readonly Shard<T>[],
  when: When,
): object {
  const { now, searched } = when;
  const result: JsonObject = {};
  for (const agg of aggs) {
    const below = (found: readonly Shard<T>[]): object => aggregate(agg.inner, found, when);
    const meta = agg.meta === undefined ? {} : { meta: agg.meta };
    result[agg.name] = { ...meta, ...aggregateOne(agg, { shards, now, searched, below }) };
  }
  return result;
}
