import { describe, expect, test } from 'vitest';
import {
  COLUMN_TYPES,
  formatPath,
  formatRows,
  PathError,
  parseColumn,
  parsePath,
  parseRows,
} from '../../../src/transform/mapping/path.ts';
import { fc } from '../../property.ts';
import { attributePaths, columnPaths, rowsPaths } from './paths.ts';

const key = (name: string): { kind: 'key'; name: string } => ({ kind: 'key', name });

describe('rows', () => {
  test.each([
    ['injections[]', [key('injections'), { kind: 'each' }]],
    ['$.injections[]', [key('injections'), { kind: 'each' }]],
    ['a.b[].c[]', [key('a'), key('b'), { kind: 'each' }, key('c'), { kind: 'each' }]],
    ['a[0][-1][]', [key('a'), { kind: 'item', at: 0 }, { kind: 'item', at: -1 }, { kind: 'each' }]],
    ['$[]', [{ kind: 'each' }]],
    ['value[][]', [key('value'), { kind: 'each' }, { kind: 'each' }]],
    ['@ids-type.µ_1[]', [key('@ids-type'), key('µ_1'), { kind: 'each' }]],
    ['"a \\"b\\" [].c"[]', [key('a "b" [].c'), { kind: 'each' }]],
    ['"meta"[]', [key('meta'), { kind: 'each' }]],
    ['  a[]  ', [key('a'), { kind: 'each' }]],
  ])('%s', (text, path) => expect(parseRows(text)).toEqual(path));

  test.each([
    ['', 0, 'a name or `$`'],
    ['$', 1, '`[]` at the end: one row per item'],
    ['injections', 10, '`[]` at the end: one row per item'],
    ['a[].b', 5, '`[]` at the end: one row per item'],
    ['a[', 2, '`]`, or a position such as 0 or -1'],
    ['a[#][]', 2, '`]`, or a position such as 0 or -1'],
    ['a[1', 3, '`]`'],
    ['a[1234567890][]', 2, '`]`, or a position such as 0 or -1'],
    ['a..b[]', 2, 'a name'],
    ['.a[]', 0, 'a name or `$`'],
    ['^.a[]', 0, 'a name or `$`'],
    ['a "b"[]', 1, '`[]` at the end: one row per item'],
    ['meta.labels[]', 0, 'a key of the document (one called meta is written `"meta"`)'],
    ['"a\\q"[]', 0, 'a name in quotes as JSON writes it'],
    ['"a', 0, 'a name or `$`'],
    ['a[] as int64', 4, '`.`, `[` (names with blanks or signs stand in quotes) or the end'],
  ])('%s is none', (text, position, expected) => {
    const error = expectError(() => parseRows(text));
    expect({ position: error.position, expected: error.expected }).toEqual({ position, expected });
  });
});

describe('columns', () => {
  test.each([
    ['.', { from: 'row', up: 0, steps: [] }],
    ['area.value', { from: 'row', up: 0, steps: [key('area'), key('value')] }],
    ['[1]', { from: 'row', up: 0, steps: [{ kind: 'item', at: 1 }] }],
    ['[-0]', { from: 'row', up: 0, steps: [{ kind: 'item', at: 0 }] }],
    ['$', { from: 'document', steps: [] }],
    ['$.meta', { from: 'document', steps: [key('meta')] }],
    ['^', { from: 'row', up: 1, steps: [] }],
    ['^^.number', { from: 'row', up: 2, steps: [key('number')] }],
    ['^.meta', { from: 'row', up: 1, steps: [key('meta')] }],
    ['"meta".x', { from: 'row', up: 0, steps: [key('meta'), key('x')] }],
    ['meta.labels."assay type"', { from: 'meta', name: 'labels', part: 'assay type' }],
    ['metal', { from: 'row', up: 0, steps: [key('metal')] }],
    ['#', { from: 'position', up: 0 }],
    ['^^#', { from: 'position', up: 2 }],
    [
      '^.s[#][^#]',
      {
        from: 'row',
        up: 1,
        steps: [key('s'), { kind: 'itemOfRow', up: 0 }, { kind: 'itemOfRow', up: 1 }],
      },
    ],
  ])('%s', (text, path) => {
    expect(parsePath(text)).toEqual(path);
    expect(parseColumn(text)).toEqual({ path, type: undefined });
    expect(parseColumn(` ${text} as  decimal `)).toEqual({ path, type: 'decimal' });
  });

  test('a name may be the word that a type follows', () => {
    expect(parseColumn('as as json')).toEqual({ path: parsePath('as'), type: 'json' });
  });

  test.each([
    ['', 0, 'a name, `.`, `$`, `^`, `#`, `[` or `meta`'],
    [
      'peak area',
      5,
      '`.`, `[` (names with blanks or signs stand in quotes), ` as <type>` or the end',
    ],
    ['area as', 7, `a type: ${COLUMN_TYPES.join(', ')}`],
    ['area as float', 8, `a type: ${COLUMN_TYPES.join(', ')}`],
    ['area as float64 or so', 16, 'the end'],
    ['.area', 1, '`.`, `[` (names with blanks or signs stand in quotes), ` as <type>` or the end'],
    [
      'meta',
      4,
      '`.` and an attribute of the file (a key of the row called meta is written `"meta"`)',
    ],
    [
      'meta.labels.a.b',
      13,
      '`.`, `[` (names with blanks or signs stand in quotes), ` as <type>` or the end',
    ],
    ['a[]', 2, '`#`, or a position such as 0 or -1'],
    ['a[^]', 3, '`#`'],
    ['a[^1]', 3, '`#`'],
    ['a[#', 3, '`]`'],
    ['##', 1, '`.`, `[` (names with blanks or signs stand in quotes), ` as <type>` or the end'],
  ])('%s is none', (text, position, expected) => {
    const error = expectError(() => parseColumn(text));
    expect({ position: error.position, expected: error.expected }).toEqual({ position, expected });
  });

  test('a path in full takes no type', () => {
    expect(expectError(() => parsePath('area as float64')).expected).toContain('under `type`');
  });

  test('an error says where and what', () => {
    expect(expectError(() => parsePath('peaks[x].area')).message).toBe(
      '`peaks[x].area`: found `x].area` at character 7, expected `#`, or a position such as 0 or -1',
    );
    expect(expectError(() => parsePath('peaks[')).message).toContain(
      'found the end at character 7',
    );
  });
});

test('what is formatted is read as it was', () => {
  fc.assert(
    fc.property(rowsPaths(), (path) => {
      expect(parseRows(formatRows(path))).toEqual(path);
    }),
    { numRuns: 2000 },
  );
  const paths = fc.oneof(
    fc.nat({ max: 4 }).chain((depth) => columnPaths(depth)),
    attributePaths,
  );
  fc.assert(
    fc.property(paths, fc.constantFrom(...COLUMN_TYPES), (path, type) => {
      expect(parsePath(formatPath(path))).toEqual(path);
      expect(parseColumn(`${formatPath(path)} as ${type}`)).toEqual({ path, type });
    }),
    { numRuns: 2000 },
  );
});

test('any text is read or gives a PathError that points into it', () => {
  const tokens = fc.constantFrom(
    ...[
      'a',
      'meta',
      '.',
      '$',
      '^',
      '#',
      '[',
      ']',
      '[]',
      '"',
      '\\',
      '"x y"',
      '0',
      '-1',
      ' ',
      ' as ',
    ],
    ...['int64', 'é', '\ud800', '\0', '\n'],
  );
  const texts = fc.oneof(
    fc.array(tokens).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      for (const parse of [parseRows, parseColumn, parsePath]) {
        try {
          parse(text);
        } catch (error) {
          expect(error).toBeInstanceOf(PathError);
          const { position } = error as PathError;
          expect(position >= 0 && position <= text.length).toBe(true);
        }
      }
    }),
    { numRuns: 5000 },
  );
});

function expectError(parse: () => unknown): PathError {
  try {
    parse();
  } catch (error) {
    if (error instanceof PathError) return error;
    throw error;
  }
  throw new Error('It was read.');
}
