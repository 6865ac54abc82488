import { expect, test } from 'vitest';
import { pathKey } from '../../../src/transform/auto/names.ts';
import { comparable, Pattern } from '../../../src/transform/columns/pattern.ts';
import { columnIssues } from '../../../src/transform/columns/rules.ts';
import { fc } from '../../property.ts';

const matches = (pattern: string, path: string): boolean =>
  new Pattern(pattern).matches(comparable(path));

test.each([
  ['users[].email', 'users[].email'],
  // Whatever arrays a document has.
  ['users[].email', 'users.email'],
  ['users.email', 'users[].email'],
  ['users.email', '[].users[][].email'],
  ['Users.eMail', 'users.Email'],
  ['*.operator*', 'operator'],
  ['*.operator*', 'operatorName'],
  ['*.operator*', 'runs[].steps[].operator_id'],
  ['run.*', 'run.a.b'],
  ['*', 'anything.at[].all'],
  ['*pass*word*', 'my.passed.password'],
  ['"a.b"[].c', '"a.b".c'],
  ['"a[]"', '"a[]"'],
  // Keys that stand in quotes in paths.
  ['*.operator*', pathKey('operator.name')],
  ['*.operator*', `run.${pathKey('operator[1]')}`],
  ['*.operator*', `run[].${pathKey('operator "Q"')}.id`],
  ['*.operator*', pathKey('operator\tid')],
  ['operator "Q"', pathKey('operator "Q"')],
  ['*tab*', pathKey('\\Tab\n')],
  ['""', '""'],
  // The same letters, spelt otherwise.
  ['Pr\u00fcfer', 'Pru\u0308fer'],
  ['*.pru\u0308f*', 'run.PR\u00dcFER'],
  ['operator', '\uff2fperator'],
  ['*.\u039f\u0394\u039f\u03a3*', '\u039f\u0394\u039f\u03a3\u0391'],
  // As `<sync>_columns` has it of a mapping.
  ['users.name', 'users[0].name'],
])('%s is for %s', (pattern, path) => {
  expect(matches(pattern, path)).toBe(true);
});

test.each([
  ['users[].email', 'users[].emails'],
  ['users.email', 'more.users.email'],
  ['*.operator*', 'run.cooperator'],
  ['run.*', 'run'],
  ['a*a', 'a'],
  ['a*b*b', 'ab'],
  ['"a[]"', '"a"'],
  ['a.b', '"a.b"'],
  ['run.*', '"run.x"'],
  ['a.b', 'a\u2024b'],
  ['a.', 'a.""'],
])('%s is not for %s', (pattern, path) => {
  expect(matches(pattern, path)).toBe(false);
});

test('a pattern is for what a regular expression of it finds', () => {
  const texts = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 });
  const paths = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 10 });
  fc.assert(
    fc.property(texts, paths, (text, path) => {
      const [pattern, plain] = [text, path].map(comparable) as [string, string];
      const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*');
      const anyDepth = pattern.startsWith('*.') ? `|${source.slice(4)}` : '';
      expect(matches(text, path)).toBe(new RegExp(`^(?:${source}${anyDepth})$`).test(plain));
    }),
    { numRuns: 3000 },
  );
});

test.each([
  [{ '': 'drop' }, /expected a path/],
  [{ '[]': 'drop' }, /expected a path/],
  [{ 'run.*': { rename: 'title' } }, /for one column/],
  [{ 'run.name': { rename: '_title' } }, /kept for tdp-sync/],
  [{ 'run.name': { rename: '' } }, /1 to 122 characters/],
  [{ 'a.b': { rename: 't' }, 'a.c': { rename: 'T' } }, /"a\.b" is to be called "T" already/],
] as const)('%j is refused', (rules, message) => {
  expect(columnIssues(rules, true).map((issue) => issue.message)).toEqual([
    expect.stringMatching(message),
  ]);
});

test('names of different tables may be the same; where a mapping gives them, there is nothing to rename', () => {
  const rules = { 'runs[].name': { rename: 'title' }, 'users[].name': { rename: 'title' } };
  expect(columnIssues(rules, true)).toEqual([]);
  expect(columnIssues(rules, false)).toHaveLength(2);
  expect(columnIssues({ 'a.b': 'drop', c: 'hash' }, false)).toEqual([]);
});
