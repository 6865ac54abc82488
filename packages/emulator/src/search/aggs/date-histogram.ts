import type { JsonObject } from '../../lake/file.ts';
import { zoneMinutes } from '../dates.ts';
import { SearchError, unsupported } from '../errors.ts';
import { dateText } from './date-text.ts';
import { boundsIn, type Grid, gridOf } from './grid.ts';
import { parseOrder } from './order.ts';
import type { Agg } from './parse.ts';
import { type AggScope, type Key, keysReader, type Shard, sizeOf } from './scope.ts';

const MAX_BUCKETS = 65_535;

type Bucket<T> = [key: number, shards: readonly Shard<T>[]];

function keyText(format: unknown, key: number, shift: number, zone: string): string {
  const text = dateText(format, key + shift);
  if (text === undefined) throw unsupported(`the format [${String(format)}] of [date_histogram]`);
  if (format === 'epoch_millis') return String(key);
  return shift === 0 ? text : text.replace('Z', zone);
}

function boundsOf(given: JsonObject, grid: Grid, keys: readonly number[], now: number): number[] {
  const [min, max] = boundsIn(given, now).map((end) =>
    end === undefined ? undefined : grid.floor(end),
  );
  const lowest = keys.reduce((a, b) => Math.min(a, b), min ?? Infinity);
  const highest = keys.reduce((a, b) => Math.max(a, b), max ?? -Infinity);
  return [lowest, highest];
}

function compareBuckets<T>(given: unknown): (a: Bucket<T>, b: Bucket<T>) => number {
  const orders = given === undefined ? [] : parseOrder('date_histogram', given);
  return (a, b) => {
    for (const { by, descending } of orders) {
      const order = by === '_key' ? a[0] - b[0] : sizeOf(a[1]) - sizeOf(b[1]);
      if (order !== 0) return descending ? -order : order;
    }
    return a[0] - b[0];
  };
}

/** `date_histogram`: a bucket for each stretch of time, also for empty ones between the first and last. */
export function aggregateDates<T>({ body }: Agg, scope: AggScope<T>): object {
  const field = String(body['field']);
  if (scope.shards.every(({ reader }) => reader.type(field) !== 'date')) return { buckets: [] };
  const zone = String(body['time_zone'] ?? 'UTC');
  const shift = zoneMinutes(zone) * 60_000;
  const grid = gridOf(body, shift);
  const buckets = fill(scope.shards, field, grid);
  const least = Number(body['min_doc_count'] ?? 0);
  if (least === 0) addEmpty(buckets, grid, boundsOf(body, grid, [...buckets.keys()], scope.now));
  return {
    buckets: [...buckets]
      .filter(([, shards]) => sizeOf(shards) >= least)
      .sort(compareBuckets(body['order']))
      .map(([key, shards]) => ({
        key_as_string: keyText(body['format'], key, shift, zone),
        key,
        doc_count: sizeOf(shards),
        ...scope.below(shards),
      })),
  };
}

function fill<T>(shards: readonly Shard<T>[], field: string, grid: Grid): Map<number, Shard<T>[]> {
  const buckets = new Map<number, Shard<T>[]>();
  for (const { reader, targets } of shards) {
    const inShard = new Map<Key, T[]>();
    const keys = keysReader(field, reader);
    for (const target of targets) {
      for (const key of new Set(keys(target).map((time) => grid.floor(Number(time))))) {
        const bucket = inShard.get(key);
        if (bucket === undefined) inShard.set(key, [target]);
        else bucket.push(target);
      }
    }
    for (const [key, found] of inShard) {
      const number = Number(key);
      buckets.set(number, [...(buckets.get(number) ?? []), { reader, targets: found }]);
    }
  }
  return buckets;
}

function addEmpty<T>(
  buckets: Map<number, readonly Shard<T>[]>,
  grid: Grid,
  [lowest = Infinity, highest = -Infinity]: number[],
): void {
  for (let key = lowest; key <= highest; key = grid.next(key)) {
    if (!buckets.has(key)) buckets.set(key, []);
    if (buckets.size > MAX_BUCKETS)
      throw new SearchError(
        'too_many_buckets_exception',
        `Trying to create too many buckets. Must be less than or equal to: [${MAX_BUCKETS}] but was [${buckets.size}]. This limit can be set by changing the [search.max_buckets] cluster level setting.`,
        { afterShards: true, status: 503 },
      );
  }
}
