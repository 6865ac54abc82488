import { SinkError } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { checkHeld } from '../src/names.ts';

const ANY = [{ name: 'a', type: 'string' as const }];

test.each(['runs', 'Größe 単位', '1st', 'hyphen-ated', '_leading', 'with blank'])(
  'a table may be called %s',
  (name) => {
    expect(() => checkHeld([{ name, columns: ANY }])).not.toThrow();
  },
);

test.each(['a.b', 'a`b', 'a$1', 'a@b', ' a', 'a ', 'a/b', 'a:b', '\u{1f9ea}', 'a&b'])(
  'a table may not be called %s',
  (name) => {
    expect(() => checkHeld([{ name, columns: ANY }])).toThrow(SinkError);
  },
);

test.each(['größe & größer', "it's 50%", 'a:b=c|d', '#1', '1st', '__twice'])(
  'a column may be called %s',
  (name) => {
    expect(() => checkHeld([{ name: 't', columns: [{ name, type: 'json' }] }])).not.toThrow();
  },
);

test.each(['a`b', 'a.b', 'a"b', 'a(b)', '_PARTITIONTIME', '_table_suffix', '_change_type', 'a '])(
  'a column may not be called %s',
  (name) => {
    expect(() => checkHeld([{ name: 't', columns: [{ name, type: 'json' }] }])).toThrow(/column/);
  },
);

test('a table has at most 9,998 columns besides the two of the sink', () => {
  const columns = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ name: `c${n}`, type: 'int64' as const }));
  expect(() => checkHeld([{ name: 't', columns: columns(9_998) }])).not.toThrow();
  expect(() => checkHeld([{ name: 't', columns: columns(9_999) }])).toThrow(/9998 are possible/);
});
