import assert from 'node:assert/strict';
import type { Document, Row } from '../../sink.ts';
import {
  begin,
  doc,
  id,
  load,
  names,
  RUNS,
  run,
  type Scenario,
  snapshot,
  stored,
  table,
} from '../world.ts';

/** A document with a number of rows in `runs`, each telling of which version it is. */
function version(n: number, order: string, rows: number): Document {
  return doc(n, order, { runs: Array.from({ length: rows }, (_, row) => [order, BigInt(row)]) });
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, n) => from + n);
}

/** What must hold for reading rows back: which come, in what order, and what else goes on meanwhile. */
export const readingCases: readonly Scenario[] = [
  {
    name: 'rows: come in ascending byte order of id, then as the document gave them',
    body: async ({ sink }) => {
      const ids = ['f0', '9a', '0f', '10', 'a1', 'aa', '99', '0a', 'ff', '01'].map((two) =>
        two.padEnd(32, '7'),
      );
      let since: string | undefined;
      for (const [n, id] of ids.entries()) {
        const documents = [{ ...version(0, 'a', 12), id }];
        await load(sink, { since, documents, state: `s${n}` });
        since = `s${n}`;
      }
      await load(sink, { since, documents: [{ ...version(0, 'b', 11), id: ids[3] ?? '' }] });
      const expected = [...ids].sort().flatMap((id) => {
        const [order, length] = id === ids[3] ? ['b', 11] : ['a', 12];
        return Array.from({ length }, (_, n) => ({ id, row: [order, BigInt(n)] }));
      });
      assert.deepEqual(await stored(sink, RUNS, ids), expected);
    },
  },
  {
    name: 'rows: only those of the documents that are named, and of the table that is named',
    body: async ({ sink }) => {
      const other = table('other', { name: 'string', size: 'int64' });
      const both = (n: number) => doc(n, 'a', { runs: [['x', 1n]], other: [['y', BigInt(n)]] });
      const documents = range(1, 9).map(both);
      await load(sink, { tables: [RUNS, other], documents, state: 's1' });
      const emptied = [doc(3, 'b', { runs: [] }), doc(4, 'b', {}, 'deleted')];
      await load(sink, { tables: [RUNS, other], since: 's1', documents: emptied });
      const asked = [6, 3, 4].map(id);
      assert.deepEqual(await stored(sink, RUNS, asked), [
        { id: id(4), row: ['x', 1n] },
        { id: id(6), row: ['x', 1n] },
      ]);
      assert.deepEqual(
        (await stored(sink, other, asked)).map(({ row }) => row),
        [3n, 4n, 6n].map((size) => ['y', size]),
      );
    },
  },
  {
    name: 'rows: of ids that are unknown, there twice, no ids at all, or none',
    body: async ({ sink }) => {
      await load(sink, { documents: [version(1, 'a', 2), version(2, 'a', 1)] });
      const twice = await stored(sink, RUNS, [id(2), id(7), id(1), id(2), id(1)]);
      assert.deepEqual(
        twice.map((row) => row.id),
        [id(1), id(1), id(2)],
      );
      assert.deepEqual(await stored(sink, RUNS, [id(7), id(0)]), []);
      const never = ["'", '"', '', '%', 'A'.repeat(32), `${id(1)} `, '\ud800', 'x'.repeat(5_000)];
      assert.deepEqual(await stored(sink, RUNS, never), []);
      assert.deepEqual(await stored(sink, RUNS, []), []);
    },
  },
  {
    name: 'rows: of twenty thousand ids, each row once',
    body: async ({ sink }) => {
      await load(sink, { documents: range(0, 6_000).map((n) => version(n * 5, 'a', 1 + (n % 2))) });
      const found = await stored(sink, RUNS, [...range(0, 20_000)].reverse().map(id));
      const expected = range(0, 4_000).flatMap((n) => Array(1 + (n % 2)).fill(id(n * 5)));
      assert.deepEqual(
        found.map((row) => row.id),
        expected,
      );
    },
  },
  {
    name: 'rows: of a table that does not exist there are none, and none is created',
    body: async (world) => {
      await load(world.sink, { documents: [run(1, 'a', 'x')] });
      const before = await world.database.tables();
      const missing = table('missing', { a: 'string' });
      assert.deepEqual(await stored(world.sink, missing, [id(1)]), []);
      assert.deepEqual(await stored(world.sink, missing, []), []);
      assert.deepEqual(await world.database.tables(), before);
    },
  },
  {
    name: 'rows: only what is committed, and all of it, through any sink',
    body: async ({ sink, open }) => {
      await using other = await open();
      await load(sink, { documents: [run(1, 'a', 'old')], state: 's1' });
      const opened = await begin(sink, { since: 's1' });
      await opened.stage([run(1, 'b', 'new'), run(2, 'a', 'new')]);
      const seen = async () => {
        const found = await stored(sink, RUNS, [id(1), id(2)]);
        assert.deepEqual(await stored(other, RUNS, [id(1), id(2)]), found);
        return found.map(({ row }) => row[0]);
      };
      assert.deepEqual(await seen(), ['old']);
      await opened.commit('s2');
      assert.deepEqual(await seen(), ['new', 'new']);
      await opened[Symbol.asyncDispose]();
      const dropped = await begin(sink, { since: 's2' });
      await dropped.stage([run(1, 'c', 'dropped')]);
      await dropped[Symbol.asyncDispose]();
      await load(sink, { since: 's2', documents: [run(2, 'a', 'too old')], state: 's3' });
      assert.deepEqual(await seen(), ['new', 'new']);
    },
  },
  {
    name: 'rows: a reader that stops half-way, or waits, holds up no commit and no begin',
    body: async (world) => {
      const { sink } = world;
      const ids = range(0, 5_000).map(id);
      const documents = range(0, 5_000).map((n) => version(n, 'a', 1));
      await load(sink, { documents, state: 's1' });
      for await (const found of sink.rows(RUNS, ids)) {
        assert.equal(found.id, id(0));
        break;
      }
      const waiting = sink.rows(RUNS, ids)[Symbol.asyncIterator]();
      const seen = [(await waiting.next()).value?.id];
      const wider = table('runs', { name: 'string', size: 'int64', added: 'json' });
      const changed = [doc(1, 'b', { runs: [['b', 0n, '{}']] })];
      await load(sink, { tables: [wider], since: 's1', documents: changed, state: 's2' });
      await sink.clear('another');
      for (let found = await waiting.next(); found.done !== true; found = await waiting.next()) {
        seen.push(found.value.id);
      }
      assert.deepEqual(seen, ids);
      assert.deepEqual((await names(world)).slice(0, 3), ['a', 'b', 'a']);
    },
  },
  {
    name: 'rows: of one document are of one commit, whatever is committed while they are read',
    body: async ({ sink }) => {
      const ids = range(0, 3_000).map(id);
      await load(sink, { documents: range(0, 3_000).map((n) => version(n, 'a', 3)), state: 's1' });
      const seen = new Map<string, Row[]>();
      let count = 0;
      for await (const { id, row } of sink.rows(RUNS, ids)) {
        seen.set(id, [...(seen.get(id) ?? []), row]);
        count += 1;
        if (count !== 2) continue;
        await load(sink, {
          since: 's1',
          documents: range(0, 3_000).map((n) => version(n, 'b', 2)),
        });
      }
      assert.deepEqual([...seen.keys()], ids);
      const whole = { a: version(0, 'a', 3), b: version(0, 'b', 2) };
      for (const rows of seen.values()) {
        assert.deepEqual(rows, (rows[0]?.[0] === 'a' ? whole.a : whole.b).rows.get('runs'));
      }
    },
  },
  {
    name: 'rows: may be read several times at once while a load is staging and committing',
    body: async (world) => {
      const documents = range(0, 2_000).map((n) => version(n, 'a', 1));
      await load(world.sink, { documents, state: 's1' });
      const reads = () =>
        [RUNS, table('runs', { size: 'int64' }), RUNS].map(async (asked) => {
          const found = await stored(world.sink, asked, range(0, 2_000).map(id));
          assert.equal(found.length, 2_000);
          assert.ok(found.every(({ row }) => row.length === asked.columns.length));
        });
      await using opened = await begin(world.sink, { since: 's1' });
      await Promise.all([opened.stage([run(1, 'b', 'b')]), ...reads()]);
      const [result] = await Promise.all([opened.commit('s2'), ...reads()]);
      assert.deepEqual(result, { applied: 1, leftAlone: 0 });
    },
  },
  {
    name: 'rows: large documents, small ones and one of thousands of rows come whole',
    body: async ({ sink }) => {
      const text = (n: number) => `${n} é ${'0123456789abcdef'.repeat(n % 3 === 0 ? 16_384 : 1)}`;
      const documents = range(0, 90).map((n) => doc(n, 'a', { runs: [[text(n), BigInt(n)]] }));
      await load(sink, { documents: [...documents, version(90, 'a', 7_000)], state: 's1' });
      let count = 0;
      for await (const { id: found, row } of sink.rows(RUNS, range(0, 91).map(id))) {
        const n = Math.min(count, 90);
        assert.equal(found, id(n));
        assert.ok(
          row[0] === (n < 90 ? text(n) : 'a'),
          `the text of row ${count} came back changed`,
        );
        assert.equal(row[1], BigInt(n < 90 ? n : count - 90));
        count += 1;
      }
      assert.equal(count, 7_090);
    },
  },
  {
    name: 'rows: an iteration under way when the sink is closed goes on to the end or rejects',
    body: async (world) => {
      const documents = range(0, 5_000).map((n) => version(n, 'a', 1));
      await load(world.sink, { documents });
      const before = await snapshot(world);
      const reader = world.sink.rows(RUNS, range(0, 5_000).map(id))[Symbol.asyncIterator]();
      await reader.next();
      await world.sink[Symbol.asyncDispose]();
      let count = 1;
      const rest = async () => {
        while ((await reader.next()).done !== true) count += 1;
      };
      const ended = await rest().then(
        () => true,
        () => false,
      );
      if (ended) assert.equal(count, 5_000, 'the iteration ended early as if it were complete');
      await using again = await world.open();
      assert.deepEqual(await snapshot({ ...world, sink: again }), before);
    },
  },
];
