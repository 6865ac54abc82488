import assert from 'node:assert/strict';
import type { ColumnType, Value } from '../../sink.ts';
import { meaning, SAMPLES, TYPES } from '../samples.ts';
import { doc, load, type Scenario, snapshot, table, values, type World } from '../world.ts';

/** What must hold for values: each comes back as it was given. */
export const valueCases: readonly Scenario[] = [
  ...TYPES.map(kept),
  {
    name: 'values: null is kept in every type, and is not the empty text',
    body: async (world) => {
      const all = table('t', Object.fromEntries(TYPES.map((type) => [`c_${type}`, type])));
      const empty = TYPES.map(() => null);
      const some = [true, 0n, 0, '0', '', '0001-01-01', '0001-01-01T00:00:00.000000Z', 'null'];
      await load(world.sink, {
        tables: [all],
        documents: [doc(1, 'a', { t: [empty, some, empty] })],
      });
      const seen = await values(world, 't', ...TYPES.map((type) => `c_${type}`));
      const isNull = seen.map((row) => row.map((value) => value === null));
      assert.deepEqual(isNull, [
        TYPES.map(() => true),
        TYPES.map(() => false),
        TYPES.map(() => true),
      ]);
      assert.equal(seen[1]?.[4], '');
    },
  },
  {
    name: 'values: texts of 4,001 characters and of a megabyte are kept whole',
    body: async (world) => {
      const texts = [
        'x'.repeat(4_001),
        'é'.repeat(8_001),
        `${'0123456789abcdef'.repeat(65_536)}\u{1f9ea} `,
      ];
      const one = table('t', { text: 'string', json: 'json' });
      const rows = texts.map((text) => [text, JSON.stringify({ text })]);
      await load(world.sink, { tables: [one], documents: [doc(1, 'a', { t: rows })] });
      const seen = await values(world, 't', 'text', 'json');
      assert.ok(
        seen.every(([text], n) => text === texts[n]),
        'a long text came back changed',
      );
      assert.ok(seen.every(([, json], n) => JSON.parse(String(json)).text === texts[n]));
    },
  },
  {
    name: 'values: json is what the database’s own JSON functions work on',
    body: async (world) => {
      const objects = [
        { key: 'plain' },
        { key: 'é \u{1f9ea} "quoted" \\ \n' },
        { key: null },
        { other: 1 },
        { key: 'x'.repeat(3_000) },
      ];
      const rows = [...objects.map((object) => [JSON.stringify(object)]), [null]];
      const one = table('t', { json: 'json' });
      await load(world.sink, { tables: [one], documents: [doc(1, 'a', { t: rows })] });
      const expected = [...objects.map((object) => object.key ?? null), null];
      assert.deepEqual(await world.database.jsonText('t', 'json', 'key'), expected);
    },
  },
  {
    name: 'values: survive the merge of a second version and of a wider table',
    body: async (world) => {
      const narrow = table('t', { int64: 'int64', text: 'string', time: 'timestamp' });
      const wide = table('t', {
        added: 'decimal',
        time: 'timestamp',
        text: 'string',
        int64: 'int64',
      });
      const { int64, string, timestamp } = SAMPLES;
      const rows = int64.map((value, n) => [value, string[n] ?? '', timestamp[n] ?? null]);
      const documents = [doc(1, 'a', { t: rows }), doc(2, 'a', { t: rows })];
      await load(world.sink, { tables: [narrow], documents, state: 's1' });
      const turned = rows.map(([value, text, time]) => [
        '1.000000001',
        time ?? null,
        text ?? '',
        value ?? 0n,
      ]);
      const since = 's1';
      await load(world.sink, { tables: [wide], since, documents: [doc(2, 'b', { t: turned })] });
      const seen = await values(world, 't', 'int64', 'text', 'time');
      assert.deepEqual(seen, [...rows, ...rows]);
    },
  },
  {
    name: 'values: an empty load of a wide table writes no row',
    body: async (world) => {
      const documents = [doc(1, 'a', { runs: [] }), doc(2, 'a', {})];
      await load(world.sink, { documents, state: 's1' });
      const { rows } = (await snapshot(world)) as { rows: unknown };
      assert.deepEqual(rows, [[]]);
    },
  },
];

function kept(type: ColumnType): Scenario {
  const given = SAMPLES[type];
  return {
    name: `values: ${type} is kept exactly`,
    body: async (world: World) => {
      const one = table('t', { value: type });
      const rows = given.map((value) => [value]);
      await load(world.sink, { tables: [one], documents: [doc(1, 'a', { t: rows })] });
      const seen = (await values(world, 't', 'value')).flat();
      const kept = (value: Value | undefined) => meaning(type, value);
      assert.deepEqual(seen.map(kept), given.map(kept));
    },
  };
}
