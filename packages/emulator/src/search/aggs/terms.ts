import type { JsonObject } from '../../lake/file.ts';
import { compareText } from '../compare-text.ts';
import { SearchError } from '../errors.ts';
import { type Order, parseOrder } from './order.ts';
import type { Agg } from './parse.ts';
import { type AggScope, type Key, keysReader, type Shard } from './scope.ts';

interface Bucket<T> {
  readonly key: Key;
  readonly count: number;
  readonly shards: readonly Shard<T>[];
}

interface Asked {
  readonly field: string;
  readonly size: number;
  readonly shardSize: number;
  readonly orders: readonly Order[];
}

/** What one shard tells of itself: its fullest buckets, and what may be missing. */
interface Partial<T> {
  readonly buckets: readonly Bucket<T>[];
  readonly others: number;
  readonly error: number;
}

function compareKeys(a: Key, b: Key): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return compareText(String(a), String(b));
}

function compareBuckets<T>(orders: readonly Order[]): (a: Bucket<T>, b: Bucket<T>) => number {
  return (a, b) => {
    for (const { by, descending } of orders) {
      const order = by === '_count' ? a.count - b.count : compareKeys(a.key, b.key);
      if (order !== 0) return descending ? -order : order;
    }
    return compareKeys(a.key, b.key);
  };
}

function askedIn(body: JsonObject, shards: number): Asked {
  const size = Math.trunc(Number(body['size'] ?? 10));
  const orders = parseOrder('terms', body['order'] ?? { _count: 'desc' });
  const byKey = orders[0]?.by === '_key';
  // A shard is asked for more than are shown, so that what is common in all of them is not missed.
  const more = byKey || shards === 1 ? size : Math.trunc(size * 1.5 + 10);
  const shardSize = Math.max(size, Number(body['shard_size'] ?? more));
  return { field: String(body['field']), size, shardSize, orders };
}

function missingKey(missing: unknown, type: string | undefined): Key {
  if (type === 'boolean') return Number(String(missing) === 'true' || String(missing) === '1');
  if (type === 'long' || type === 'double' || type === 'date') return Number(missing);
  return String(missing);
}

function partialOf<T>(shard: Shard<T>, asked: Asked, missing: unknown): Partial<T> {
  const { reader, targets } = shard;
  const found = new Map<Key, T[]>();
  const add = (key: Key, target: T): void => {
    const bucket = found.get(key);
    if (bucket === undefined) found.set(key, [target]);
    else if (bucket.at(-1) !== target) bucket.push(target);
  };
  const read = keysReader(asked.field, reader);
  const otherwise = missing === undefined ? [] : [missingKey(missing, reader.type(asked.field))];
  for (const target of targets) {
    const keys = read(target);
    for (const key of keys.length === 0 ? otherwise : keys) add(key, target);
  }
  const all = [...found].map(([key, held]): Bucket<T> => {
    return { key, count: held.length, shards: [{ reader, targets: held }] };
  });
  all.sort(compareBuckets(asked.orders));
  const buckets = all.slice(0, asked.shardSize);
  const others = all.slice(asked.shardSize).reduce((sum, { count }) => sum + count, 0);
  return { buckets, others, error: errorOf(buckets, asked) };
}

/** By how much a count may be wrong for what this shard has not told. */
function errorOf<T>(buckets: readonly Bucket<T>[], { shardSize, orders }: Asked): number {
  const [first] = orders;
  if (buckets.length < shardSize || first?.by === '_key') return 0;
  return first?.descending === true ? (buckets.at(-1)?.count ?? 0) : -1;
}

function merged<T>(partials: readonly Partial<T>[]): Bucket<T>[] {
  const byKey = new Map<Key, Bucket<T>>();
  for (const { buckets } of partials) {
    for (const { key, count, shards } of buckets) {
      const held = byKey.get(key);
      byKey.set(key, {
        key,
        count: count + (held?.count ?? 0),
        shards: [...(held?.shards ?? []), ...shards],
      });
    }
  }
  return [...byKey.values()];
}

function keyJson(key: Key, types: readonly (string | undefined)[]): JsonObject {
  if (typeof key === 'string') return { key };
  if (types.includes('boolean')) return { key, key_as_string: String(key !== 0) };
  if (types.includes('date')) return { key, key_as_string: new Date(key).toISOString() };
  return { key };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Buckets of texts and of numbers cannot be put together. */
function checkTypes<T>(
  field: string,
  shards: readonly Shard<T>[],
  missing: boolean,
): (string | undefined)[] {
  const types = shards.map(({ reader }) => reader.type(field));
  // What is missing in an index without the field is a text there.
  const isText = (type: string | undefined): boolean =>
    type === undefined ? missing : ['keyword', '_id', '_index'].includes(type);
  const isNumber = (type: string | undefined): boolean =>
    ['long', 'double', 'date', 'boolean'].includes(type ?? '');
  if (types.some(isText) && types.some(isNumber))
    throw new SearchError(
      'aggregation_execution_exception',
      'Merging/Reducing the aggregations failed because the field you gave in the aggregation query existed as two different types in two different indices',
      { afterShards: true, status: 500 },
    );
  return types;
}

/** `terms`: a bucket for each value of a field, the fullest first. Each shard tells of its fullest only. */
export function aggregateTerms<T>({ body }: Agg, scope: AggScope<T>): object {
  const asked = askedIn(body, scope.searched);
  const types = checkTypes(asked.field, scope.shards, 'missing' in body);
  const partials = scope.shards.map((shard) => partialOf(shard, asked, body['missing']));
  const least = Number(body['min_doc_count'] ?? 1);
  const all = merged(partials).filter(({ count }) => count >= least);
  all.sort(compareBuckets(asked.orders));
  const errors = partials.map(({ error }) => error);
  return {
    doc_count_error_upper_bound: errors.includes(-1) ? -1 : sum(errors),
    sum_other_doc_count:
      sum(partials.map(({ others }) => others)) +
      sum(all.slice(asked.size).map(({ count }) => count)),
    buckets: all.slice(0, asked.size).map(({ key, count, shards }) => ({
      ...keyJson(key, types),
      doc_count: count,
      ...scope.below(shards),
    })),
  };
}
