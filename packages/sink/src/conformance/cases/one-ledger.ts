import assert from 'node:assert/strict';
import type { Document, Sink } from '../../sink.ts';
import {
  begin,
  damages,
  id,
  ledger,
  load,
  names,
  rejects,
  run,
  type Scenario,
  SYNC,
  snapshot,
} from '../world.ts';

/** What must hold when several workers bring parts of one sync in, each with a state of its own. */
export const oneLedgerCases: readonly Scenario[] = [
  {
    name: 'one ledger: loads with states of their own write to it, and each finds the lines of the others',
    body: async (world) => {
      await part(world.sink, 'one', [run(1, 'a', 'one')], 's1');
      await part(world.sink, 'two', [run(2, 'a', 'two'), run(1, 'a', 'again')], 's2');
      assert.equal(await world.sink.readState('one'), 's1');
      assert.equal(await world.sink.readState('two'), 's2');
      assert.equal(await world.sink.readState(SYNC), undefined);
      assert.deepEqual(await ids(world.sink), [id(1), id(2)]);
      assert.deepEqual(await ledger(world.sink, undefined, 'one'), []);
      assert.deepEqual(await names(world), ['one', 'two']);
      assert.deepEqual(await damages(world.sink), []);
    },
  },
  {
    name: 'one ledger: a load that began with an outdated state of its own cannot commit, whatever the others do',
    body: async (world) => {
      await part(world.sink, 'one', [run(1, 'a', 'one')], 's1');
      await using late = await begin(world.sink, { sync: 'one', ledger: SYNC, since: 's1' });
      await late.stage([run(2, 'a', 'late')]);
      await part(world.sink, 'one', [run(3, 'a', 'three')], 's2', 's1');
      const before = await snapshot(world);
      await rejects(late.commit('s3'), 'STATE_CONFLICT');
      assert.deepEqual(await snapshot(world), before);
    },
  },
  {
    name: 'one ledger: of a document in two loads the greater order counts, whichever commits last',
    body: async (world) => {
      for (const [n, [first, second]] of [['a', 'b'] as const, ['b', 'a'] as const].entries()) {
        await using one = await begin(world.sink, { sync: `one ${n}`, ledger: SYNC });
        await using two = await begin(world.sink, { sync: `two ${n}`, ledger: SYNC });
        await one.stage([run(n, first, `${n} in ${first}`)]);
        await two.stage([run(n, second, `${n} in ${second}`)]);
        assert.deepEqual(await one.commit('done'), { applied: 1, leftAlone: 0 });
        const applied = second > first ? 1 : 0;
        assert.deepEqual(await two.commit('done'), { applied, leftAlone: 1 - applied });
      }
      assert.deepEqual(await names(world), ['0 in b', '1 in b']);
      assert.deepEqual(await damages(world.sink), []);
    },
  },
  {
    name: 'one ledger: loads that commit at the same time all do, and nothing is lost or doubled',
    body: async (world) => {
      await using other = await world.open();
      for (const round of ['a', 'b']) await atOnce([world.sink, other, world.sink, other], round);
      const shared = [...Array(SHARED).keys()].map((n) => nameOf(n, 3, 'b'));
      const own = [0, 1, 2, 3].map((worker) => nameOf(100 + worker, worker, 'b'));
      assert.deepEqual(await names(world), [...shared, ...own]);
      assert.equal((await ids(world.sink)).length, SHARED + 4);
      assert.deepEqual(await damages(world.sink), []);
    },
  },
  {
    name: 'one ledger: clearing the sync forgets the ledger, and leaves the states of the others',
    body: async (world) => {
      await part(world.sink, 'one', [run(1, 'a', 'one')], 's1');
      await load(world.sink, { documents: [run(2, 'a', 'two')], state: 'main' });
      await world.sink.clear(SYNC);
      assert.deepEqual(await ids(world.sink), []);
      assert.equal(await world.sink.readState(SYNC), undefined);
      assert.equal(await world.sink.readState('one'), 's1');
      await world.sink.clear('one');
      assert.equal(await world.sink.readState('one'), undefined);
    },
  },
];

/** Documents that every worker brings in. */
const SHARED = 20;

/** Four loads with the same documents in orders of their own, and one each that no other has, committed at once. */
async function atOnce(sinks: readonly Sink[], round: string): Promise<void> {
  const loads = await Promise.all(
    sinks.map(async (sink, worker) => {
      const sync = `worker ${worker}`;
      const since = await sink.readState(sync);
      const opened = await begin(sink, { sync, ledger: SYNC, since });
      await opened.stage(documentsOf(worker, round));
      return { sink, sync, since, opened };
    }),
  );
  const outcomes = await Promise.allSettled(loads.map(({ opened }) => opened.commit(round)));
  for (const { opened } of loads) await opened[Symbol.asyncDispose]();
  for (const [worker, { sink, sync, since }] of loads.entries()) {
    const outcome = outcomes[worker];
    if (outcome?.status !== 'rejected') continue;
    // A database may refuse one of two that meet, if it says that this passes: the engine tries it again.
    assert.equal(outcome.reason.retryable, true, String(outcome.reason));
    await part(sink, sync, documentsOf(worker, round), round, since);
  }
}

function documentsOf(worker: number, round: string): readonly Document[] {
  const order = `${round}${worker}`;
  const made = (n: number): Document => run(n, order, nameOf(n, worker, round));
  const shared = [...Array(SHARED).keys()].map(made);
  // Not in the same order, so that they meet crosswise.
  return [...(worker % 2 === 1 ? shared.reverse() : shared), made(100 + worker)];
}

function nameOf(n: number, worker: number, round: string): string {
  return `${n} of ${worker} in ${round}`;
}

async function part(
  sink: Sink,
  sync: string,
  documents: readonly Document[],
  state: string,
  since?: string,
): Promise<void> {
  await load(sink, { sync, ledger: SYNC, documents, state, since });
}

async function ids(sink: Sink): Promise<readonly string[]> {
  return (await ledger(sink)).map((line) => line.id);
}
