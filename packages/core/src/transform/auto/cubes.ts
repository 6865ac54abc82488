import type { ColumnType } from '@tdp-sync/sink';
import { ExactNumber, isContainer, isObject, type JsonObject } from '../../exact-json.ts';
import { type Literal, typeOf } from './cells.ts';

/** What kinds of values there are in the part of a cube that becomes one column. */
export interface Census {
  /** The type of the first one; `undefined` when all are null. */
  readonly type: ColumnType | undefined;
  /** How many are of each type and as exact as it is. */
  readonly fit: Readonly<Record<'string' | 'float64' | 'boolean', number>>;
  /** How many are not null. */
  readonly values: number;
}

/** Values of a cube, nested as deep as it has dimensions or, as a scale, once. */
export interface CubeValues {
  readonly nested: readonly unknown[];
  readonly census: Census;
}

/** A data cube whose measures have a value, or null, at each point that its scales span. */
export interface Cube {
  readonly scales: readonly CubeValues[];
  readonly measures: readonly CubeValues[];
  /** How many. */
  readonly points: number;
}

/** More would be more columns than people or databases can bear. */
const MAX_DIMENSIONS = 32;
const MAX_MEASURES = 256;

/** Reads a cube that can become rows without losing anything; `undefined` when it is another. */
export function regularCube(item: JsonObject): Cube | undefined {
  const scales = valuesOf(item['dimensions'], 'scale', MAX_DIMENSIONS)?.map((scale) =>
    counted(scale, [scale.length]),
  );
  if (scales === undefined || !areAll(scales)) return undefined;
  const shape = scales.map(({ nested }) => nested.length);
  const points = shape.reduce((product, length) => product * length, 1);
  // With one scale empty there are no points, and the others would be nowhere.
  if (points === 0 && shape.some((length) => length > 0)) return undefined;
  const measures = valuesOf(item['measures'], 'value', MAX_MEASURES)?.map((value) =>
    counted(value, shape),
  );
  if (measures === undefined || !areAll(measures)) return undefined;
  return { scales, measures, points };
}

/** The arrays at a key of all entries, of which there is at least one. */
function valuesOf(
  entries: unknown,
  key: string,
  most: number,
): readonly (readonly unknown[])[] | undefined {
  if (!Array.isArray(entries) || entries.length === 0 || entries.length > most) return undefined;
  const values = entries.map((entry: unknown) => (isObject(entry) ? entry[key] : undefined));
  return values.every((value): value is readonly unknown[] => Array.isArray(value))
    ? values
    : undefined;
}

function areAll(values: (CubeValues | undefined)[]): values is CubeValues[] {
  return !values.includes(undefined);
}

/** The values if they have this shape and are literals. */
function counted(nested: readonly unknown[], shape: readonly number[]): CubeValues | undefined {
  const census = new Counter();
  return census.count(nested, shape, 0) ? { nested, census } : undefined;
}

class Counter implements Census {
  type: ColumnType | undefined;
  readonly fit: Record<'string' | 'float64' | 'boolean', number> = {
    string: 0,
    float64: 0,
    boolean: 0,
  };
  values = 0;

  /** Counts what is nested; false when it is not of this shape. */
  count(nested: unknown, shape: readonly number[], level: number): boolean {
    if (!Array.isArray(nested) || nested.length !== shape[level]) return false;
    if (level === shape.length - 1) return this.#countLine(nested);
    return nested.every((inner) => this.count(inner, shape, level + 1));
  }

  #countLine(line: readonly unknown[]): boolean {
    let numbers = 0;
    for (const value of line) {
      if (typeof value === 'number') numbers += 1;
      else if (isContainer(value)) return false;
      else if (value !== null) this.#countOther(value as Literal, numbers > 0);
    }
    this.fit.float64 += numbers;
    this.values += numbers;
    if (numbers > 0) this.type ??= 'float64';
    return true;
  }

  #countOther(value: Literal, afterNumbers: boolean): void {
    this.type ??= afterNumbers ? 'float64' : typeOf(value);
    this.values += 1;
    if (typeof value === 'string') this.fit.string += 1;
    else if (!(value instanceof ExactNumber)) this.fit.boolean += 1;
  }
}
