import { expect, test } from 'vitest';
import { mappingIssues, mappingTransform } from '../../../src/transform/mapping/mapping.ts';
import type { Mapping } from './files.ts';

const good = { c: 'a' };

/** Path, then part of the message, of everything that is wrong. */
const cases: readonly (readonly [string, Mapping, readonly (readonly [string, string])[]])[] = [
  ['no tables', {}, [['', 'at least one table']]],
  ['no columns', { t: { columns: {} } }, [['t.columns', 'at least one column']]],
  [
    'mistakes in several places',
    { t: { rows: 'a', columns: { x: 'a b', y: 'ok', z: '^^^^.a' } }, u: { columns: { x: '[' } } },
    [
      ['t.rows', '`[]` at the end'],
      ['t.columns.x', 'found `b`'],
      ['u.columns.x', 'found the end'],
    ],
  ],
  [
    'beyond the document',
    { t: { rows: 'a[].b[]', columns: { good: '^^.c', bad: '^^^.c' } } },
    [['t.columns.bad', '`^^^` leads beyond the document: the path of the rows has 2 `[]`']],
  ],
  [
    'beyond the document, of one row per file',
    { t: { columns: { bad: '^.c' } } },
    [['t.columns.bad', 'the table has one row per file']],
  ],
  [
    'positions of no rows',
    {
      t: { columns: { a: '#', b: '$.x[#]' } },
      u: { rows: 'a[]', columns: { a: '#', b: '^#', c: 'x[^#]', d: '^.x[#]' } },
    },
    [
      ['t.columns.a', '`#` is the position of no row'],
      ['t.columns.b', '`#` is the position of no row'],
      ['u.columns.b', '`^#` is the position of no row'],
      ['u.columns.c', '`^#` is the position of no row'],
    ],
  ],
  [
    'attributes that there are not',
    { t: { columns: { a: 'meta.sourceName', b: 'meta.path.x', c: 'meta.toString.x', d: 'meta' } } },
    [
      ['t.columns.a', 'a file has no attribute "sourceName"; it has file_id, path, bucket'],
      ['t.columns.b', 'only labels and metadata have parts'],
      ['t.columns.c', 'a file has no attribute "toString"'],
      ['t.columns.d', 'found the end'],
    ],
  ],
  [
    'constants that do not fit',
    {
      t: {
        columns: {
          a: { value: 'x', type: 'int64' },
          b: { value: 1.5, type: 'int64' },
          c: { value: Number.NaN },
          d: { value: Number.POSITIVE_INFINITY, type: 'json' },
          e: { value: '9007199254740993', type: 'float64' },
        },
      },
    },
    [
      ['t.columns.a', 'the constant "x" does not fit the type int64'],
      ['t.columns.b', 'the constant 1.5 does not fit'],
      ['t.columns.c', 'the constant NaN does not fit the type string'],
      ['t.columns.d', 'the constant Infinity does not fit'],
      ['t.columns.e', 'does not fit'],
    ],
  ],
  [
    'names',
    {
      ['n'.repeat(122)]: { columns: { ['n'.repeat(122)]: 'a', 'Größe (µm)': 'a' } },
      ['n'.repeat(123)]: { columns: good },
      '': { columns: good },
      _x: { columns: { _row: 'a', a__TEXT: 'a', A: 'a', a: 'a', ' b': 'a', 'c\0': 'a' } },
      'a\ud800': { columns: good },
      _X: { columns: good },
    },
    [
      ['n'.repeat(123), 'this one has 123'],
      ['', 'this one has 0'],
      ['_x', 'begin with `_`'],
      ['a\ud800', 'half a surrogate pair'],
      ['_X', 'only the case differs'],
      ['_x.columns._row', 'begin with `_`'],
      ['_x.columns.a__TEXT', 'end in `__text`'],
      ['_x.columns.a', 'do not tell it from the column "A"'],
      ['_x.columns. b', 'a blank'],
      ['_x.columns.c\0', 'NUL'],
    ],
  ],
];

test.each(cases)('%s', (_, mapping, expected) => {
  const issues = mappingIssues(mapping);
  expect(issues.map(({ path }) => path.join('.'))).toEqual(expected.map(([path]) => path));
  for (const [index, [, message]] of expected.entries())
    expect(issues[index]?.message).toContain(message);
  expect(() => mappingTransform(mapping)).toThrow(TypeError);
});
