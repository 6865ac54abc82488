import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { SyncError } from '../../../src/errors.ts';
import { ColumnPlan } from '../../../src/transform/columns/plan.ts';
import { redacting } from '../../../src/transform/columns/redacting.ts';
import type { ColumnRules } from '../../../src/transform/columns/rules.ts';
import { documentTransform } from '../../../src/transform/document.ts';
import { hitOf } from '../../hits.ts';

const SALT = 'a salt for tests only';
const hashed = (text: string): string => createHmac('sha256', SALT).update(text).digest('hex');
const signal = new AbortController().signal;

/** The whole document as it would be kept. */
async function kept(rules: ColumnRules, json: string, isRedacted = false): Promise<unknown> {
  const transform = redacting(documentTransform('docs'), new ColumnPlan(rules, SALT));
  const { tables } = await transform.extract(hitOf('f'), Buffer.from(json), signal, { isRedacted });
  const [[cell] = []] = [...(tables[0]?.rows ?? [])];
  return cell;
}

async function document(rules: ColumnRules, json: string | object): Promise<unknown> {
  const text = typeof json === 'string' ? json : JSON.stringify(json);
  return JSON.parse(String(await kept(rules, text)));
}

test('what is dropped is gone with all below it, whether or not arrays are on the way', async () => {
  const rules = { 'users[].email': 'drop', secret: 'drop' } as const;
  const users = [{ email: 'a@b', name: 'n' }, [{ email: { x: 1 } }], 'text', null];
  expect(await document(rules, { users, secret: { a: [1] }, rest: { secret: 1 } })).toEqual({
    users: [{ name: 'n' }, [{}], 'text', null],
    rest: { secret: 1 },
  });
  expect(await document(rules, { users: { email: 'a@b' } })).toEqual({ users: {} });
  expect(await document(rules, [{ users: [{ email: 1 }] }, { secret: 1 }])).toEqual([
    { users: [{}] },
    {},
  ]);
});

test('a key whose value is null is dropped likewise', async () => {
  const given = { email: null, users: [{ email: null, name: null }, null] };
  expect(await document({ '*.email': 'drop' }, given)).toEqual({ users: [{ name: null }, null] });
  expect(await document({ users: 'drop' }, given)).toEqual({ email: null });
});

test('no way to write a key hides it', async () => {
  const operators = { 'operator.name': 1, 'operator[1]': 1, 'operator "Q"': 1, 'operator\tid': 1 };
  expect(await document({ '*.operator*': 'drop' }, { ...operators, run: operators })).toEqual({
    run: {},
  });
  expect(
    await document({ 'Pr\u00fcfer': 'drop' }, { 'Pru\u0308fer': 1, 'PR\u00dcFER': 1 }),
  ).toEqual({});
});

test('each value below what is hashed becomes its HMAC-SHA-256; null and what is empty stay', async () => {
  const operator = { id: 4711, ok: true, tags: ['a', [1.5]], none: null, empty: {}, name: '' };
  expect(await document({ operator: 'hash' }, { operator, other: 4711 })).toEqual({
    operator: {
      id: hashed('4711'),
      ok: hashed('true'),
      tags: [hashed('a'), [hashed('1.5')]],
      none: null,
      empty: {},
      name: hashed(''),
    },
    other: 4711,
  });
});

test('the same value has the same hash wherever it stands, as a number or as text', async () => {
  const plan = new ColumnPlan({ a: 'hash', 'b.c': 'hash' }, SALT);
  expect(plan.redact({ a: 17, b: [{ c: '17' }] })).toEqual({
    a: hashed('17'),
    b: [{ c: hashed('17') }],
  });
  const other = new ColumnPlan({ a: 'hash' }, `${SALT}!`);
  expect(other.redact({ a: 17 })).not.toEqual({ a: hashed('17') });
});

test('of several rules the one that lets less through counts, in any order', async () => {
  const given = { run: { operator: { email: 'x', name: 'y' } } };
  const expected = { run: { operator: { name: hashed('y') } } };
  expect(await document({ '*.operator': 'hash', '*email': 'drop' }, given)).toEqual(expected);
  expect(await document({ '*email': 'drop', '*.operator': 'hash' }, given)).toEqual(expected);
  expect(await document({ '*.operator': 'drop', 'run.operator.name': 'hash' }, given)).toEqual({
    run: {},
  });
});

test('everything else stays: digits, keys of any kind, and which IDS it is', async () => {
  const json = '{"@idsType":"t","n":12345678901234567890,"__proto__":{"x":1},"a.b":{"c":1},"x":2}';
  expect(await kept({ '*.c': 'drop', x: 'hash' }, json)).toBe(
    `{"@idsType":"t","n":12345678901234567890,"__proto__":{"x":1},"a.b":{},"x":"${hashed('2')}"}`,
  );
  expect(await document({ '*': 'hash' }, { '@idsType': 't', a: 1 })).toEqual({
    '@idsType': 't',
    a: hashed('1'),
  });
  expect(await document({ '__proto__.x': 'drop' }, '{"__proto__":{"x":1,"y":2}}')).toEqual(
    JSON.parse('{"__proto__":{"y":2}}'),
  );
});

test('a document that is no object is treated as a whole', async () => {
  expect(await document({ '*': 'drop' }, '[1,2]')).toBeNull();
  expect(await document({ '*': 'hash' }, '[1,"a"]')).toEqual([hashed('1'), hashed('a')]);
});

test('a key that comes twice hides nothing', async () => {
  expect(await kept({ a: 'drop' }, '{"a":"first","b":1,"a":"second"}')).toBe('{"b":1}');
});

test('what the database has kept is not hashed again', async () => {
  const once = String(await kept({ a: 'hash' }, '{"a":1}'));
  expect(await kept({ a: 'hash' }, once, true)).toBe(once);
  expect(await kept({ a: 'hash' }, once)).not.toBe(once);
});

test('a broken or far too deep document fails with none of its values in the message', async () => {
  const deep = `${'{"a":'.repeat(50_000)}"Jane"${'}'.repeat(50_000)}`;
  for (const json of ['{"a":"Jane",}', '{"a":"Jane', deep]) {
    const error = await kept({ a: 'hash' }, json).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SyncError);
    expect(String(error)).not.toContain('Jane');
  }
});

test('documents with ever other keys do not fill the memory, and are treated alike', () => {
  const plan = new ColumnPlan({ '*.pin': 'hash' }, SALT);
  const first = plan.root;
  for (let n = 0; n < 60; n += 1) {
    const keys = Array.from({ length: 1000 }, (_, index) => [`k${n}_${index}`, { pin: 1 }]);
    const left = plan.redact(Object.fromEntries(keys)) as Record<string, unknown>;
    expect(left[`k${n}_999`]).toEqual({ pin: hashed('1') });
  }
  expect(plan.root).not.toBe(first);
});

test('what becomes of a place is told as it is, with indexes on the way, too', () => {
  const plan = new ColumnPlan({ '*': 'hash', 'users[].name': 'drop' }, SALT);
  expect(plan.treatmentAt('users[0].name')).toBe('drop');
  expect(plan.treatmentAt('users[0].pin')).toBe('hash');
  for (const path of ['@idsType', '[].@idsVersion', '@idsNamespace'])
    expect(plan.treatmentAt(path)).toBeUndefined();
  expect(plan.treatmentAt('run.@idsType')).toBe('hash');
});

test('the fingerprint tells rules and salts apart, and what makes no difference is none', () => {
  const redaction = (rules: ColumnRules, salt?: string): string =>
    new ColumnPlan(rules, salt).redaction;
  expect(redaction({ a: { rename: 'b' } })).toBe('');
  expect(redaction({ a: 'drop' }, SALT)).toBe(redaction({ a: 'drop' }));
  expect(redaction({ 'a[].B': 'drop', c: 'drop' })).toBe(redaction({ c: 'drop', 'a.b': 'drop' }));
  const all = [
    redaction({ a: 'drop' }),
    redaction({ a: 'hash' }, SALT),
    redaction({ a: 'hash' }, `${SALT}!`),
    redaction({ b: 'hash' }, SALT),
  ];
  expect(new Set(all).size).toBe(4);
  expect(all.join()).not.toContain(SALT);
  expect(() => redaction({ a: { rename: 'b', hash: true } })).toThrow(TypeError);
});
