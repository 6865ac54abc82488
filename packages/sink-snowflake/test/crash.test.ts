import type { StoredDocument } from '@tdp-sync/sink';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { documentsAfter, documentsOf, stamp, TABLES } from './child/loads.ts';
import { type Lab, openLab } from './lab.ts';
import { statementsOf } from './server/block.ts';
import type { Front } from './server/front.ts';
import { configOf, hasServer, startFront, title } from './server.ts';
import { Writer } from './writer.ts';

/** How often a process is killed at some moment, and how long at most after the statement that is chosen has come. */
const KILLS = 5;
const DELAY_MS = 80;

let front: Front;
beforeAll(async () => {
  if (hasServer) front = await startFront();
});
afterAll(async () => {
  await front?.[Symbol.asyncDispose]();
});
beforeEach(() => front?.reset());

describe.skipIf(!hasServer)(title('kill -9 of a process that loads'), () => {
  test('at each statement: nothing of the load is there, and the next process does it once', async () => {
    await using lab = await openLab(configOf(front));
    const statements = await statementsOfLoad(lab);
    const moved = statements.findIndex((text) => text.startsWith('UPDATE'));
    expect(moved).toBeGreaterThan(5);
    expect(statements.at(-1)).toBe('COMMIT');
    let n = 2;
    for (const [at, statement] of statements.entries()) {
      const said = await loadUntilKilled(lab, n, (kill) => {
        let seen = 0;
        front.held = { is: () => seen++ === at, reached: kill };
      });
      expect(said, statement).toBe(undefined);
      n += 1;
      // It holds the lock from the moment on that it has moved the state; others read meanwhile.
      expect(front.isLocked, statement).toBe(at > moved);
      expect(await wholeLoad(lab), statement).toBe(n);
    }
    await front.abortTransactions();
    expect(await loaded(lab, n + 1)).toEqual({ applied: 3, leftAlone: 0 });
    expect(await wholeLoad(lab)).toBe(n + 1);
  });

  test('when COMMIT is done and its answer is not there yet: all of the load is there, and is left alone when it comes again', async () => {
    await using lab = await openLab(configOf(front));
    await statementsOfLoad(lab);
    const said = await loadUntilKilled(lab, 2, (kill) => {
      front.held = { is: (text) => text === 'COMMIT', isDone: true, reached: kill };
    });
    expect(said).toBe(undefined);
    expect(await wholeLoad(lab)).toBe(4);
    expect(await loaded(lab, 4, stamp(4))).toEqual({ applied: 0, leftAlone: 3 });
    expect(await wholeLoad(lab)).toBe(4);
  });

  test('at any moment: all of the load is there or nothing, and the next process goes on from there', async () => {
    await using lab = await openLab(configOf(front));
    await statementsOfLoad(lab);
    const requests = front.statements.length;
    const random = numbers(4711);
    let n = 2;
    for (let round = 0; round < KILLS; round += 1) {
      const at = Math.floor(random() * requests);
      const said = await loadUntilKilled(lab, n, (kill) => {
        let seen = 0;
        front.before = async () => {
          if (seen++ === at) setTimeout(kill, random() * DELAY_MS);
        };
      });
      const reached = await wholeLoad(lab);
      expect(said === undefined ? [n + 1, n + 2] : [Number(said)]).toContain(reached);
      n = reached;
    }
  });
});

/** Two loads, and what the second one has sent: the first creates the tables. */
async function statementsOfLoad(lab: Lab): Promise<readonly string[]> {
  await loaded(lab, 1);
  await lab.sink.readState('lab');
  front.reset();
  await loaded(lab, 2);
  return front.statements.flatMap(statementsOf);
}

async function loaded(lab: Lab, n: number, since = n === 1 ? undefined : stamp(n - 1)) {
  await using load = await lab.sink.begin({ sync: 'lab', tables: TABLES, since });
  await load.stage(documentsOf(n));
  return await load.commit(stamp(n));
}

/**
 * A new process finds what there is after n loads, does the next, and is killed over the one after that, of which it says nothing then:
 * `undefined`.
 */
async function loadUntilKilled(
  { database }: Lab,
  n: number,
  killLater: (kill: () => void) => void,
): Promise<string | undefined> {
  // Snowflake ends the transaction of who is dead when another one has waited for five minutes.
  void front.waited().then(() => front.abortTransactions());
  await using writer = await Writer.start(database);
  expect(writer.found).toBe(stamp(n));
  expect(await writer.load()).toBe(stamp(n + 1));
  killLater(() => writer.kill());
  const said = await writer.load();
  front.mend();
  await front.idle();
  return said;
}

/** After which load this is what there is: state, ledger and rows, all of them, and nothing else. */
async function wholeLoad({ sink, database }: Lab): Promise<number> {
  const n = Number(await sink.readState('lab'));
  const documents = documentsAfter(n);
  const lines: readonly StoredDocument[] = await Array.fromAsync(sink.documents('lab'));
  expect(lines).toEqual(documents.map(({ id, order, status }) => ({ id, order, status })));
  for (const { name } of TABLES) {
    const rows = await database.read(name);
    const expected = documents.flatMap(({ id, order, rows }) =>
      [...(rows.get(name) ?? [])].map((_, row) => [id, BigInt(row), BigInt(order)]),
    );
    expect(rows.map((row) => [row['_FILE_KEY'], row['_ROW'], row['LOAD']])).toEqual(expected);
  }
  expect(await Array.fromAsync(sink.damages('lab', TABLES))).toEqual([]);
  const tables = ['PEAKS', 'RUNS', '_TDP_SYNC_DOCUMENTS', '_TDP_SYNC_STATE'];
  expect(await database.tables()).toEqual(tables);
  return n;
}

/** The same numbers from 0 to 1 in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
