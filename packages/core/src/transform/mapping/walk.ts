import type { Row } from '@tdp-sync/sink';
import { isObject } from '../../exact-json.ts';
import type { FileHit } from '../../file.ts';
import { formatRows, type RowsPath, type RowsStep, type Step } from './path.ts';

/** Where a walk over the rows of a document stands. One object for all rows, changed as the walk goes on. */
export interface Place {
  /** The document, then at each level the item that is the row there. */
  readonly values: unknown[];
  /** At each level the row's position in its array; the document's is 0. */
  readonly positions: number[];
}

/** A {@link Place} in the document of a file, and what the cells of a row are made of besides. */
export interface Frame extends Place {
  readonly file: FileHit;
  /** The values of `attributeColumns`; empty when the mapping asks for none. */
  readonly attributes: Row;
}

/** From one value to another. */
export type Follow = (value: unknown, place: Place) => unknown;

/** Brings a place to each row in turn. */
export type Walk = (place: Place, visit: () => void) => void;

/** How many levels of rows a path has. */
export function depthOf(path: RowsPath): number {
  return path.filter((step) => step.kind === 'each').length;
}

/** The walk over the rows of a path. Without a step the document is the one row. */
export function walkOf(path: RowsPath): Walk {
  const levels: Exclude<RowsStep, { kind: 'each' }>[][] = [[]];
  for (const step of path) {
    if (step.kind === 'each') levels.push([]);
    else levels.at(-1)?.push(step);
  }
  const start: Walk = (_place, visit) => visit();
  return levels
    .slice(0, -1)
    .reduceRight((inner, steps, level) => walkLevel(follow(steps, level), level, inner), start);
}

/** The steps as one. `depth` is the level of the row. */
export function follow(steps: readonly Step[], depth: number): Follow {
  const follows = steps.map((step) => followOne(step, depth));
  const [only, ...others] = follows;
  if (only === undefined) return (value) => value;
  if (others.length === 0) return only;
  return (start, place) => {
    let value = start;
    for (const next of follows) value = next(value, place);
    return value;
  };
}

/** Where in the document the row stands, such as `injections[2].peaks[0]`. */
export function placeOf(path: RowsPath, place: Place): string {
  let level = 0;
  const steps = path.map((step): RowsStep => {
    if (step.kind !== 'each') return step;
    level += 1;
    return { kind: 'item', at: place.positions[level] ?? 0 };
  });
  return formatRows(steps);
}

/** The value of a key; of no inherited one, and of none where there are no keys. */
export function valueAt(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The item at a position. What is no array counts as a list of one: older versions of an IDS have objects where newer ones have lists. */
export function itemAt(value: unknown, position: number): unknown {
  if (Array.isArray(value)) return value.at(position);
  return position === 0 || position === -1 ? value : undefined;
}

function walkLevel(toList: Follow, level: number, inner: Walk): Walk {
  return (place, visit) => {
    const list = toList(place.values[level], place);
    if (list === undefined || list === null) return;
    const items: readonly unknown[] = Array.isArray(list) ? list : [list];
    for (let position = 0; position < items.length; position += 1) {
      place.values[level + 1] = items[position];
      place.positions[level + 1] = position;
      inner(place, visit);
    }
  };
}

function followOne(step: Step, depth: number): Follow {
  switch (step.kind) {
    case 'key':
      return (value) => valueAt(value, step.name);
    case 'item':
      return (value) => itemAt(value, step.at);
    case 'itemOfRow':
      return (value, place) => itemAt(value, place.positions[depth - step.up] ?? 0);
  }
}
