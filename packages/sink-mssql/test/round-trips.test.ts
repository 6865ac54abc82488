import type { Document, Sink, Table } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { openOn } from './tds/lab.ts';

function tablesOf(count: number): readonly Table[] {
  const columns = [{ name: 'area', type: 'float64' as const }];
  return Array.from({ length: count }, (_, n) => ({ name: `t${n}`, columns }));
}

async function load(sink: Sink, tables: readonly Table[], order: string, since?: string) {
  const rows = new Map(tables.map(({ name }) => [name, [[1.5], [2.5]]]));
  const document = (n: number): Document => ({
    ...{ id: n.toString(16).padStart(32, '0'), order, status: 'loaded', rows },
  });
  await using load = await sink.begin({ sync: 'lab', tables, since });
  await load.stage([document(1), document(2)]);
  await load.commit(order);
}

test.each([
  // A look at the tables, the tables emptied, two for each bulk load, the commit.
  [1, 9],
  [10, 27],
  [60, 127],
])('a load of %i tables takes %i round trips, without a login', async (count, expected) => {
  await using world = await openOn();
  const tables = tablesOf(count);
  const counted = async (order: string, since?: string): Promise<number> => {
    const before = world.server.roundTrips;
    await load(world.sink, tables, order, since);
    return world.server.roundTrips - before;
  };
  await counted('a');
  const logins = world.server.sessions.length;
  expect([await counted('b', 'a'), await counted('c', 'b')]).toEqual([expected, expected]);
  expect(world.server.sessions).toHaveLength(logins);
});
