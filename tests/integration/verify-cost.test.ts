import { sync, verify } from '@tdp-sync/core';
import { MemoryDatabase, memorySink } from '@tdp-sync/sink/memory';
import { expect, it } from 'vitest';
import { clientOf } from './socketless.ts';

const HOUR_MS = 3_600_000;

it('of 100,000 files three damaged ones are found with a handful of searches', async () => {
  const { emulator, client } = clientOf({});
  const nowMs = Date.now();
  emulator.lake.addBulk({
    count: 100_000,
    category: 'RAW',
    indexedFrom: nowMs - 900 * 24 * HOUR_MS,
    indexedTo: nowMs - HOUR_MS,
  });
  const database = new MemoryDatabase();
  const sink = await memorySink.open({ database }, { baseDir: '/' });
  const options = { name: 'docs', source: client, sourceId: 'here', sink, maxWindowMs: 1e12 };
  expect(await sync(options)).toMatchObject({ outcome: 'complete', loaded: 100_000 });

  emulator.stats.reset();
  expect(await verify(options)).toMatchObject({ outcome: 'equal', shown: 100_000, examined: 0 });
  expect(emulator.stats.searches).toBe(4);

  const ledger = new Map(database.content.ledgers.get('docs'));
  const keys = [...ledger.keys()];
  for (const at of [17, 33_000, 99_000]) ledger.delete(keys[at] ?? '');
  database.content = { ...database.content, ledgers: new Map([['docs', ledger]]) };
  emulator.stats.reset();
  const report = await verify(options);
  expect(report).toMatchObject({ outcome: 'different', found: { missing: 3 }, held: 99_997 });
  expect(report.searches).toBe(emulator.stats.searches);
  expect(report.searches).toBeLessThanOrEqual(8);
  expect(report.examined).toBeLessThan(100);
  expect(await verify({ ...options, repair: true })).toMatchObject({
    outcome: 'equal',
    mended: 3,
  });
});
