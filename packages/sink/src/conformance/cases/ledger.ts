import assert from 'node:assert/strict';
import type { Status } from '../../sink.ts';
import {
  begin,
  doc,
  id,
  ledger,
  load,
  names,
  run,
  type Scenario,
  SYNC,
  snapshot,
} from '../world.ts';

const STATUSES: readonly Status[] = ['loaded', 'failed', 'deleted'];

/** What must hold for the ledger: one line per document, and how it is read. */
export const ledgerCases: readonly Scenario[] = [
  {
    name: 'ledger: id, order and status of each document are stored',
    body: async ({ sink }) => {
      const documents = STATUSES.map((status, n) =>
        doc(n, `~!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}${n}`, {}, status),
      );
      await load(sink, { documents });
      const expected = documents.map(({ id, order, status }) => ({ id, order, status }));
      assert.deepEqual(await ledger(sink), expected);
    },
  },
  {
    name: 'ledger: lines come in ascending byte order of their ids',
    body: async ({ sink }) => {
      const ids = ['f0', '9a', '0f', '10', 'a1', 'aa', '99', '0a', 'ff', '01'].map((two) =>
        two.padEnd(32, '7'),
      );
      let since: string | undefined;
      for (const [n, id] of ids.entries()) {
        await load(sink, { since, documents: [{ ...doc(0, 'a', {}), id }], state: `s${n}` });
        since = `s${n}`;
      }
      assert.deepEqual(
        (await ledger(sink)).map((line) => line.id),
        [...ids].sort(),
      );
      const some = (await ledger(sink, { ids: [...ids] })).map((line) => line.id);
      assert.deepEqual(some, [...ids].sort());
    },
  },
  {
    name: 'ledger: may be read by ids: twenty thousand, unknown ones, one twice, or none',
    body: async ({ sink }) => {
      const documents = Array.from({ length: 3_000 }, (_, n) => doc(n * 10, 'a', {}));
      await load(sink, { documents });
      const ids = Array.from({ length: 20_000 }, (_, n) => id(n)).reverse();
      const found = (await ledger(sink, { ids })).map((line) => line.id);
      assert.deepEqual(
        found,
        Array.from({ length: 2_000 }, (_, n) => id(n * 10)),
      );
      const twice = await ledger(sink, { ids: [id(20), id(10), id(20), id(11)] });
      assert.deepEqual(
        twice.map((line) => line.id),
        [id(10), id(20)],
      );
      assert.deepEqual(await ledger(sink, { ids: [id(11)] }), []);
      assert.deepEqual(await ledger(sink, { ids: [] }), []);
    },
  },
  {
    name: 'ledger: ids that cannot be stored are not found, and are no error',
    body: async ({ sink }) => {
      await load(sink, { documents: [doc(1, 'a', {})] });
      const ids = ["'", '"', '', 'A'.repeat(32), `${id(1)} `, '\ud800', 'x'.repeat(5_000)];
      assert.deepEqual(await ledger(sink, { ids }), []);
    },
  },
  {
    name: 'ledger: may be read by status, and by ids and status',
    body: async ({ sink }) => {
      const documents = Array.from({ length: 9 }, (_, n) => doc(n, 'a', {}, STATUSES[n % 3]));
      await load(sink, { documents });
      const failed = (await ledger(sink, { status: 'failed' })).map((line) => line.id);
      assert.deepEqual(failed, [id(1), id(4), id(7)]);
      const both = await ledger(sink, { ids: [id(0), id(4), id(7), id(77)], status: 'failed' });
      assert.deepEqual(
        both.map((line) => line.id),
        [id(4), id(7)],
      );
      assert.deepEqual(await ledger(sink, { ids: [], status: 'failed' }), []);
    },
  },
  {
    name: 'ledger: holds thousands of lines, each given once',
    body: async ({ sink }) => {
      const documents = Array.from({ length: 25_000 }, (_, n) =>
        doc((n * 7_919) % 25_000, 'a', {}),
      );
      await load(sink, { documents });
      const lines = await ledger(sink);
      assert.equal(lines.length, 25_000);
      assert.equal(
        lines.findIndex((line, n) => line.id !== id(n)),
        -1,
      );
    },
  },
  {
    name: 'ledger: a sync that is not known has no lines',
    body: async ({ sink }) => {
      await load(sink, { documents: [run(1, 'a', 'x')] });
      assert.deepEqual(await ledger(sink, {}, 'unknown'), []);
      assert.deepEqual(await ledger(sink, { ids: [id(1)] }, 'unknown'), []);
    },
  },
  {
    name: 'ledger: a reader that stops half-way, or waits, holds up no commit',
    body: async ({ sink }) => {
      const documents = Array.from({ length: 5_000 }, (_, n) => doc(n * 2, 'a', {}));
      await load(sink, { documents, state: 's1' });
      for await (const line of sink.documents(SYNC)) {
        assert.equal(line.id, id(0));
        break;
      }
      const waiting = sink.documents(SYNC)[Symbol.asyncIterator]();
      const seen = [(await waiting.next()).value?.id];
      await load(sink, { since: 's1', documents: [doc(1, 'a', {}), doc(2, 'b', {})], state: 's2' });
      for (let line = await waiting.next(); line.done !== true; line = await waiting.next()) {
        seen.push(line.value.id);
      }
      assert.deepEqual(
        seen.filter((found) => found !== id(1)),
        documents.map((document) => document.id),
      );
      assert.deepEqual(seen, [...new Set(seen)].sort());
    },
  },
  {
    name: 'ledger: may be read, and the state too, while loads are open, staging and committing',
    body: async ({ sink }) => {
      await load(sink, { documents: [run(1, 'a', 'x')], state: 's1' });
      await using opened = await begin(sink, { since: 's1' });
      const reads = () => [sink.readState(SYNC), ledger(sink), ledger(sink, { ids: [id(1)] })];
      await Promise.all([opened.stage([run(2, 'a', 'y')]), ...reads(), ...reads()]);
      const [result] = await Promise.all([opened.commit('s2'), ...reads(), ...reads()]);
      assert.deepEqual(result, { applied: 1, leftAlone: 0 });
      assert.deepEqual(
        (await ledger(sink)).map((line) => line.id),
        [id(1), id(2)],
      );
    },
  },
  {
    name: 'clear: forgets state and ledger of one sync and leaves the rows',
    body: async (world) => {
      await load(world.sink, { documents: [run(1, 'a', 'x')], state: 's1' });
      await world.sink.clear(SYNC);
      assert.equal(await world.sink.readState(SYNC), undefined);
      assert.deepEqual(await ledger(world.sink), []);
      assert.deepEqual(await names(world), ['x']);
    },
  },
  {
    name: 'clear: leaves every other sync as it is',
    body: async (world) => {
      for (const sync of ['one', 'One', 'one ', 'o_e', 'o%']) {
        await load(world.sink, {
          sync,
          tables: [],
          documents: [doc(1, sync.trim(), {})],
          state: sync,
        });
      }
      await world.sink.clear('one');
      await world.sink.clear('never heard of');
      assert.equal(await world.sink.readState('one'), undefined);
      for (const sync of ['One', 'one ', 'o_e', 'o%']) {
        assert.equal(await world.sink.readState(sync), sync);
        assert.equal((await ledger(world.sink, {}, sync)).length, 1, JSON.stringify(sync));
      }
    },
  },
  {
    name: 'clear: afterwards the same documents replace their rows and are not doubled',
    body: async (world) => {
      const documents = [
        doc(1, 'b', {
          runs: [
            ['x', 1n],
            ['y', 2n],
          ],
        }),
        run(2, 'a', 'z'),
      ];
      await load(world.sink, { documents, state: 's1' });
      const before = await snapshot(world);
      await world.sink.clear(SYNC);
      const result = await load(world.sink, { documents, state: 's1' });
      assert.deepEqual(result, { applied: 2, leftAlone: 0 });
      assert.deepEqual(await snapshot(world), before);
    },
  },
];
