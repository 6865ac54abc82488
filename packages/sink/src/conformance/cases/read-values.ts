import assert from 'node:assert/strict';
import { SinkError } from '../../errors.ts';
import type { ColumnType, Sink, Table } from '../../sink.ts';
import { shortestDecimal } from '../../values.ts';
import { HELD, HELD_OR_REFUSED } from '../odd-names.ts';
import { meaning, SAMPLES, TYPES } from '../samples.ts';
import {
  begin,
  doc,
  id,
  load,
  names,
  RUNS,
  rejects,
  run,
  type Scenario,
  SYNC,
  snapshot,
  stored,
  table,
} from '../world.ts';

const ALL: Table = table('t', Object.fromEntries(TYPES.map((type) => [`c_${type}`, type])));

/** What must hold for what is read back: the values, the columns and the names. */
export const readValueCases: readonly Scenario[] = [
  ...TYPES.map(readExactly),
  {
    name: 'rows: null is read in every type, and is not the empty text',
    body: async ({ sink }) => {
      const empty = TYPES.map(() => null);
      const some = [true, 0n, 0, '0', '', '0001-01-01', '0001-01-01T00:00:00.000000Z', 'null'];
      const rows = [empty, some, empty];
      await load(sink, { tables: [ALL], documents: [doc(1, 'a', { t: rows })] });
      assert.deepEqual(
        (await stored(sink, ALL, [id(1)])).map(({ row }) => row),
        rows,
      );
    },
  },
  {
    name: 'rows: what is read may be staged again, and nothing changes',
    body: async (world) => {
      const longest = Math.max(...TYPES.map((type) => SAMPLES[type].length));
      const rows = Array.from({ length: longest }, (_, n) =>
        TYPES.map((type) => SAMPLES[type][n] ?? null),
      );
      await load(world.sink, { tables: [ALL], documents: [doc(1, 'a', { t: rows })], state: 's1' });
      const before = await world.database.read('t');
      const read = await stored(world.sink, ALL, [id(1)]);
      const documents = [doc(1, 'b', { t: read.map(({ row }) => row) })];
      const result = await load(world.sink, { tables: [ALL], since: 's1', documents });
      assert.deepEqual(result, { applied: 1, leftAlone: 0 });
      const kept = (found: typeof before) =>
        found.map((row) => TYPES.map((type) => meaning(type, row[`c_${type}`])));
      assert.deepEqual(kept(await world.database.read('t')), kept(before));
      assert.deepEqual(await stored(world.sink, ALL, [id(1)]), read);
    },
  },
  {
    name: 'rows: have the columns that are asked for, in that order, null where the table lacks one',
    body: async (world) => {
      const xyz = table('t', { x: 'string', y: 'string', z: 'int64' });
      await load(world.sink, {
        tables: [xyz],
        documents: [doc(1, 'a', { t: [['x', 'y', 1n]] })],
        state: 's1',
      });
      const before = await snapshot(world, ['t']);
      const read = async (asked: Table) => (await stored(world.sink, asked, [id(1)]))[0]?.row;
      const asked = table('t', { z: 'int64', w: 'json', y: 'string', v: 'decimal' });
      assert.deepEqual(await read(asked), [1n, null, 'y', null]);
      assert.deepEqual(await read(table('t', { w: 'date' })), [null]);
      assert.deepEqual(await snapshot(world, ['t']), before);
      // A name in another case is matched or is another: as `begin` has it, so has `rows`.
      const cased = table('t', { Y: 'string' });
      const found = await read(cased);
      await load(world.sink, { tables: [cased], since: 's1', state: 's2' });
      assert.deepEqual(await read(cased), found);
    },
  },
  {
    name: 'rows: a column of another type is SCHEMA_MISMATCH, whatever the ids',
    body: async (world) => {
      await load(world.sink, { documents: [run(1, 'a', 'x')] });
      const before = await snapshot(world);
      const retyped = [
        table('runs', { name: 'int64', size: 'int64' }),
        table('runs', { added: 'string', size: 'string' }),
        table('runs', { size: 'float64' }),
        table('runs', { size: 'decimal' }),
        table('runs', { name: 'date' }),
        table('runs', { name: 'timestamp' }),
        table('runs', { size: 'boolean' }),
      ];
      for (const wrong of retyped) {
        for (const ids of [[id(1)], [id(2)], []]) {
          await rejects(stored(world.sink, wrong, ids), 'SCHEMA_MISMATCH');
        }
      }
      assert.deepEqual(await snapshot(world), before);
    },
  },
  {
    name: 'rows: of a table or column that is not of its form are INVALID_VALUE',
    body: async ({ sink }) => {
      await load(sink, { documents: [run(1, 'a', 'x')] });
      const bad = ['', 'x'.repeat(129), 'a\0b', 'a\ud800'];
      const tables = [...bad, '_tdp_sync_state', '_TDP_SYNC_documents'].map((name) =>
        table(name, { name: 'string' }),
      );
      const columns = [...bad, '_file_key', '_ROW'].map((name) =>
        table('runs', { [name]: 'string' }),
      );
      const twice = table('runs', { name: 'string', NAME: 'string' });
      for (const wrong of [...tables, ...columns, twice, { name: 'runs', columns: [] }]) {
        await rejects(stored(sink, wrong, [id(1)]), 'INVALID_VALUE');
      }
    },
  },
  {
    name: 'rows: of tables and columns by every name that is held, and none does harm',
    body: async (world) => {
      const { sink } = world;
      await load(sink, { documents: [run(1, 'a', 'x')] });
      const wide: Table = { name: 'wide', columns: HELD.map((name) => ({ name, type: 'string' })) };
      for (const missing of [...HELD, ...HELD_OR_REFUSED]) {
        assert.deepEqual(await readOrRefused(sink, table(missing, { a: 'string' })), []);
        await readOrRefused(sink, table('runs', { [missing]: 'json' }));
      }
      assert.deepEqual(await names(world), ['x']);
      const held = HELD.map((name) => table(name, { [name]: 'string' }));
      const odd: Table[] = [];
      for (const name of HELD_OR_REFUSED) {
        const one = table(name, { [name]: 'string' });
        if (await isHeld(sink, one)) odd.push(one);
      }
      const tables = [wide, ...held, ...odd];
      const rows = tables.map(({ name, columns }) => [name, [columns.map((one) => one.name)]]);
      const documents = [doc(1, 'b', Object.fromEntries(rows))];
      await load(sink, { tables, since: await sink.readState(SYNC), documents });
      for (const asked of tables) {
        const expected = [{ id: id(1), row: asked.columns.map((one) => one.name) }];
        assert.deepEqual(await stored(sink, asked, [id(1)]), expected, asked.name);
      }
      assert.deepEqual((await stored(sink, RUNS, [id(1)]))[0]?.row, ['x', 1n]);
    },
  },
];

function readExactly(type: ColumnType): Scenario {
  return {
    name: `rows: ${type} is read back exactly`,
    body: async ({ sink }) => {
      const one = table('t', { value: type });
      const given = SAMPLES[type];
      const rows = given.map((value) => [value]);
      await load(sink, { tables: [one], documents: [doc(1, 'a', { t: rows })] });
      const seen = (await stored(sink, one, [id(1)])).map(({ row }) => row[0]);
      if (type === 'decimal') {
        assert.deepEqual(
          seen,
          given.map((value) => shortestDecimal(String(value))),
        );
      } else {
        const kept = (value: (typeof seen)[number]) => meaning(type, value);
        assert.deepEqual(seen.map(kept), given.map(kept));
      }
    },
  };
}

/** A name that the database cannot hold is refused by `rows` too, or names nothing. */
async function readOrRefused(sink: Sink, asked: Table): Promise<readonly unknown[]> {
  try {
    return await stored(sink, asked, [id(1)]);
  } catch (error) {
    assert.ok(error instanceof Error && error.name === SinkError.name, `${asked.name}: ${error}`);
    const { code } = error as SinkError;
    // `name` and `size` may be matched by a name in another case, and are no json.
    assert.ok(code === 'INVALID_VALUE' || code === 'SCHEMA_MISMATCH', error.message);
    return [];
  }
}

async function isHeld(sink: Sink, one: Table): Promise<boolean> {
  try {
    const opened = await begin(sink, { tables: [one], since: await sink.readState(SYNC) });
    await opened[Symbol.asyncDispose]();
    return true;
  } catch (error) {
    assert.equal((error as SinkError).code, 'INVALID_VALUE', `${one.name}: ${error}`);
    return false;
  }
}
