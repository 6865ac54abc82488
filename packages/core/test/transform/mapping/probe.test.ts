import { expect, test } from 'vitest';
import { probe } from '../../../src/transform/mapping/probe.ts';
import { extractOf, type Mapping } from './files.ts';

const documents = [
  { injections: [{ number: 1, peaks: [{ area: { value: 1 }, note: null }] }] },
  { injections: [{ number: 2, peaks: [] }], extra: 'text' },
];

async function probed(
  mapping: Mapping,
  given: readonly unknown[] = documents,
): Promise<readonly string[]> {
  const files = given.map(async (document) => ({
    extract: await extractOf(mapping, document),
    document,
  }));
  return probe(mapping, await Promise.all(files));
}

const rows = 'injections[].peaks[]';

test('a mapping that finds everything in some file', async () => {
  expect(
    await probed({ t: { rows, columns: { a: 'area.value as float64', n: '^.number' } } }),
  ).toEqual([]);
  expect(await probed({ t: { columns: { e: 'extra', k: { value: '' } } } })).toEqual([]);
  expect(await probed({ t: { columns: { e: 'extra as int64' } } })).toEqual([]);
});

test.each<[string, Mapping[string], readonly string[]]>([
  [
    'no rows',
    { rows: 'injections[].peak[]', columns: { a: '.' } },
    ['table t: `injections[].peak[]` matches nothing in 2 sampled files; did you mean "peaks"?'],
  ],
  [
    'no rows at the first step',
    { rows: '$.Injection[].peaks[]', columns: { a: '.' } },
    [
      'table t: `Injection[].peaks[]` matches nothing in 2 sampled files; did you mean "injections"?',
    ],
  ],
  [
    'nothing like it',
    { rows: 'datacubes[]', columns: { a: '.' } },
    ['table t: `datacubes[]` matches nothing in 2 sampled files'],
  ],
  [
    'columns without values',
    {
      rows,
      columns: {
        a: 'area.valeu',
        b: '^.nunber',
        c: '$.injection[#].number',
        note: 'note',
        d: 'meta.labels.x',
        e: '[3]',
      },
    },
    [
      'table t, column a: `area.valeu` has no value in any of 1 rows of 2 sampled files; did you mean "value"?',
      'table t, column b: `^.nunber` has no value in any of 1 rows of 2 sampled files; did you mean "number"?',
      'table t, column c: `$.injection[#].number` has no value in any of 1 rows of 2 sampled files; did you mean "injections"?',
      'table t, column note: `note` has no value in any of 1 rows of 2 sampled files',
      'table t, column d: `meta.labels.x` has no value in any of 1 rows of 2 sampled files',
      'table t, column e: `[3]` has no value in any of 1 rows of 2 sampled files',
    ],
  ],
])('%s', async (_, table, sentences) => expect(await probed({ t: table })).toEqual(sentences));

test('without files there is nothing to say', async () => {
  expect(await probed({ t: { rows: 'x[]', columns: { a: '.' } } }, [])).toEqual([]);
});
