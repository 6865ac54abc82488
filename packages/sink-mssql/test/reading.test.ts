import type { Sink, StoredDocument, StoredRow, Table } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { failure, open, RUNS, serverThat } from './tds/lab.ts';
import type { Request } from './tds/request.ts';
import type { Cell } from './tds/tokens.ts';

const ID = (n: number) => n.toString(16).padStart(32, '0');

/** The ids that a statement was given, or undefined when it is another statement. */
function idsOf(request: Request, sql: string): readonly string[] | undefined {
  if (request.kind !== 'procedure' || !request.sql.startsWith(sql)) return undefined;
  return JSON.parse(request.parameters['@ids'] ?? '[]');
}

async function rowsOf(sink: Sink, table: Table, ids: readonly string[]): Promise<StoredRow[]> {
  const rows: StoredRow[] = [];
  for await (const row of sink.rows(table, ids)) rows.push(row);
  return rows;
}

test('rows come portion by portion, in the forms of the contract', async () => {
  const portions: number[] = [];
  await using server = await serverThat((request) => {
    const ids = idsOf(request, 'SELECT t.[_file_key]');
    if (ids === undefined) return undefined;
    portions.push(ids.length);
    return { sets: [ids.map((id): readonly Cell[] => [id, 'text ', '-0.100000000', null])] };
  });
  await using sink = await open(server);
  const asked: Table = {
    name: 'runs',
    columns: [...RUNS.columns, { name: 'missing', type: 'json' }],
  };
  const ids = Array.from({ length: 300 }, (_, n) => ID(n));
  const rows = await rowsOf(
    sink,
    asked,
    [...ids, ...ids, 'no id', '\ud800', `${ID(1)} `].reverse(),
  );
  expect(rows.map(({ id }) => id)).toEqual(ids);
  expect(rows[0]?.row).toEqual(['text ', '-0.1', null]);
  expect(portions).toEqual([16, 64, 220]);
});

test('portions shrink when documents are large', async () => {
  const portions: number[] = [];
  await using server = await serverThat((request) => {
    const ids = idsOf(request, 'SELECT t.[_file_key]');
    if (ids === undefined) return undefined;
    portions.push(ids.length);
    const large = 'x'.repeat(4_000);
    const rows = ids.flatMap((id) => Array.from({ length: 300 }, (): Cell[] => [id, large, '1']));
    return { sets: [rows] };
  });
  await using sink = await open(server);
  const ids = Array.from({ length: 32 }, (_, n) => ID(n));
  expect((await rowsOf(sink, RUNS, ids)).length).toBe(32 * 300);
  // 1.2 million characters a document, and 8 million a portion.
  expect(portions).toEqual([16, 6, 6, 4]);
});

test.each<[string, Table, string]>([
  ['another type', { name: 'runs', columns: [{ name: 'size', type: 'int64' }] }, 'SCHEMA_MISMATCH'],
  ['a blank at the end', { name: 'runs ', columns: RUNS.columns }, 'INVALID_VALUE'],
  ['a temporary table', { name: '#runs', columns: RUNS.columns }, 'INVALID_VALUE'],
])('rows: %s is refused, whatever the ids', async (_, table, code) => {
  await using server = await serverThat(() => undefined);
  await using sink = await open(server);
  expect(await failure(rowsOf(sink, table, []))).toMatchObject({ code });
});

test('a view is no table, and neither is one without the columns of the sink', async () => {
  for (const [type, column] of [
    ['VIEW', '_file_key'],
    ['BASE TABLE', 'other'],
  ] as const) {
    await using server = await serverThat((request) =>
      request.kind === 'procedure' && request.sql.startsWith('SELECT TABLE_NAME')
        ? {
            sets: [
              [['runs', type]],
              [column, '_row'].map((name) => ['runs', name, 'int', null, '0', '0', null]),
            ],
          }
        : undefined,
    );
    await using sink = await open(server);
    expect(await failure(rowsOf(sink, RUNS, []))).toMatchObject({ code: 'SCHEMA_MISMATCH' });
    const begun = sink.begin({ sync: 'lab', tables: [RUNS], since: undefined });
    expect(await failure(begun)).toMatchObject({ code: 'SCHEMA_MISMATCH' });
  }
});

test('all lines are read page by page, lines of ids in portions, the state to the letter', async () => {
  const after: unknown[] = [];
  const portions: number[] = [];
  await using server = await serverThat((request) => {
    if (request.kind !== 'procedure') return undefined;
    if (request.sql.startsWith('SELECT [state]')) return { sets: [[[' state \n']]] };
    const ids = idsOf(request, 'SELECT [id]');
    if (ids !== undefined) {
      portions.push(ids.length);
      return { sets: [ids.map((id) => [id, 'a', 'failed'])] };
    }
    if (!request.sql.startsWith('SELECT TOP')) return undefined;
    after.push(request.parameters['@after']);
    const from = after.length === 1 ? 0 : 10_000;
    const lines = Array.from({ length: after.length === 1 ? 10_000 : 3 }, (_, n) => [
      ID(from + n),
      'a',
      'loaded',
    ]);
    return { sets: [lines] };
  });
  await using sink = await open(server);
  const read = async (lines: AsyncIterable<StoredDocument>) => {
    const found: StoredDocument[] = [];
    for await (const line of lines) found.push(line);
    return found;
  };
  expect(await sink.readState('lab')).toBe(' state \n');
  const all = await read(sink.documents('lab', { status: 'loaded' }));
  expect(all.length).toBe(10_003);
  expect(after).toEqual(['', ID(9_999)]);
  const ids = Array.from({ length: 12_000 }, (_, n) => ID(n));
  const some = await read(sink.documents('lab', { ids: [...ids, 'x'] }));
  expect(some.map(({ id }) => id)).toEqual(ids);
  expect(some[0]).toEqual({ id: ID(0), order: 'a', status: 'failed' });
  expect(portions).toEqual([5_000, 5_000, 2_000]);
  expect(await read(sink.documents('lab', { ids: [] }))).toEqual([]);
});

test('tables and columns that are missing are created, one statement each, and looked at again', async () => {
  const columns: Cell[][] = [];
  const column = (name: string, type: string, length: string | null) => [
    'Runs',
    name,
    type,
    length,
    '38',
    '9',
    null,
  ];
  await using server = await serverThat((request) => {
    if (request.kind === 'bulk') return undefined;
    if (request.sql.includes('CREATE TABLE "dbo"."runs"')) {
      columns.push(column('_file_key', 'nvarchar', '128'), column('_row', 'int', null));
      columns.push(column('name', 'nvarchar', '-1'), column('SIZE', 'numeric', null));
    }
    if (request.sql.includes('ADD "added"')) columns.push(column('added', 'bigint', null));
    if (!request.sql.startsWith('SELECT TABLE_NAME')) return undefined;
    return { sets: [columns.length === 0 ? [] : [['Runs', 'BASE TABLE']], columns] };
  });
  await using sink = await open(server);
  await using _first = await sink.begin({ sync: 'lab', tables: [RUNS], since: undefined });
  const wider: Table = { ...RUNS, columns: [...RUNS.columns, { name: 'added', type: 'int64' }] };
  await using _second = await sink.begin({ sync: 'lab', tables: [wider], since: undefined });
  await using _third = await sink.begin({ sync: 'lab', tables: [wider], since: undefined });
  const changes = server.sessions
    .flat()
    .flatMap((request) => (request.kind === 'batch' ? [request.sql] : []))
    .filter((sql) => /CREATE TABLE "dbo"\."runs"|ALTER TABLE "dbo"\."/.test(sql))
    .map((sql) => /(?:CREATE|ALTER) .{26}/.exec(sql)?.[0]);
  expect(changes).toEqual([
    'CREATE TABLE "dbo"."runs" ([_file',
    'ALTER TABLE "dbo"."Runs" ADD "ad',
  ]);
});
