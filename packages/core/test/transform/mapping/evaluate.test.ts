import { expect, test } from 'vitest';
import { convert } from '../../../src/transform/convert.ts';
import {
  type ColumnPath,
  formatPath,
  formatRows,
  type RowsPath,
  type RowsStep,
  type Step,
} from '../../../src/transform/mapping/path.ts';
import { fc } from '../../property.ts';
import { rowsOfTable } from './files.ts';
import { columnPaths, names, rowsPaths } from './paths.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A row by the book: what stood at each level, the document first, and at which positions. */
interface Reference {
  readonly trail: readonly (Json | undefined)[];
  readonly positions: readonly number[];
}

/** Goes to all rows one step at a time. */
function referenceRows(document: Json, path: RowsPath): readonly Reference[] {
  let found: readonly (Reference & { readonly at: Json | undefined })[] = [
    { at: document, trail: [document], positions: [] },
  ];
  for (const step of path) {
    found = found.flatMap((row) => {
      if (step.kind !== 'each') return [{ ...row, at: referenceStep(row.at, step, row.positions) }];
      if (row.at === undefined || row.at === null) return [];
      return asList(row.at).map((at, position) => ({
        at,
        trail: [...row.trail, at],
        positions: [...row.positions, position],
      }));
    });
  }
  return found;
}

function referenceValue(path: ColumnPath, { trail, positions }: Reference): Json | undefined {
  if (path.from === 'position') return positions[positions.length - 1 - path.up];
  if (path.from === 'meta') return undefined;
  const start = path.from === 'document' ? trail[0] : trail[trail.length - 1 - path.up];
  return path.steps.reduce<Json | undefined>(
    (value, step) => referenceStep(value, step, positions),
    start,
  );
}

function referenceStep(
  value: Json | undefined,
  step: Exclude<RowsStep, { kind: 'each' }> | Step,
  positions: readonly number[],
): Json | undefined {
  if (value === undefined || value === null) return undefined;
  if (step.kind === 'key') {
    if (typeof value !== 'object' || Array.isArray(value)) return undefined;
    return Object.entries(value).find(([key]) => key === step.name)?.[1];
  }
  const list = asList(value);
  const at = step.kind === 'item' ? step.at : (positions[positions.length - 1 - step.up] ?? -1);
  return list[at < 0 ? list.length + at : at];
}

function asList(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [value as Json];
}

const leaves = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer({ min: 0, max: 9 }),
  fc.constant('x'),
);

/** Values whose keys are those that the paths look for. */
function values(levels: number): fc.Arbitrary<Json> {
  if (levels === 0) return leaves;
  const inner = values(levels - 1);
  return fc.oneof(
    { weight: 5, arbitrary: objects(inner) },
    { weight: 3, arbitrary: fc.array(inner, { maxLength: 3, size: 'max' }) },
    { weight: 1, arbitrary: leaves },
  );
}

/** Objects as JSON.parse makes them, where `__proto__` is a key like any other. */
function objects(
  inner: fc.Arbitrary<Json>,
  more: readonly fc.Arbitrary<readonly [string, Json]>[] = [],
): fc.Arbitrary<Json> {
  const entries = fc.array(fc.tuple(names, inner), { maxLength: 6, size: 'max' });
  return fc
    .tuple(entries, ...more)
    .map(([some, ...others]) => Object.fromEntries([...some, ...others]));
}

/** Documents that mostly have rows at a path. */
function documentsWith([step, ...path]: RowsPath): fc.Arbitrary<Json> {
  if (step === undefined) return values(2);
  const further = documentsWith(path);
  const fitting =
    step.kind === 'key'
      ? objects(values(1), [further.map((value) => [step.name, value] as const)])
      : fc.array(further, { maxLength: 3, size: 'max' });
  return fc.oneof({ weight: 12, arbitrary: fitting }, { weight: 1, arbitrary: values(2) });
}

test('rows and cells are those of a naive evaluation', async () => {
  let met = 0;
  const columns = (path: RowsPath): fc.Arbitrary<readonly ColumnPath[]> => {
    const depth = path.filter((step) => step.kind === 'each').length;
    return fc.array(columnPaths(depth, names), { minLength: 1, maxLength: 5 });
  };
  const mappings = fc
    .oneof({ weight: 5, arbitrary: rowsPaths(names) }, { weight: 1, arbitrary: fc.constant([]) })
    .chain((path) => fc.tuple(fc.constant(path), columns(path), documentsWith(path)));
  await fc.assert(
    fc.asyncProperty(mappings, async ([path, paths, document]) => {
      const table = {
        ...(path.length === 0 ? {} : { rows: formatRows(path) }),
        columns: Object.fromEntries(
          paths.map((column, index) => [`c${index}`, `${formatPath(column)} as json`]),
        ),
      };
      const expected = referenceRows(document, path).map((row) =>
        paths.map((column) => convert(referenceValue(column, row), 'json')),
      );
      met += expected.filter((row) =>
        row.some((cell, index) => cell !== null && paths[index]?.from !== 'position'),
      ).length;
      expect(await rowsOfTable(table, JSON.stringify(document))).toEqual(expected);
    }),
    { numRuns: 3000 },
  );
  // Random paths through random documents could all lead to nothing.
  expect(met).toBeGreaterThan(1500);
});
