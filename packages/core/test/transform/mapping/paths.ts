import type { ColumnPath, RowsPath, RowsStep, Step } from '../../../src/transform/mapping/path.ts';
import { fc } from '../../property.ts';

/** Few names, so that paths meet documents; some that are no keys of an object although it has them. */
export const names: fc.Arbitrary<string> = fc.constantFrom(
  ...['a', 'a', 'a', 'a', 'b', 'b', 'b', 'c d', 'meta', 'length', 'constructor', '__proto__', '0'],
);
const anyNames = fc.oneof({ weight: 3, arbitrary: names }, fc.string({ unit: 'binary' }));
const items = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 1, arbitrary: fc.integer({ min: -9e8, max: 9e8 }) },
);

/** Paths of rows with at most three levels. */
export function rowsPaths(keys: fc.Arbitrary<string> = anyNames): fc.Arbitrary<RowsPath> {
  const between: fc.Arbitrary<RowsStep> = fc.oneof(
    { weight: 3, arbitrary: keys.map((name): RowsStep => ({ kind: 'key', name })) },
    { weight: 1, arbitrary: items.map((at): RowsStep => ({ kind: 'item', at })) },
  );
  const level = fc.array(between, { maxLength: 2 });
  return fc
    .array(level, { minLength: 1, maxLength: 3 })
    .map((levels) => levels.flatMap((steps): RowsStep[] => [...steps, { kind: 'each' }]));
}

/** Paths of columns in a table with so many levels of rows. */
export function columnPaths(
  depth: number,
  keys: fc.Arbitrary<string> = anyNames,
): fc.Arbitrary<ColumnPath> {
  const ups = fc.nat({ max: Math.max(0, depth - 1) });
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 3, arbitrary: keys.map((name): Step => ({ kind: 'key', name })) },
    { weight: 1, arbitrary: items.map((at): Step => ({ kind: 'item', at })) },
    ...(depth === 0 ? [] : [ups.map((up): Step => ({ kind: 'itemOfRow', up }))]),
  );
  const steps = fc.array(step, { maxLength: 3 });
  return fc.oneof(
    fc.record({ from: fc.constant('row' as const), up: fc.nat({ max: depth }), steps }),
    fc.record({ from: fc.constant('document' as const), steps }),
    ...(depth === 0 ? [] : [ups.map((up): ColumnPath => ({ from: 'position', up }))]),
  );
}

/** Paths of attributes, whether a file has them or not. */
export const attributePaths: fc.Arbitrary<ColumnPath> = fc
  .tuple(anyNames, fc.option(anyNames, { nil: undefined }))
  .map(([name, part]) =>
    part === undefined ? { from: 'meta', name } : { from: 'meta', name, part },
  );
