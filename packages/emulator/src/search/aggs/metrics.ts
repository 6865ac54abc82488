import { parsingError } from '../errors.ts';
import { kindOf, type Scalar } from '../fields.ts';
import { timesReader } from '../query/term.ts';
import { type AggScope, aggField, aggOptions } from './scope.ts';

const METRICS = new Set(['min', 'max', 'sum', 'avg', 'value_count', 'cardinality']);

/** Whether the kind of aggregation gives one number. */
export function isMetric(kind: string): boolean {
  return METRICS.has(kind);
}

function numbers(values: readonly Scalar[], field: string): number[] {
  return values.map((value) => {
    if (typeof value === 'string') {
      throw parsingError(`Field [${field}] of type [keyword] is not supported for aggregation`);
    }
    return Number(value);
  });
}

function reduce(kind: string, values: readonly number[]): number | null {
  if (kind === 'sum') return values.reduce((sum, value) => sum + value, 0);
  if (values.length === 0) return null;
  if (kind === 'avg') return values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((best, value) =>
    kind === 'min' ? Math.min(best, value) : Math.max(best, value),
  );
}

/** `min`, `max`, `sum`, `avg`, `value_count` and `cardinality` of a field. */
export function aggregateMetric<T>(
  kind: string,
  body: unknown,
  targets: readonly T[],
  scope: AggScope<T>,
): object {
  const field = aggField(kind, aggOptions(kind, body, ['field', 'format', 'precision_threshold']));
  const read = scope.reader.values(field);
  if (kind === 'value_count')
    return { value: targets.reduce((sum, target) => sum + read(target).length, 0) };
  if (kind === 'cardinality')
    return { value: new Set(targets.flatMap((target) => read(target))).size };
  if (kindOf(field) !== 'date') {
    return {
      value: reduce(
        kind,
        numbers(
          targets.flatMap((target) => read(target)),
          field,
        ),
      ),
    };
  }
  const times = scope.reader.single(field);
  const all = timesReader(field, scope.reader);
  const values = targets.flatMap((target) => {
    if (times === undefined) return all(target);
    const time = times(target);
    return typeof time === 'number' ? [time] : [];
  });
  const value = reduce(kind, values);
  return value === null ? { value } : { value, value_as_string: new Date(value).toISOString() };
}
