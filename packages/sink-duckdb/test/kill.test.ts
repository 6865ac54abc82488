import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { StoredDocument } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { rowCounts } from './child/ledger-of-loads.ts';
import { type Folder, temporaryFolder } from './folder.ts';
import { query } from './query.ts';

const ROUNDS = 8;

test('kill -9 at any moment leaves rows, ledger and state of one commit', async () => {
  await using folder = await temporaryFolder();
  const random = numbers(4711);
  for (let round = 0; round < ROUNDS; round += 1) {
    const threshold = round % 2 === 0 ? '256MB' : '1MB';
    const acknowledged = await writeUntilKilled(folder, round, threshold, random);
    await expectWhole(folder, acknowledged);
  }
});

/** Kills the writer some acknowledged commits after its start, and a little later: in the midst of the next. */
async function writeUntilKilled(
  folder: Folder,
  round: number,
  threshold: string,
  random: () => number,
): Promise<string> {
  const script = fileURLToPath(new URL('./child/writer.ts', import.meta.url));
  const child = spawn(process.execPath, [script, folder.path, String(round), threshold], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let left = 1 + Math.floor(random() * 25);
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    left -= 1;
    if (left === 0) setTimeout(() => child.kill('SIGKILL'), random() * 12);
  }
  await ended;
  expect(child.signalCode).toBe('SIGKILL');
  return last;
}

async function expectWhole(folder: Folder, acknowledged: string): Promise<void> {
  await using sink = await folder.open();
  const state = (await sink.readState('lab')) ?? '';
  expect(state >= acknowledged, `${state} is stored, ${acknowledged} was acknowledged`).toBe(true);
  const ledger: StoredDocument[] = [];
  for await (const line of sink.documents('lab')) ledger.push(line);
  expect(
    ledger
      .map((line) => line.order)
      .sort()
      .at(-1),
  ).toBe(state);
  for (const [table, count] of [
    ['runs', 'runs'],
    ['peaks', 'peaks'],
  ] as const) {
    const sql = `SELECT _file_key, count(*), min(load), max(load), count(DISTINCT _row) FROM ${table} GROUP BY ALL ORDER BY ALL`;
    const expected = ledger
      .map(({ id, order }) => ({
        id,
        n: Number(order),
        rows: BigInt(rowCounts(Number(order))[count]),
      }))
      .filter(({ rows }) => rows > 0n)
      .map(({ id, n, rows }) => [id, rows, BigInt(n), BigInt(n), rows]);
    expect(await query(folder, sql)).toEqual(expected);
  }
}

/** The same numbers from 0 to 1 in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
