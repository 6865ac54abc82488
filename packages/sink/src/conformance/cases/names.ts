import assert from 'node:assert/strict';
import { SinkError } from '../../errors.ts';
import type { Table } from '../../sink.ts';
import { HELD, HELD_OR_REFUSED } from '../odd-names.ts';
import {
  begin,
  doc,
  ledger,
  load,
  names,
  rejects,
  run,
  type Scenario,
  SYNC,
  table,
  values,
} from '../world.ts';

/** What must hold for names of tables and columns. */
export const nameCases: readonly Scenario[] = [
  {
    name: 'names: columns may be called by reserved words, with blanks, in any script, 128 long',
    body: async (world) => {
      const columns = HELD.map((name) => ({ name, type: 'string' as const }));
      const wide: Table = { name: 'wide', columns };
      await load(world.sink, {
        tables: [wide],
        documents: [doc(1, 'a', { wide: [HELD] })],
        state: 's1',
      });
      await load(world.sink, {
        tables: [wide],
        since: 's1',
        documents: [doc(1, 'b', { wide: [HELD] })],
      });
      assert.deepEqual(await values(world, 'wide', ...HELD), [HELD]);
    },
  },
  {
    name: 'names: tables may be called by reserved words, with blanks, in any script, 128 long',
    body: async (world) => {
      const tables = HELD.map((name) => table(name, { value: 'string' }));
      const rows = Object.fromEntries(HELD.map((name) => [name, [[name]]]));
      await load(world.sink, { tables, documents: [doc(1, 'a', rows)], state: 's1' });
      const emptied = doc(1, 'b', { ...rows, select: [] });
      await load(world.sink, { tables, since: 's1', documents: [emptied] });
      for (const name of HELD) {
        const expected = name === 'select' ? [] : [[name]];
        assert.deepEqual(await values(world, name, 'value'), expected, name);
      }
      const seen = new Set(await world.database.tables());
      assert.deepEqual(
        HELD.filter((name) => !seen.has(name)),
        [],
      );
    },
  },
  {
    name: 'names: quotes, dots, semicolons and the like in columns are held or refused, and do no harm',
    body: async (world) => {
      await load(world.sink, { documents: [run(1, 'a', 'x')], state: 's1' });
      for (const [n, name] of HELD_OR_REFUSED.entries()) {
        await heldOrRefused(world, table(`t${n}`, { [name]: 'string' }), name);
      }
      assert.deepEqual(await names(world), ['x']);
    },
  },
  {
    name: 'names: quotes, dots, semicolons and the like in tables are held or refused, and do no harm',
    body: async (world) => {
      await load(world.sink, { documents: [run(1, 'a', 'x')], state: 's1' });
      for (const name of HELD_OR_REFUSED) {
        await heldOrRefused(world, table(name, { value: 'string' }), 'value');
      }
      assert.deepEqual(await names(world), ['x']);
    },
  },
  {
    name: 'names: two that differ only in case are refused in one target',
    body: async (world) => {
      const twice = table('t', { note: 'string', NOTE: 'string' });
      await rejects(begin(world.sink, { tables: [twice] }), 'INVALID_VALUE');
      const tables = [table('t', { a: 'string' }), table('T', { a: 'string' })];
      await rejects(begin(world.sink, { tables }), 'INVALID_VALUE');
      const seen = await world.database.tables();
      assert.deepEqual(
        seen.filter((name) => name.toLowerCase() === 't'),
        [],
      );
    },
  },
  {
    name: 'names: empty, too long, ill-formed and reserved ones are refused, and nothing is created',
    body: async (world) => {
      const before = await world.database.tables();
      const bad = ['', 'x'.repeat(129), 'a\0b', 'a\ud800'];
      const columns = [...bad, '_file_key', '_ROW', '_row'].map((name) =>
        table('t', { [name]: 'string' }),
      );
      const tables = [...bad, '_tdp_sync_state', '_TDP_SYNC_x'].map((name) =>
        table(name, { a: 'string' }),
      );
      const none: Table = { name: 't', columns: [] };
      for (const wrong of [...columns, ...tables, none]) {
        await rejects(begin(world.sink, { tables: [wrong] }), 'INVALID_VALUE');
      }
      assert.deepEqual(await world.database.tables(), before);
    },
  },
];

async function heldOrRefused(
  world: Parameters<Scenario['body']>[0],
  odd: Table,
  column: string,
): Promise<void> {
  const before = await world.database.tables();
  const since = await world.sink.readState(SYNC);
  const number = (await ledger(world.sink)).length + 100;
  const documents = [doc(number, 'a', { [odd.name]: [['one'], ['two']] })];
  try {
    await load(world.sink, { tables: [odd], since, documents, state: `${since}+` });
  } catch (error) {
    assert.ok(error instanceof Error && error.name === SinkError.name, `${odd.name}: ${error}`);
    assert.equal((error as SinkError).code, 'INVALID_VALUE', `${odd.name}: ${error.message}`);
    assert.deepEqual(await world.database.tables(), before);
    return;
  }
  assert.ok((await world.database.tables()).includes(odd.name), odd.name);
  assert.deepEqual((await values(world, odd.name, column)).flat(), ['one', 'two'], odd.name);
}
