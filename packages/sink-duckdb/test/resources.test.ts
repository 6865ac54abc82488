import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Document, Table } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { temporaryFolder } from './folder.ts';

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
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  await load.stage(documents);
  await load.commit('s1');
  delay.disable();
  // The aim is 50 ms; machines that test are shared.
  expect(delay.max / 1e6).toBeLessThan(250);
});
