import type { Document, Table } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { openOn } from './tds/lab.ts';

const tables: readonly Table[] = ['peaks', 'runs'].map((name) => ({
  name,
  columns: [{ name: 'area', type: 'float64' }],
}));

function document(n: number, order: string, peaks: number, runs = 1): Document {
  const rows = (count: number) => Array.from({ length: count }, (_, at) => [n * 100_000 + at]);
  const id = n.toString(16).padStart(32, '0');
  // Named in another order than the target has them.
  const byTable = [
    ['runs', rows(runs)],
    ['peaks', rows(peaks)],
  ] as const;
  return { id, order, status: 'loaded', rows: new Map(byTable) };
}

test.each([
  ['documents that come in any order', [3, 1, 2].map((n) => document(n, 'a', 2))],
  [
    'a document that is staged twice',
    [document(1, 'b', 3), document(2, 'a', 2), document(1, 'a', 2)],
  ],
  ['more than one bulk load holds', [document(2, 'a', 15_000), document(1, 'a', 15_000, 0)]],
])('rows are sent in the order that their tables have: %s', async (_, documents) => {
  await using world = await openOn();
  await using load = await world.sink.begin({ sync: 'lab', tables, since: undefined });
  // The server refuses a bulk load that is not in the order that it was told.
  await load.stage(documents);
  const ids = new Set(documents.map(({ id }) => id));
  expect(await load.commit('s1')).toMatchObject({ applied: ids.size });
  const [first] = documents;
  const table = tables[0];
  if (first === undefined || table === undefined) throw new Error('there is none');
  const rows = await Array.fromAsync(world.sink.rows(table, [first.id]));
  expect(rows.map(({ row }) => row)).toEqual(first.rows.get('peaks'));
  const bulks = world.server.sessions.flat().filter(({ kind }) => kind === 'batch');
  const orders = bulks.flatMap((one) =>
    'sql' in one ? (/ORDER \(.*?\)/.exec(one.sql) ?? []) : [],
  );
  expect(new Set(orders)).toEqual(new Set(['ORDER (id ASC, r ASC)', 'ORDER (t ASC, seq ASC)']));
});
