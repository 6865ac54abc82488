import { isObject, type JsonObject } from '../../lake/file.ts';
import { illegalArgument, parsingError, unsupported } from '../errors.ts';
import { kindOf, type Scalar } from '../fields.ts';
import { type AggScope, aggField, aggOptions } from './scope.ts';

interface Bucket<T> {
  readonly key: Scalar;
  readonly targets: T[];
}

type Order<T> = (a: Bucket<T>, b: Bucket<T>) => number;

const OPTIONS = [
  ...[
    'field',
    'size',
    'shard_size',
    'order',
    'min_doc_count',
    'missing',
    'show_term_doc_count_error',
  ],
  ...['execution_hint', 'collect_mode'],
];

function compareKeys(a: Scalar, b: Scalar): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

function orderOf<T>(given: unknown): Order<T> {
  const list: unknown[] =
    given === undefined ? [{ _count: 'desc' }] : Array.isArray(given) ? given : [given];
  const orders = list.flatMap((item): Order<T>[] => {
    if (!isObject(item)) throw parsingError('[terms] order must be an object');
    return Object.entries(item).map(([by, direction]) => {
      if (direction !== 'asc' && direction !== 'desc')
        throw illegalArgument(`Unknown order direction [${String(direction)}]`);
      const sign = direction === 'asc' ? 1 : -1;
      if (by === '_count') return (a, b) => sign * (a.targets.length - b.targets.length);
      if (by === '_key' || by === '_term') return (a, b) => sign * compareKeys(a.key, b.key);
      throw unsupported(`[terms] ordered by [${by}]`);
    });
  });
  return (a, b) => {
    for (const order of orders) {
      const result = order(a, b);
      if (result !== 0) return result;
    }
    return compareKeys(a.key, b.key);
  };
}

function keyOf(field: string, value: Scalar): Scalar {
  return kindOf(field) === 'date' && typeof value === 'string' ? Date.parse(value) : value;
}

function bucketJson(field: string, key: Scalar): JsonObject {
  if (typeof key === 'boolean') return { key: Number(key), key_as_string: String(key) };
  if (kindOf(field) === 'date') return { key, key_as_string: new Date(Number(key)).toISOString() };
  return { key };
}

/** `terms`: a bucket for each value of a field, the fullest first. */
export function aggregateTerms<T>(
  body: unknown,
  targets: readonly T[],
  scope: AggScope<T>,
): object {
  const given = aggOptions('terms', body, OPTIONS);
  const field = aggField('terms', given);
  const size = Number(given['size'] ?? 10);
  if (!(size > 0))
    throw illegalArgument(`[size] must be greater than 0. Found [${size}] in [terms]`);
  const buckets = new Map<Scalar, Bucket<T>>();
  const read = scope.reader.values(field);
  const single = scope.reader.single(field);
  const add = (value: Scalar, target: T): void => {
    const key = keyOf(field, value);
    const bucket = buckets.get(key);
    if (bucket === undefined) buckets.set(key, { key, targets: [target] });
    else if (bucket.targets.at(-1) !== target) bucket.targets.push(target);
  };
  const missing = given['missing'];
  for (const target of targets) {
    const one = single?.(target);
    const values = one === undefined ? read(target) : [one];
    for (const value of values) add(value, target);
    if (values.length === 0 && missing !== undefined) add(String(missing), target);
  }
  const least = Number(given['min_doc_count'] ?? 1);
  const all = [...buckets.values()].filter((bucket) => bucket.targets.length >= least);
  const sorted = all.sort(orderOf(given['order']));
  const other = sorted.slice(size).reduce((sum, bucket) => sum + bucket.targets.length, 0);
  return {
    doc_count_error_upper_bound: 0,
    sum_other_doc_count: other,
    buckets: sorted.slice(0, size).map((bucket) => ({
      ...bucketJson(field, bucket.key),
      doc_count: bucket.targets.length,
      ...scope.below(bucket.targets),
    })),
  };
}
