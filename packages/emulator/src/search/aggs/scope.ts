import type { FieldType } from '../../lake/mapping.ts';
import type { FieldReader } from '../fields.ts';
import { timesReader } from '../query/term.ts';

/** What of one index is aggregated: its documents, or objects nested in them. */
export interface Shard<T> {
  readonly reader: FieldReader<T>;
  readonly targets: readonly T[];
}

/** What holds for all aggregations of one search. */
export interface When {
  readonly now: number;
  /** How many indices are searched, whether they have found anything or not. */
  readonly searched: number;
}

/** What computing an aggregation needs. */
export interface AggScope<T> extends When {
  readonly shards: readonly Shard<T>[];
  /** Aggregates below a bucket. */
  below(shards: readonly Shard<T>[]): object;
}

/** How many there are in all shards. */
export function sizeOf<T>(shards: readonly Shard<T>[]): number {
  return shards.reduce((sum, { targets }) => sum + targets.length, 0);
}

/** A value of a field as aggregations see it: times and truths are numbers. */
export type Key = string | number;

/** Reads the values of a field as aggregations see them; none where an index has no such field. */
export function keysReader<T>(
  field: string,
  reader: FieldReader<T>,
): (target: T) => readonly Key[] {
  const type = reader.type(field);
  if (!hasKeys(type)) return () => [];
  const single = reader.single(field);
  if (type === 'date') {
    const times = timesReader(field, reader);
    if (single === undefined) return times;
    return (target) => {
      const time = single(target);
      return typeof time === 'number' ? [time] : [];
    };
  }
  const read = reader.values(field);
  if (type === 'keyword' || type === '_id' || type === '_index') {
    if (single === undefined) return (target) => [...new Set(read(target).map(String))];
    return (target) => {
      const value = single(target);
      return value === undefined ? [] : [String(value)];
    };
  }
  return (target) => read(target).map(Number);
}

/** Whether a field has values that can be aggregated. */
export function hasKeys(type: FieldType | undefined): boolean {
  return type !== undefined && type !== 'object' && type !== 'nested' && type !== 'text';
}
