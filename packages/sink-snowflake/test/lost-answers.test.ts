import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { begin, documentOf, ledgerOf, openLab, openOn, PEAKS, RUNS } from './lab.ts';
import type { Asked } from './server/faults.ts';
import type { Front } from './server/front.ts';
import { configOf, hasServer, startFront, title } from './server.ts';

/** Every kind of statement that a load of documents sends, by how it begins. */
const STATEMENTS = {
  'login settings': /^ALTER SESSION/,
  'temporary tables': /CREATE OR REPLACE TEMPORARY TABLE _TDP_SYNC_STAGED/,
  upload: /^PUT file:\/\/\/tdp-sync\/lines/,
  copy: /^COPY INTO/,
  'count of lines': /^SELECT TO_VARCHAR\(COUNT\(\*\)\) FROM _TDP_SYNC_STAGED/,
  'row of the state': /^MERGE INTO/,
  records: /INSERT INTO _TDP_SYNC_ENTRIES/,
  begin: /^BEGIN TRANSACTION/,
  state: /^UPDATE .*"_TDP_SYNC_STATE"/,
  'writes of the commit': /INSERT INTO _TDP_SYNC_WINNERS/,
  'count of winners': /^SELECT TO_VARCHAR\(COUNT\(\*\)\), .* FROM _TDP_SYNC_WINNERS/,
  commit: /^COMMIT/,
} as const;

let front: Front;
beforeAll(async () => {
  if (hasServer) front = await startFront();
});
afterAll(async () => {
  await front?.[Symbol.asyncDispose]();
});
beforeEach(() => front?.reset());

/** Loses the answer to the first statement of a kind. */
function loseAnswerOf(kind: RegExp): { readonly times: () => number } {
  let times = 0;
  let lost: string | undefined;
  front.onStatement = ({ text }: Asked) => {
    if (!kind.test(text) || (lost !== undefined && lost !== text)) return undefined;
    lost = text;
    times += 1;
    return times === 1 ? 'lose answer' : undefined;
  };
  return { times: () => times };
}

describe.skipIf(!hasServer)(title('a statement whose answer is lost is sent again'), () => {
  const both = Object.entries(STATEMENTS).flatMap(([name, kind]) =>
    [false, true].map((isKnown) => ({ name, kind, isKnown })),
  );

  test.each(both)(
    'and changes nothing: $name, known again: $isKnown',
    async ({ kind, isKnown }) => {
      await using lab = await openLab(configOf(front));
      const { sink, database } = lab;
      front.remembersRequests = isKnown;
      // The first load makes the row of the state; only it sends a MERGE.
      const isFirst = kind === STATEMENTS['row of the state'];
      let lost = isFirst ? loseAnswerOf(kind) : undefined;
      await using first = await begin(sink);
      await first.stage([
        documentOf(1, '1', { runs: [['old', 1]], peaks: [['1.5'], ['2.5']] }),
        documentOf(2, '1', { runs: [['kept', 2]] }),
      ]);
      expect(await first.commit('first')).toEqual({ applied: 2, leftAlone: 0 });

      await using second = await begin(sink);
      lost ??= loseAnswerOf(kind);
      await second.stage([
        documentOf(1, '2', {
          runs: [
            ['new', 3],
            ['newer', 4],
          ],
        }),
        documentOf(2, '1', { runs: [['not this', 5]] }),
        documentOf(3, '1', { runs: [['third', 6]], peaks: [['9']] }),
      ]);
      expect(await second.commit('second')).toEqual({ applied: 2, leftAlone: 1 });
      expect(lost.times()).toBe(2);

      expect(await sink.readState('lab')).toBe('second');
      expect(await ledgerOf(sink)).toEqual(['1 2 loaded', '2 1 loaded', '3 1 loaded']);
      const rows = await database.read('runs');
      expect(rows.map((row) => `${row['_ROW']} ${row['SAMPLE']}`)).toEqual([
        '0 new',
        '1 newer',
        '0 kept',
        '0 third',
      ]);
      expect((await database.read('peaks')).map((row) => Number(row['HEIGHT']))).toEqual([
        1.5, 2.5, 9,
      ]);
      expect(await Array.fromAsync(sink.damages('lab', [RUNS, PEAKS]))).toEqual([]);
    },
  );

  test.each([false, true])(
    'and moves the state of an empty load once; known again: %s',
    async (isKnown) => {
      await using lab = await openLab(configOf(front));
      front.remembersRequests = isKnown;
      await using load = await begin(lab.sink, []);
      const lost = loseAnswerOf(/^UPDATE/);
      expect(await load.commit('moved')).toEqual({ applied: 0, leftAlone: 0 });
      expect(lost.times()).toBe(2);
      expect(await lab.sink.readState('lab')).toBe('moved');
    },
  );
});

describe.skipIf(!hasServer)(title('what is not there any more'), () => {
  test('a transaction that the server has ended writes nothing, and says that it passes', async () => {
    await using lab = await openLab(configOf(front));
    await using load = await begin(lab.sink);
    await load.stage([documentOf(1, '1', { runs: [['a', 1]] })]);
    front.before = async (text) => {
      if (text.includes('INSERT INTO _TDP_SYNC_WINNERS')) await front.abortTransactions();
    };
    await expect(load.commit('moved')).rejects.toMatchObject({
      code: 'SINK_UNAVAILABLE',
      retryable: true,
    });
    expect(await lab.sink.readState('lab')).toBe(undefined);
    expect(await ledgerOf(lab.sink)).toEqual([]);
    expect(await lab.database.read('runs')).toEqual([]);
  });

  test('a file that does not get to the stage, of which the driver says nothing, is missed', async () => {
    await using lab = await openLab(configOf(front));
    await using load = await begin(lab.sink);
    await load.stage([documentOf(1, '1', { runs: [['a', 1]] })]);
    // Taken, and kept nowhere: so it looks when the driver takes an address for expired, and asks for no other.
    front.onUpload = () => 200;
    await expect(load.commit('moved')).rejects.toMatchObject({
      code: 'SINK_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('have arrived'),
    });
    expect(await lab.sink.readState('lab')).toBe(undefined);
  });

  test('another runner that died in its commit is waited for, and nothing of it is left', async () => {
    await using lab = await openLab(configOf(front));
    await using first = await begin(lab.sink);
    await first.stage([documentOf(1, '1', { runs: [['first', 1]] })]);
    await first.commit('first');
    const dead = await openOn(lab.database);
    const dying = await begin(dead);
    await dying.stage([documentOf(1, '2', { runs: [['dead', 2]] })]);
    // It waits for an answer for ever: the transaction is open, and holds its lock.
    const reached = Promise.withResolvers<void>();
    front.held = { is: (text) => text.startsWith('COMMIT'), reached: reached.resolve };
    void dying.commit('dead').catch(() => undefined);
    await reached.promise;
    await using load = await begin(lab.sink);
    await load.stage([documentOf(2, '1', { runs: [['second', 3]] })]);
    const isWaiting = front.waited();
    const waiting = load.commit('second');
    await isWaiting;
    await front.abortTransactions();
    expect(await waiting).toEqual({ applied: 1, leftAlone: 0 });
    expect(await ledgerOf(lab.sink)).toEqual(['1 1 loaded', '2 1 loaded']);
    const samples = (await lab.database.read('runs')).map((row) => row['SAMPLE']);
    expect(samples).toEqual(['first', 'second']);
  });
});
