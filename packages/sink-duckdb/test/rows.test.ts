import type { Document, Table } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { temporaryFolder } from './folder.ts';
import { query } from './query.ts';

const LAB: Table = { name: 'lab', columns: [{ name: 'document', type: 'json' }] };
const LENGTH = 40_000;

function id(n: number): string {
  return n.toString(16).padStart(32, '0');
}

/** Texts that differ, so that DuckDB has to pack each. */
function body(n: number): string {
  let text = '';
  for (let at = n; text.length < LENGTH; at += 7) text += `${at * 7_919},`;
  return JSON.stringify(text);
}

test('documents are read that DuckDB could not unpack together in its memory', async () => {
  await using folder = await temporaryFolder();
  const config = { memoryLimit: '100MB' };
  let since: string | undefined;
  {
    await using sink = await folder.open(config);
    for (let from = 0; from < 2_048; from += 256) {
      const documents = Array.from({ length: 256 }, (_, n): Document => {
        const rows = new Map([['lab', [[body(from + n)]]]]);
        return { id: id(from + n), order: 'a', status: 'loaded', rows };
      });
      await using load = await sink.begin({ sync: 'lab', tables: [LAB], since });
      await load.stage(documents);
      since = `s${from}`;
      await load.commit(since);
    }
  }
  await using sink = await folder.open(config);
  await query(folder, 'CHECKPOINT tdp', config);
  await expect(query(folder, 'SELECT document FROM lab', config)).rejects.toThrow('out of memory');
  const ids = [7, 1_500, 2_047];
  const found: string[] = [];
  for await (const { id: key, row } of sink.rows(LAB, ids.map(id))) {
    found.push(key);
    expect(row[0] === body(Number.parseInt(key, 16))).toBe(true);
  }
  expect(found).toEqual(ids.map(id));
}, 60_000);
