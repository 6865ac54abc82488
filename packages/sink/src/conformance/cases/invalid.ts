import assert from 'node:assert/strict';
import type { ColumnType, Row } from '../../sink.ts';
import {
  begin,
  doc,
  ledger,
  load,
  names,
  rejects,
  run,
  type Scenario,
  snapshot,
  table,
} from '../world.ts';

/** By type, what does not fit. Nothing is converted: whoever calls the sink gives the one form. */
const WRONG: Readonly<Record<ColumnType, readonly unknown[]>> = {
  boolean: [0, 1, 'true', 'false', '', 1n, undefined, {}, []],
  int64: [2n ** 63n, -(2n ** 63n) - 1n, 1, 1.5, '1', true, undefined, Number.NaN, new Date(0)],
  float64: [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    1n,
    '1.5',
    true,
    undefined,
  ],
  decimal: [
    1,
    1.5,
    1n,
    '',
    ' 1',
    '1 ',
    '+1',
    '1e3',
    '1.',
    '.5',
    '1,5',
    'NaN',
    '0x10',
    '1.1234567890',
    undefined,
    '123456789012345678901234567890',
    '--1',
    '١',
    '1\n',
  ],
  string: [
    1,
    1n,
    true,
    undefined,
    {},
    ['x'],
    new Date(0),
    'a\0b',
    '\0',
    'a\ud800',
    '\udc00a',
    '\udc00\ud800',
  ],
  date: [
    '2026-02-30',
    '2025-02-29',
    '1900-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-04-31',
    '0000-01-01',
    '10000-01-01',
    '2026-1-1',
    '2026-01-01T00:00:00.000000Z',
    '',
    new Date(0),
    20_260_101,
    undefined,
    '2026-01-01\n',
  ],
  timestamp: [
    '2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00.123Z',
    '2026-01-01T00:00:00.1234567Z',
    '2026-01-01 00:00:00.000000Z',
    '2026-01-01T00:00:00.000000',
    '2026-01-01T00:00:00.000000+00:00',
    '2026-01-01T24:00:00.000000Z',
    '2026-02-30T00:00:00.000000Z',
    '2026-01-01T23:60:00.000000Z',
    '2016-12-31T23:59:60.000000Z',
    '0000-12-31T00:00:00.000000Z',
    '2026-01-01',
    new Date(0),
    0,
    undefined,
    '2026-01-01T00:00:00.000000Z ',
  ],
  json: [
    '',
    ' ',
    '{',
    '{"a":1',
    "{'a':1}",
    '{a:1}',
    'NaN',
    '{"a":NaN}',
    'undefined',
    '{"a":1}}',
    '[1,]',
    '01',
    '1 2',
    '"\\x"',
    '{"a":"\0"}',
    '"\ud800"',
    '"\\ud800"',
    '{"\\udc00":1}',
    '"\\uDC00\\uD800"',
    '"a\\u0000b"',
    {},
    [],
    1,
    true,
    undefined,
    '"line\nend"',
  ],
};

const SECRET = 'a-patient-name-4711';

/** What must hold for values that do not fit: refused at the contract's edge, never stored, never shown. */
export const invalidCases: readonly Scenario[] = [
  ...(Object.keys(WRONG) as ColumnType[]).map(
    (type): Scenario => ({
      name: `invalid: what is no ${type} is refused, and nothing is written`,
      body: async (world) => {
        const one = table('t', { value: type });
        for (const wrong of WRONG[type]) {
          await using opened = await begin(world.sink, { tables: [one] });
          await opened.stage([doc(1, 'a', { t: [[null]] })]);
          const rows = [[null], [wrong]] as unknown as Row[];
          await rejects(opened.stage([doc(2, 'a', { t: rows })]), 'INVALID_VALUE');
        }
        assert.deepEqual(await snapshot(world, ['t']), {
          rows: [[]],
          state: undefined,
          ledger: [],
        });
      },
    }),
  ),
  {
    name: 'invalid: a row with more or fewer values than columns is refused',
    body: async (world) => {
      const wrong: unknown[] = [
        [],
        ['x'],
        ['x', 1n, null],
        'x1',
        null,
        { 0: 'x', 1: 1n, length: 2 },
      ];
      for (const row of wrong) {
        const documents = [doc(1, 'a', { runs: [['x', 1n], row as Row] })];
        await rejects(load(world.sink, { documents }), 'INVALID_VALUE');
      }
      assert.deepEqual(await snapshot(world), { rows: [[]], state: undefined, ledger: [] });
    },
  },
  {
    name: 'invalid: the error names table, column and type, and never the value',
    body: async (world) => {
      const one = table('t', { fine: 'string', measured: 'int64', parsed: 'json' });
      const documents = [doc(1, 'a', { t: [['x', SECRET, null]] })];
      const error = await rejects(load(world.sink, { tables: [one], documents }), 'INVALID_VALUE');
      for (const part of ['t', 'measured', 'int64']) assert.ok(error.message.includes(part), part);
      const json = [doc(1, 'a', { t: [['x', 1n, `{"${SECRET}`]] })];
      const other = await rejects(
        load(world.sink, { tables: [one], documents: json }),
        'INVALID_VALUE',
      );
      for (const { message, stack, cause } of [error, other]) {
        assert.ok(
          !`${message} ${stack} ${String(cause)}`.includes(SECRET),
          'the error shows the value',
        );
      }
    },
  },
  {
    name: 'invalid: where the error names a document, it is the one at fault, and the others can be committed without it',
    body: async (world) => {
      const documents = Array.from({ length: 40 }, (_, n) => run(n + 1, 'a', `name ${n + 1}`));
      const wrong = doc(23, 'a', {
        runs: [
          ['x', 1n],
          [SECRET, 'y'],
        ],
      });
      const staged = documents.map((one) => (one.id === wrong.id ? wrong : one));
      const { documentId } = await rejects(
        load(world.sink, { documents: staged }),
        'INVALID_VALUE',
      );
      assert.ok(documentId === undefined || documentId === wrong.id, `it names ${documentId}`);
      await load(world.sink, { documents: documents.filter(({ id }) => id !== wrong.id) });
      assert.equal((await ledger(world.sink)).length, 39);
    },
  },
  {
    name: 'invalid: after a refusal the sink goes on with other loads',
    body: async (world) => {
      const documents = [doc(1, 'a', { runs: [[1, 1n]] })];
      await rejects(load(world.sink, { documents }), 'INVALID_VALUE');
      await load(world.sink, { documents: [run(1, 'a', 'fine')] });
      assert.deepEqual(await names(world), ['fine']);
    },
  },
];
