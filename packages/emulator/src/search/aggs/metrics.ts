import { unsupported } from '../errors.ts';
import { dateText } from './date-text.ts';
import type { Agg } from './parse.ts';
import { type AggScope, type Key, keysReader } from './scope.ts';

function reduce(kind: string, values: readonly number[]): number | null {
  const sum = (): number => values.reduce((total, value) => total + value, 0);
  if (kind === 'sum') return sum();
  if (values.length === 0) return null;
  if (kind === 'avg') return sum() / values.length;
  return values.reduce((best, value) =>
    kind === 'min' ? Math.min(best, value) : Math.max(best, value),
  );
}

const LAST_TIME = 8.64e15;

function textOf(type: string | undefined, value: number, format: unknown): string | undefined {
  if (type === 'boolean') return String(value !== 0);
  if (type !== 'date') {
    if (format !== undefined) throw unsupported('[format] of numbers');
    return undefined;
  }
  // A sum of many times is no time that JavaScript knows.
  if (Math.abs(value) > LAST_TIME) return undefined;
  const text = dateText(format, value);
  if (text === undefined) throw unsupported(`the format [${String(format)}] of an aggregation`);
  return text;
}

/** `min`, `max`, `sum`, `avg`, `value_count` and `cardinality` of a field. */
export function aggregateMetric<T>({ kind, body }: Agg, { shards }: AggScope<T>): object {
  const field = String(body['field']);
  const keys = shards.flatMap(({ reader, targets }): Key[] => {
    const read = keysReader(field, reader);
    return targets.flatMap((target) => read(target));
  });
  if (kind === 'value_count') return { value: keys.length };
  if (kind === 'cardinality') return { value: new Set(keys).size };
  const value = reduce(kind, keys.map(Number));
  if (value === null) return { value };
  const types = shards.map(({ reader }) => reader.type(field));
  const type = types.find((found) => found === 'date' || found === 'boolean');
  const text = textOf(type, value, body['format']);
  return text === undefined ? { value } : { value, value_as_string: text };
}
