import assert from 'node:assert/strict';
import type { Document, Table } from '../../sink.ts';
import { HELD } from '../odd-names.ts';
import { SAMPLES, TYPES } from '../samples.ts';
import {
  begin,
  damages,
  doc,
  id,
  load,
  RUNS,
  rejects,
  run,
  type Scenario,
  table,
} from '../world.ts';

const PEAKS = table('peaks', { area: 'float64', name: 'string' });
const BOTH = [RUNS, PEAKS];
/** One row in `runs` and three in `peaks`. */
const PEAK_ROWS = [
  [1, 'x'],
  [2, 'y'],
  [3, 'x'],
];

function both(n: number, order: string): Document {
  return doc(n, order, { runs: [[`run ${n}`, BigInt(n)]], peaks: PEAK_ROWS });
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, n) => from + n);
}

/** What must not be taken for damage, and when something is recorded. */
export const damagesCases: readonly Scenario[] = [
  {
    name: 'damages: there are none after commits of every kind',
    body: async ({ sink }) => {
      const commits: readonly (readonly Document[])[] = [
        [both(1, 'a'), both(2, 'a'), both(3, 'a'), both(4, 'a'), doc(5, 'a', {}), both(6, 'a')],
        // A shorter list, an emptied table, one that is not named, and all of it gone.
        [
          doc(1, 'b', { runs: [], peaks: PEAK_ROWS.slice(1) }),
          doc(2, 'b', { peaks: [] }),
          doc(3, 'b', { runs: [['new', null]] }, 'failed'),
          doc(4, 'b', { runs: [], peaks: [] }, 'deleted'),
          doc(5, 'b', { peaks: [[null, null]] }),
        ],
        // Losers: against the ledger, and within the load.
        [
          doc(1, 'a', { runs: [['too old', 1n]], peaks: [] }),
          doc(2, 'd', { runs: [['wins', 2n]] }),
          doc(2, 'c', { runs: [['loses', 2n]], peaks: PEAK_ROWS }),
          doc(6, 'b', {}, 'failed'),
        ],
        [],
      ];
      let since: string | undefined;
      for (const [n, documents] of commits.entries()) {
        await load(sink, { tables: BOTH, since, documents, state: `s${n}` });
        since = `s${n}`;
        assert.deepEqual(await damages(sink, BOTH), [], since);
      }
      await load(sink, { sync: 'never', tables: [] });
      assert.deepEqual(await damages(sink, [], 'never'), []);
      assert.deepEqual(await damages(sink, [table('missing', { a: 'json' })], 'nobody'), []);
    },
  },
  {
    name: 'damages: there are none when columns are added, in whatever order they are named',
    body: async ({ sink }) => {
      await load(sink, { documents: [run(1, 'a', 'x'), run(2, 'a', 'y')], state: 's1' });
      const wide = table('runs', { added: 'timestamp', size: 'int64', name: 'string', b: 'json' });
      await (await begin(sink, { tables: [wide], since: 's1' }))[Symbol.asyncDispose]();
      assert.deepEqual(await damages(sink, [wide]), []);
      const documents = [doc(2, 'b', { runs: [[null, 2n, 'y', '{}']] })];
      await load(sink, { tables: [wide], since: 's1', documents, state: 's2' });
      assert.deepEqual(await damages(sink, [wide]), []);
      const turned = table('runs', {
        b: 'json',
        name: 'string',
        added: 'timestamp',
        size: 'int64',
      });
      assert.deepEqual(await damages(sink, [turned]), []);
      await load(sink, { since: 's2', documents: [run(2, 'c', 'narrow again')] });
      assert.deepEqual(await damages(sink, [turned]), []);
    },
  },
  {
    name: 'damages: there are none for values at the edges of every type, nulls, long texts and odd names',
    body: async ({ sink }) => {
      const long = `${'0123456789abcdef'.repeat(65_536)}\u{1f9ea} `;
      const texts = table('texts', { text: 'string', json: 'json' });
      const named: Table = {
        name: 'with blank inside',
        columns: HELD.map((name) => ({ name, type: 'string' as const })),
      };
      const typed = table('typed', Object.fromEntries(TYPES.map((type) => [`c_${type}`, type])));
      const most = Math.max(...TYPES.map((type) => SAMPLES[type].length));
      const rows = range(0, most).map((n) => TYPES.map((type) => SAMPLES[type][n] ?? null));
      const documents = [
        doc(1, 'a', {
          typed: [...rows, TYPES.map(() => null)],
          texts: [
            [long, JSON.stringify({ long })],
            ['', null],
          ],
          [named.name]: [HELD, [...HELD].reverse()],
        }),
      ];
      const tables = [texts, typed, named];
      await load(sink, { tables, documents, state: 's1' });
      assert.deepEqual(await damages(sink, tables), []);
      await load(sink, {
        tables,
        since: 's1',
        documents: [{ ...documents[0], order: 'b' } as Document],
      });
      assert.deepEqual(await damages(sink, tables), []);
    },
  },
  {
    name: 'damages: what is staged, disposed, refused or left alone is not recorded',
    body: async ({ sink }) => {
      await load(sink, { documents: [run(1, 'b', 'x')], state: 's1' });
      const staged = await begin(sink, { since: 's1' });
      await staged.stage([run(1, 'c', 'staged'), run(2, 'a', 'staged')]);
      assert.deepEqual(await damages(sink), []);
      await staged[Symbol.asyncDispose]();
      assert.deepEqual(await damages(sink), []);
      const late = await begin(sink, { since: 's1' });
      await late.stage([run(1, 'd', 'refused'), run(3, 'a', 'refused')]);
      await load(sink, { since: 's1', documents: [run(1, 'a', 'too old')], state: 's2' });
      assert.deepEqual(await damages(sink), []);
      await rejects(late.commit('s3'), 'STATE_CONFLICT');
      assert.deepEqual(await damages(sink), []);
      await late[Symbol.asyncDispose]();
    },
  },
  {
    name: 'damages: what is committed while they are read is none',
    body: async ({ sink }) => {
      const documents = (order: string) => range(0, 300).map((n) => both(n, order));
      await load(sink, { tables: BOTH, documents: documents('a'), state: 's0' });
      for (const n of range(0, 4)) {
        const since = `s${n}`;
        await using opened = await begin(sink, { tables: BOTH, since });
        await opened.stage(
          documents(`b${n}`).map((one, at) => ({ ...one, rows: shorter(one, at) })),
        );
        const [, ...seen] = await Promise.all([
          opened.commit(`s${n + 1}`),
          ...range(0, 3).map(() => damages(sink, BOTH)),
        ]);
        assert.deepEqual(seen, [[], [], []]);
      }
    },
  },
  {
    name: 'damages: a reader that stops half-way, or waits, holds up no commit and no begin',
    body: async ({ sink, database }) => {
      const documents = range(0, 3_000).map((n) => both(n, 'a'));
      await load(sink, { tables: BOTH, documents, state: 's1' });
      await database.damage('peaks', { how: 'drop' });
      for await (const found of sink.damages('lab', BOTH)) {
        assert.equal(found.id, id(0));
        break;
      }
      const waiting = sink.damages('lab', BOTH)[Symbol.asyncIterator]();
      const seen = [(await waiting.next()).value?.id];
      const wider = table('runs', { name: 'string', size: 'int64', added: 'json' });
      const changed = [doc(1, 'b', { runs: [['b', 0n, '{}']] })];
      await load(sink, { tables: [wider], since: 's1', documents: changed, state: 's2' });
      await sink.clear('another');
      for (let found = await waiting.next(); found.done !== true; found = await waiting.next()) {
        seen.push(found.value.id);
      }
      assert.deepEqual(seen, range(0, 3_000).map(id));
    },
  },
  {
    name: 'damages: an iteration under way when the sink is closed goes on to the end or rejects',
    body: async ({ sink, database }) => {
      const documents = range(0, 3_000).map((n) => run(n, 'a', 'x'));
      await load(sink, { documents });
      await database.damage('runs', { how: 'drop' });
      const reader = sink.damages('lab', [RUNS])[Symbol.asyncIterator]();
      await reader.next();
      await sink[Symbol.asyncDispose]();
      let count = 1;
      const rest = async () => {
        while ((await reader.next()).done !== true) count += 1;
      };
      const ended = await rest().then(
        () => true,
        () => false,
      );
      if (ended) assert.equal(count, 3_000, 'the iteration ended early as if it were complete');
    },
  },
  {
    name: 'damages: names that are none are refused',
    body: async ({ sink }) => {
      await load(sink, { documents: [run(1, 'a', 'x')] });
      await rejects(damages(sink, [RUNS], ''), 'INVALID_VALUE');
      const wrong = [
        [table('', { a: 'string' })],
        [table('t', { _row: 'string' })],
        [RUNS, table('RUNS', { a: 'string' })],
      ];
      for (const tables of wrong) await rejects(damages(sink, tables), 'INVALID_VALUE');
    },
  },
];

/** The rows of a document, fewer of them for some. */
function shorter({ rows }: Document, at: number): Document['rows'] {
  return at % 2 === 0 ? rows : new Map([...rows].map(([name, all]) => [name, [...all].slice(1)]));
}
