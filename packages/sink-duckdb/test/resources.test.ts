import type { Column, Document, Table } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { temporaryFolder } from './folder.ts';
import { query } from './query.ts';

const LAB: Table = { name: 'lab', columns: [{ name: 'document', type: 'json' }] };

test('staging and committing ten thousand documents lets other work go on', async () => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open();
  const body = JSON.stringify({
    peaks: Array.from({ length: 100 }, (_, n) => ({ n, area: n / 7 })),
  });
  const documents = Array.from(
    { length: 10_000 },
    (_, n): Document => ({
      id: n.toString(16).padStart(32, '0'),
      order: 'a',
      status: 'loaded',
      rows: new Map([['lab', [[body]]]]),
    }),
  );
  await using load = await sink.begin({ sync: 'lab', tables: [LAB], since: undefined });
  const longestTurnMs = watchTurns();
  await load.stage(documents);
  await load.commit('s1');
  // The aim is 50 ms.
  expect(longestTurnMs()).toBeLessThan(250);
});

/**
 * The most CPU time that this thread has taken between two turns of its event loop, until it is asked. The clock would go on while other processes
 * have the machine.
 */
function watchTurns(): () => number {
  let [longestUs, last, isOver] = [0, process.threadCpuUsage(), false];
  const turn = (): void => {
    const { user, system } = process.threadCpuUsage(last);
    longestUs = Math.max(longestUs, user + system);
    last = process.threadCpuUsage();
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  return () => {
    isOver = true;
    turn();
    return longestUs / 1000;
  };
}

test('what a load has staged is given back when it is over', async () => {
  await using folder = await temporaryFolder();
  // Committed rows that fill such a row group are in the file and not in memory.
  const config = { rowGroupSize: 2_048 };
  await using sink = await folder.open(config);
  const body = JSON.stringify('x'.repeat(2_000));
  for (let n = 0; n < 20; n += 1) {
    await using load = await sink.begin({ sync: `lab ${n}`, tables: [LAB], since: undefined });
    const rows = new Map([['lab', [[body]]]]);
    await load.stage(
      Array.from({ length: 2_048 }, (_, at) => ({
        id: at.toString(16).padStart(32, '0'),
        order: 'a',
        status: 'loaded',
        rows,
      })),
    );
    if (n % 2 === 0) await load.commit('s1');
  }
  const sql =
    "SELECT temporary_storage_bytes + memory_usage_bytes < 4e6 FROM duckdb_memory() WHERE tag = 'IN_MEMORY_TABLE'";
  expect(await query(folder, sql, config)).toEqual([[true]]);
});

test('a load that is too wide for the memory fails with what to do, and the next one is none the worse', async () => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open({ memoryLimit: '24MB' });
  const columns = Array.from({ length: 60 }, (_, n): Column => ({ name: `c${n}`, type: 'string' }));
  const wide = Array.from({ length: 60 }, (_, n): Table => ({ name: `wide_${n}`, columns }));
  const document = (tables: readonly Table[]): Document => ({
    id: '0'.repeat(32),
    order: 'a',
    status: 'loaded',
    rows: new Map(tables.map(({ name }) => [name, [columns.map(() => 'text')]])),
  });
  const load = async (tables: readonly Table[]): Promise<void> => {
    await using opened = await sink.begin({ sync: 'lab', tables, since: undefined });
    await opened.stage([document(tables)]);
    await opened.commit('s1');
  };
  const error = await load(wide).catch((error: unknown) => error);
  expect(error).toMatchObject({ name: 'SinkError', code: 'SINK_FAILED', retryable: false });
  expect(String(error)).toContain('Raise "memoryLimit"');
  await load(wide.slice(0, 5));
  expect(await sink.readState('lab')).toBe('s1');
});
