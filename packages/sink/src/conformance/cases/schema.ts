import assert from 'node:assert/strict';
import type { Table } from '../../sink.ts';
import {
  begin,
  doc,
  id,
  load,
  names,
  rejects,
  run,
  type Scenario,
  SYNC,
  snapshot,
  table,
  values,
} from '../world.ts';

const NARROW = table('t', { a: 'string' });
const WIDE = table('t', { a: 'string', b: 'int64', c: 'json' });

/** What must hold for tables and columns. */
export const schemaCases: readonly Scenario[] = [
  {
    name: 'schema: begin creates the tables: the columns of the sink first, then those given, in order',
    body: async (world) => {
      const wide = table('wide', { z: 'string', a: 'int64', m: 'json', B: 'boolean', é: 'date' });
      await using opened = await begin(world.sink, { tables: [wide, NARROW] });
      assert.ok((await world.database.tables()).includes('wide'));
      assert.ok((await world.database.tables()).includes('t'));
      await opened.stage([doc(1, 'a', { wide: [['x', 1n, '{}', true, null]] })]);
      await opened.commit('s1');
      const [row] = await world.database.read('wide');
      assert.deepEqual(Object.keys(row ?? {}), ['_file_key', '_row', 'z', 'a', 'm', 'B', 'é']);
    },
  },
  {
    name: 'schema: a missing column is added, null in the rows that are there',
    body: async (world) => {
      const first = doc(1, 'a', { t: [['old']] });
      await load(world.sink, { tables: [NARROW], documents: [first], state: 's1' });
      const second = doc(2, 'a', { t: [['new', 2n, '[]']] });
      await load(world.sink, { tables: [WIDE], since: 's1', documents: [second] });
      assert.deepEqual(await world.database.read('t'), [
        { _file_key: id(1), _row: 0n, a: 'old', b: null, c: null },
        { _file_key: id(2), _row: 0n, a: 'new', b: 2n, c: '[]' },
      ]);
    },
  },
  {
    name: 'schema: what a column is said to hold lets nothing fail, and changes nothing',
    body: async (world) => {
      const words = ['it\'s 5 % of "all"; --', 'a\\', 'µ\n$$ ${x} 日本 🧪 ?', 'x'.repeat(600)];
      const [first = '', ...others] = words;
      const said = (description: string, name = 'a'): Table['columns'][number] => ({
        ...{ name, type: 'string', description },
      });
      const narrow = { name: 't', columns: [said(first)] };
      const documents = [doc(1, 'a', { t: [['x']] })];
      await load(world.sink, { tables: [narrow], documents, state: 's1' });
      const wide = {
        name: 't',
        columns: [said('another'), ...others.map((text, at) => said(text, `b${at}`))],
      };
      const more = [doc(2, 'a', { t: [['y', ...others.map(() => 'z')]] })];
      await load(world.sink, { tables: [wide], since: 's1', documents: more });
      assert.deepEqual(await values(world, 't', 'a', 'b0', 'b2'), [
        ['x', null, null],
        ['y', 'z', 'z'],
      ]);
    },
  },
  {
    name: 'schema: a table with more columns than the target holds null there',
    body: async (world) => {
      const full = doc(1, 'a', { t: [['x', 1n, '1']] });
      await load(world.sink, { tables: [WIDE], documents: [full], state: 's1' });
      const documents = [doc(1, 'b', { t: [['y']] }), doc(2, 'a', { t: [['z']] })];
      await load(world.sink, { tables: [NARROW], since: 's1', documents });
      assert.deepEqual(await values(world, 't', 'a', 'b', 'c'), [
        ['y', null, null],
        ['z', null, null],
      ]);
    },
  },
  {
    name: 'schema: columns are matched by name, not by position',
    body: async (world) => {
      const xy = table('t', { x: 'string', y: 'string', z: 'int64' });
      await load(world.sink, {
        tables: [xy],
        documents: [doc(1, 'a', { t: [['x', 'y', 1n]] })],
        state: 's1',
      });
      const yx = table('t', { z: 'int64', w: 'string', y: 'string', x: 'string' });
      const documents = [doc(2, 'a', { t: [[2n, 'w', 'y', 'x']] })];
      await load(world.sink, { tables: [yx], since: 's1', documents });
      assert.deepEqual(await values(world, 't', 'x', 'y', 'z', 'w'), [
        ['x', 'y', 1n, null],
        ['x', 'y', 2n, 'w'],
      ]);
    },
  },
  {
    name: 'schema: a column with another type is refused, and nothing changes in its table',
    body: async (world) => {
      await load(world.sink, { documents: [run(1, 'a', 'x')], state: 's1' });
      const before = await snapshot(world);
      const retyped = [
        table('runs', { added: 'string', name: 'int64', size: 'int64' }),
        table('runs', { added: 'string', name: 'string', size: 'string' }),
        table('runs', { added: 'string', name: 'string', size: 'float64' }),
        table('runs', { size: 'decimal' }),
        table('runs', { name: 'date' }),
        table('runs', { name: 'timestamp' }),
        table('runs', { size: 'boolean' }),
      ];
      for (const wrong of retyped) {
        await rejects(begin(world.sink, { tables: [wrong], since: 's1' }), 'SCHEMA_MISMATCH');
        assert.deepEqual(await snapshot(world), before);
      }
      await load(world.sink, { since: 's1', documents: [run(2, 'a', 'goes on')] });
      assert.deepEqual(await names(world), ['x', 'goes on']);
    },
  },
  {
    name: 'schema: begin with what exists writes nothing, and no table is doubled',
    body: async (world) => {
      await load(world.sink, {
        tables: [WIDE],
        documents: [doc(1, 'a', { t: [['x', 1n, '{}']] })],
      });
      const [tables, rows] = [await world.database.tables(), await world.database.read('t')];
      for (const since of ['state 1', 'any']) {
        const opened = await begin(world.sink, { tables: [WIDE], since });
        await opened[Symbol.asyncDispose]();
      }
      assert.deepEqual(await world.database.tables(), tables);
      assert.deepEqual(await world.database.read('t'), rows);
    },
  },
  {
    name: 'schema: begins at once for the same new tables all succeed, through one sink or several',
    body: async (world) => {
      await using other = await world.open();
      const sinks = [world.sink, other, world.sink, other];
      const loads = await Promise.all(
        sinks.map((sink, n) => begin(sink, { sync: `sync ${n}`, tables: [WIDE, NARROW_2] })),
      );
      for (const [n, opened] of loads.entries()) {
        await opened.stage([doc(n, 'a', { t: [[`${n}`, null, null]] })]);
        await opened.commit('s');
        await opened[Symbol.asyncDispose]();
      }
      assert.deepEqual((await values(world, 't', 'a')).flat(), ['0', '1', '2', '3']);
    },
  },
  {
    name: 'schema: a column that another load adds does not disturb a load that is open',
    body: async (world) => {
      await using narrow = await begin(world.sink, { sync: 'one', tables: [NARROW] });
      await narrow.stage([doc(1, 'a', { t: [['before']] })]);
      await using wide = await begin(world.sink, { sync: 'two', tables: [WIDE] });
      await narrow.stage([doc(2, 'a', { t: [['after']] })]);
      await wide.stage([doc(3, 'a', { t: [['wide', 3n, null]] })]);
      await narrow.commit('s');
      await wide.commit('s');
      assert.deepEqual(await values(world, 't', 'a', 'b'), [
        ['before', null],
        ['after', null],
        ['wide', 3n],
      ]);
    },
  },
  {
    name: 'schema: a name in another case is matched or is another, and no value is lost',
    body: async (world) => {
      const [lower, upper] = [table('t', { note: 'string' }), table('t', { NOTE: 'string' })];
      await load(world.sink, {
        tables: [lower],
        documents: [doc(1, 'a', { t: [['x']] })],
        state: 's1',
      });
      await load(world.sink, {
        tables: [upper],
        since: 's1',
        documents: [doc(2, 'a', { t: [['y']] })],
      });
      const rows = await world.database.read('t');
      const found = rows.map((row) => [row['note'], row['NOTE']].filter((value) => value != null));
      assert.deepEqual(found, [['x'], ['y']]);
    },
  },
  {
    name: 'schema: a load with no tables stores ledger and state',
    body: async (world) => {
      const result = await load(world.sink, { tables: [], documents: [doc(1, 'a', {}, 'failed')] });
      assert.deepEqual(result, { applied: 1, leftAlone: 0 });
      assert.equal(await world.sink.readState(SYNC), 'state 1');
    },
  },
  {
    name: 'schema: a target with forty tables of forty columns is held',
    body: async (world) => {
      const columns = Array.from({ length: 40 }, (_, n) => ({
        name: `c${n}`,
        type: 'int64' as const,
      }));
      const tables: Table[] = Array.from({ length: 40 }, (_, n) => ({ name: `t${n}`, columns }));
      const row = columns.map((_, n) => BigInt(n));
      const rows = Object.fromEntries(tables.map(({ name }) => [name, [row]]));
      await load(world.sink, { tables, documents: [doc(1, 'a', rows)] });
      for (const { name } of [tables[0], tables[39]].filter((found) => found !== undefined)) {
        assert.deepEqual(await values(world, name, ...columns.map((column) => column.name)), [row]);
      }
    },
  },
];

const NARROW_2 = table('u', { a: 'string' });
