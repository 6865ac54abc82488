import type { Sink, Table } from '@tdp-sync/sink';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { begin, documentOf, ledgerOf, openLab, RUNS } from './lab.ts';
import { statementsOf } from './server/block.ts';
import type { Front } from './server/front.ts';
import { configOf, hasServer, startFront, title } from './server.ts';

let front: Front;
beforeAll(async () => {
  if (hasServer) front = await startFront();
});
afterAll(async () => {
  await front?.[Symbol.asyncDispose]();
});
beforeEach(() => front?.reset());

function tablesOf(count: number): readonly Table[] {
  return Array.from({ length: count }, (_, at) => ({
    name: `t${at}`,
    columns: [{ name: 'value', type: 'string' }],
  }));
}

/** What one load sends whose only document names so many tables. */
async function costOf(sink: Sink, count: number, order: string) {
  const tables = tablesOf(count);
  await using load = await begin(sink, tables);
  front.reset();
  const rows = Object.fromEntries(tables.map(({ name }) => [name, [['a']]]));
  await load.stage([documentOf(count, order, rows)]);
  await load.commit(`${count} ${order}`);
  // The second address of a file, which not every cloud is asked for, is not counted.
  const sent = front.statements.filter((text) => !text.startsWith('PUT file://undefined'));
  return { requests: sent.length, statements: sent.flatMap(statementsOf).length };
}

describe.skipIf(!hasServer)(title('what is sent'), () => {
  test('for a load: as many requests whatever the number of tables, two statements for each', async () => {
    await using lab = await openLab(configOf(front));
    // The first load of a sync makes the row of its state.
    await costOf(lab.sink, 1, '0');
    const costs = [];
    for (const count of [1, 10, 60]) costs.push(await costOf(lab.sink, count, '1'));
    expect(costs).toEqual([
      { requests: 11, statements: 17 },
      { requests: 11, statements: 35 },
      { requests: 11, statements: 135 },
    ]);
  });

  test('for an empty load: one statement', async () => {
    await using lab = await openLab(configOf(front));
    await (await begin(lab.sink, [])).commit('first');
    const load = await begin(lab.sink, []);
    front.reset();
    await load.commit('second');
    expect(front.statements.map((text) => text.slice(0, 6))).toEqual(['UPDATE']);
  });

  test('tables are described once, not for each load', async () => {
    await using lab = await openLab(configOf(front));
    const described = () => front.statements.filter((text) => text.startsWith('DESCRIBE')).length;
    await begin(lab.sink, tablesOf(3));
    front.reset();
    await begin(lab.sink, tablesOf(3));
    await begin(lab.sink, tablesOf(2));
    expect(described()).toBe(0);
    await begin(lab.sink, [...tablesOf(3), RUNS]);
    // Missing, not made with the other setting either, and what it is once it is made.
    expect(described()).toBe(3);
  });

  test('several tables are created with one request', async () => {
    await using lab = await openLab(configOf(front));
    front.reset();
    await begin(lab.sink, tablesOf(10));
    const creating = front.statements.filter((text) => text.includes('CREATE TABLE'));
    expect(creating).toHaveLength(1);
  });
});

describe.skipIf(!hasServer)(title('a warehouse'), () => {
  test('is woken by no run that has nothing to store', async () => {
    await using lab = await openLab(configOf(front));
    await using load = await begin(lab.sink);
    await load.stage([documentOf(1, '1', { runs: [['a', 1]] })]);
    await load.commit('moved');
    const quiet = async () => {
      const { config, context } = lab.database;
      const { snowflakeSink } = await import('../src/adapter.ts');
      const { configSchema } = await import('../src/config.ts');
      await using sink = await snowflakeSink.open(configSchema.parse(config), context);
      await sink.readState('lab');
      await Array.fromAsync(sink.documents('lab', { status: 'failed' }));
      await sink.readState('lab');
    };
    await quiet();
    expect(front.meter.statements.length).toBeGreaterThan(0);
    front.reset();
    await quiet();
    expect(front.statements.length).toBeGreaterThan(5);
    expect(front.meter.statements).toEqual([]);
    // The meter can tell: a commit wakes it, and after that what was answered before is asked anew.
    await (await begin(lab.sink, [])).commit('next');
    expect(front.meter.statements.length).toBeGreaterThan(0);
    expect(await ledgerOf(lab.sink)).toHaveLength(1);
  });
});
