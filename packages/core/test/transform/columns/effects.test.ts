import { expect, test } from 'vitest';
import { effectsOf } from '../../../src/transform/columns/effects.ts';
import type { ColumnRules } from '../../../src/transform/columns/rules.ts';

/** The places that each rule is said to be for. */
function places(rules: ColumnRules, document: unknown): Readonly<Record<string, unknown>> {
  const extract = { layout: '', tables: [] };
  const effects = effectsOf(rules, [{ extract, document }]);
  return Object.fromEntries(effects.map(({ pattern, places: found }) => [pattern, found]));
}

test('what names the IDS is never touched, and nothing else is said of it', () => {
  const document = { '@idsType': 't', '@idsVersion': 'v1', a: { '@idsType': 1 } };
  expect(places({ '*': 'hash', '@idsType': 'drop' }, document)).toEqual({
    '*': ['a', 'a.@idsType'],
    '@idsType': [],
  });
  expect(places({ '*': 'hash' }, [document])).toEqual({ '*': ['[].a', '[].a.@idsType'] });
});

test('places are named as they stand in paths, however the rule spells them', () => {
  expect(places({ '*.operator*': 'drop' }, { run: { 'operator.name': 1, OPERATOR: 2 } })).toEqual({
    '*.operator*': ['run."operator.name"', 'run.OPERATOR'],
  });
});
