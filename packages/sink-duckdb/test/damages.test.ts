import type { Document, Sink, Table } from '@tdp-sync/sink';
import { afterEach, expect, test, vi } from 'vitest';
import { Connection } from '../src/connection.ts';
import { idOf, longText } from './documents.ts';
import { type Folder, temporaryFolder } from './folder.ts';
import { query } from './query.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const RUNS: Table = {
  name: 'runs',
  columns: [
    { name: 'name', type: 'string' },
    { name: 'size', type: 'int64' },
  ],
};
const NOTES: Table = { name: 'notes', columns: [{ name: 'note', type: 'string' }] };
const BOTH = [RUNS, NOTES];

function document(n: number, order: string, rows: Readonly<Record<string, number>>): Document {
  const made: Readonly<Record<string, (row: number) => (string | bigint)[]>> = {
    runs: (row) => [`run ${n}`, BigInt(row)],
    notes: (row) => [`${order} ${row}`],
  };
  const entries = Object.entries(rows).map(
    ([name, length]) =>
      [name, Array.from({ length }, (_, row) => made[name]?.(row) ?? [])] as const,
  );
  return { id: idOf(n), order, status: 'loaded', rows: new Map(entries) };
}

async function commit(sink: Sink, documents: readonly Document[]): Promise<void> {
  const since = await sink.readState('lab');
  await using load = await sink.begin({ sync: 'lab', tables: BOTH, since });
  await load.stage(documents);
  await load.commit(`${since}+`);
}

async function told(
  sink: Sink,
  tables: readonly Table[] = BOTH,
): Promise<readonly (readonly unknown[])[]> {
  const all: unknown[][] = [];
  for await (const { id, table, recorded, found } of sink.damages('lab', tables))
    all.push([id.replace(/^0+/, ''), table, recorded, found]);
  return all;
}

/** A database as the version before left it. */
async function old(folder: Folder, documents: readonly Document[]): Promise<void> {
  {
    await using sink = await folder.open();
    await commit(sink, documents);
  }
  for (const column of ['tables', 'rows'])
    await query(folder, `ALTER TABLE _tdp_sync_documents DROP COLUMN "${column}"`);
}

test('of documents that an older version committed nothing is known, until they are committed again', async () => {
  await using folder = await temporaryFolder();
  const before = [1, 2, 3].map((n) => document(n, 'a', { runs: n, notes: 1 }));
  await old(folder, [...before, document(4, 'a', {})]);
  await using sink = await folder.open();
  const unknown = [1, 2, 3].flatMap((n) => [
    [`${n}`, 'runs', undefined, n],
    [`${n}`, 'notes', undefined, 1],
  ]);
  const empty = [
    ['4', 'runs', undefined, 0],
    ['4', 'notes', undefined, 0],
  ];
  expect(await told(sink)).toEqual([...unknown, ...empty]);
  await commit(sink, [
    document(1, 'b', { runs: 2, notes: 0 }),
    document(2, 'b', { notes: 2 }),
    document(5, 'a', { runs: 1 }),
  ]);
  const left = [['2', 'runs', undefined, 2], ...unknown.slice(4), ...empty];
  expect(await told(sink)).toEqual(left);
  await query(folder, `DELETE FROM notes WHERE _file_key = '${idOf(2)}' AND _row = 1`);
  expect(await told(sink)).toEqual([left[0], ['2', 'notes', 2, 1], ...left.slice(1)]);
  await commit(
    sink,
    [1, 2, 3, 4].map((n) => document(n, 'c', { runs: 1, notes: 1 })),
  );
  expect(await told(sink)).toEqual([]);
});

test('what another version of DuckDB has recorded is what this one finds', async () => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open();
  const columns = [
    ...['boolean', 'int64', 'float64', 'decimal', 'string', 'date', 'timestamp', 'json'].map(
      (type) => ({ name: `A ${type}`, type }) as Table['columns'][number],
    ),
    { name: 'long', type: 'string' as const },
  ];
  const all: Table = { name: 'all', columns };
  const time = '2026-11-22T12:00:00.000001Z';
  const rows = [
    [true, -1n, 0.1, '-1.5', 'é', '1582-10-10', time, '{"a": 1}', 'x'.repeat(1_000)],
    [null, 2n ** 53n + 1n, -0, null, '', null, null, 'null', 'y'.repeat(999)],
  ];
  await using load = await sink.begin({ sync: 'lab', tables: [all], since: undefined });
  await load.stage([
    { id: idOf(1), order: 'a', status: 'loaded', rows: new Map([['all', rows]]) },
    { id: idOf(2), order: 'a', status: 'loaded', rows: new Map([['all', rows.slice(1)]]) },
  ]);
  await load.commit('s1');
  // Should these ever change, every document of every user would seem damaged after an update.
  expect(
    await query(folder, 'SELECT "tables", "rows"::VARCHAR FROM _tdp_sync_documents ORDER BY id'),
  ).toEqual([
    ['["all"]', "[{'count': 2, 'fingerprint': 861958808}]"],
    ['["all"]', "[{'count': 1, 'fingerprint': 1384058126}]"],
  ]);
  expect(await told(sink, [all])).toEqual([]);
});

test('a row that is there twice, number and all, and one that belongs to nobody', async () => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open();
  await commit(sink, [document(1, 'a', { runs: 2 }), document(2, 'a', { runs: 1 })]);
  await query(folder, 'INSERT INTO runs SELECT * FROM runs WHERE _row = 1');
  await query(folder, 'ALTER TABLE runs ALTER COLUMN _file_key DROP NOT NULL');
  await query(folder, 'INSERT INTO runs (_row) VALUES (0), (1)');
  expect(await told(sink)).toEqual([
    ['', 'runs', 0, 2],
    ['1', 'runs', 2, 3],
  ]);
});

test('a table that became something else has no rows', async () => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open();
  await commit(sink, [document(1, 'a', { runs: 1, notes: 2 })]);
  await query(folder, 'ALTER TABLE runs RENAME TO kept');
  await query(folder, 'CREATE VIEW runs AS SELECT * FROM kept');
  await query(folder, 'ALTER TABLE notes RENAME COLUMN _file_key TO file');
  expect(await told(sink)).toEqual([
    ['1', 'runs', 1, 0],
    ['1', 'notes', 2, 0],
  ]);
});

test('a column that is gone or of another type is damage where it held something, others may be there', async () => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open();
  const rows = (name: string | null, size: bigint | null) => new Map([['runs', [[name, size]]]]);
  await commit(sink, [
    { id: idOf(1), order: 'a', status: 'loaded', rows: rows('x', null) },
    { id: idOf(2), order: 'a', status: 'loaded', rows: rows(null, 2n) },
    { id: idOf(3), order: 'a', status: 'loaded', rows: rows(null, null) },
  ]);
  await query(folder, "ALTER TABLE runs ADD COLUMN mine VARCHAR DEFAULT 'of a user'");
  expect(await told(sink)).toEqual([]);
  await query(folder, 'ALTER TABLE runs DROP COLUMN name');
  expect(await told(sink)).toEqual([['1', 'runs', 1, 1]]);
  await query(folder, 'ALTER TABLE runs ALTER COLUMN size TYPE VARCHAR');
  expect(await told(sink)).toEqual([
    ['1', 'runs', 1, 1],
    ['2', 'runs', 1, 1],
  ]);
});

test('a table whose loss was found is made again by the next load of the same sink', async () => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open();
  await commit(sink, [document(1, 'a', { runs: 1 })]);
  await query(folder, 'DROP TABLE runs');
  expect(await told(sink)).toEqual([['1', 'runs', 1, 0]]);
  await commit(sink, [document(1, 'b', { runs: 1 })]);
  expect(await told(sink)).toEqual([]);
});

test('a table with a column called rowid is compared too', async () => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open();
  const odd: Table = { name: 'odd', columns: [{ name: 'rowid', type: 'int64' }] };
  await using load = await sink.begin({ sync: 'lab', tables: [odd], since: undefined });
  const rows = new Map([['odd', [[null], [-1n]]]]);
  await load.stage([{ id: idOf(1), order: 'a', status: 'loaded', rows }]);
  await load.commit('s1');
  expect(await told(sink, [odd])).toEqual([]);
  await query(folder, 'UPDATE odd SET rowid = -2 WHERE rowid = -1');
  expect(await told(sink, [odd])).toEqual([['1', 'odd', 2, 2]]);
});

test('texts that do not fit into the memory limit are compared', async () => {
  await using folder = await temporaryFolder();
  const config = { memoryLimit: '24MB' };
  await using sink = await folder.open(config);
  const lab: Table = { name: 'lab', columns: [{ name: 'document', type: 'json' }] };
  await using load = await sink.begin({ sync: 'lab', tables: [lab], since: undefined });
  const texts = [16_000_000, ...Array.from({ length: 12 }, () => 1_000_000)];
  for (const [n, length] of texts.entries()) {
    const rows = new Map([['lab', [[longText(length)]]]]);
    await load.stage([{ id: idOf(n), order: 'a', status: 'loaded', rows }]);
  }
  await load.commit('s1');
  expect(await told(sink, [lab])).toEqual([]);
  await query(folder, `UPDATE lab SET document = '"x"' WHERE _file_key = '${idOf(7)}'`, config);
  expect(await told(sink, [lab])).toEqual([['7', 'lab', 1, 1]]);
}, 60_000);

test('a sink that is closed ends a comparison under way', async () => {
  await using folder = await temporaryFolder();
  const sink = await folder.open();
  await commit(sink, [document(1, 'a', { runs: 1 })]);
  await query(
    folder,
    `INSERT INTO runs SELECT md5(range::VARCHAR), 0, repeat('x', 300), range FROM range(300000)`,
  );
  const run = Connection.prototype.run;
  const comparing = new Promise<{ readonly statement: Promise<number> }>((resolve) => {
    vi.spyOn(Connection.prototype, 'run').mockImplementation(function (this: Connection, ...given) {
      const statement = run.apply(this, given);
      if (given[0].startsWith('INSERT INTO temp.main.damages')) resolve({ statement });
      return statement;
    });
  });
  const refused = expect(told(sink)).rejects.toMatchObject({ code: 'SINK_UNAVAILABLE' });
  const { statement } = await comparing;
  const interrupted = expect(statement).rejects.toMatchObject({
    cause: { message: expect.stringContaining('Interrupted') },
  });
  await sink[Symbol.asyncDispose]();
  await Promise.all([refused, interrupted]);
});
