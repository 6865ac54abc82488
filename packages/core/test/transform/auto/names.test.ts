import { expect, test } from 'vitest';
import {
  cutName,
  joinName,
  keyName,
  MAX_COLUMN_NAME,
  normalizeName,
  pathKey,
} from '../../../src/transform/auto/names.ts';
import { fc } from '../../property.ts';
import { wayOf } from './collect.ts';

const KEYS = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({
    unit: fc.constantFrom('a', 'B', '7', '_', '.', '[', ']', '"', '\\', ' ', 'é', '日'),
  }),
);

test.each([
  ['@fileId', 'fileid'],
  ['@idsType', 'idstype'],
  ['_abC_123_', 'abc_123_'],
  ['abc__123', 'abc_123'],
  ['project.name', 'project_name'],
  ['lcuv-empower', 'lcuv_empower'],
  ['Purity (%)', 'purity_'],
  ['µg/mL', 'g_ml'],
  ['2nd pass', '2nd_pass'],
])("TDP's rule makes %s to %s", (key, name) => {
  expect(normalizeName(key)).toBe(name);
  expect(keyName(key)).toBe(name);
});

test('a key of which the rule leaves nothing is named by its hash', () => {
  expect(normalizeName('日本')).toBe('');
  // printf '日本' | sha256sum
  expect(keyName('日本')).toBe('key_cf2abf');
  expect(keyName('')).toBe('key_e3b0c4');
  expect(keyName('_')).not.toBe(keyName('__'));
});

test('names hold ASCII letters, digits and single underscores, and begin with none', () => {
  fc.assert(
    fc.property(KEYS, (key) => {
      const name = keyName(key);
      expect(name).toMatch(/^[a-z0-9][a-z0-9_]*$/);
      expect(name).not.toContain('__');
      expect(normalizeName(name)).toBe(name);
    }),
  );
});

test('key by key gives the same as the whole path at once', () => {
  const named = KEYS.filter((key) => /[A-Za-z0-9]/.test(key));
  fc.assert(
    fc.property(fc.array(named, { minLength: 1, maxLength: 4 }), (keys) => {
      const stepwise = keys.reduce((name, key) => joinName(name, keyName(key)), '');
      expect(stepwise).toBe(normalizeName(keys.join('.')));
    }),
  );
});

test('long names are cut to the length, and different ones stay different', () => {
  const long = 'a'.repeat(MAX_COLUMN_NAME);
  expect(cutName(long, MAX_COLUMN_NAME)).toBe(long);
  const [one, other] = [cutName(`${long}1`, MAX_COLUMN_NAME), cutName(`${long}2`, MAX_COLUMN_NAME)];
  expect(one).toHaveLength(MAX_COLUMN_NAME);
  expect(one).toMatch(/^a{111}_[0-9a-f]{8}$/);
  expect(one).not.toBe(other);
});

test('a path can be read back, so no two places share one', () => {
  fc.assert(
    fc.property(fc.array(KEYS, { minLength: 1, maxLength: 4 }), (keys) => {
      const path = keys.map(pathKey).join('.');
      expect(path.isWellFormed()).toBe(true);
      expect(path).not.toContain('\0');
      expect(path).not.toBe('.');
      expect(wayOf(path)).toEqual(keys);
    }),
    { numRuns: 2000 },
  );
});

test('plain keys stand in paths as they are', () => {
  expect(['@idsType', 'cell density', 'µ', '$ref', 'a]'].map(pathKey)).toEqual([
    '@idsType',
    'cell density',
    'µ',
    '$ref',
    'a]',
  ]);
  expect(['a.b', 'a[0]', 'a"', '', '\0', '\ud800', '\\'].map(pathKey)).toEqual([
    '"a.b"',
    '"a[0]"',
    '"a\\""',
    '""',
    '"\\u0000"',
    '"\\ud800"',
    '"\\\\"',
  ]);
});
