import type { Table } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { temporaryFolder } from './folder.ts';
import { query } from './query.ts';

const ALL: Table = {
  name: 'all types',
  columns: [
    { name: 'b', type: 'boolean' },
    { name: 'i', type: 'int64' },
    { name: 'f', type: 'float64' },
    { name: 'd', type: 'decimal' },
    { name: 's', type: 'string' },
    { name: 'day', type: 'date' },
    { name: 't', type: 'timestamp' },
    { name: 'j', type: 'json' },
  ],
};

test('each type of the contract has its column type, and no table a key or an index', async () => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open();
  await using load = await sink.begin({ sync: 'lab', tables: [ALL], since: undefined });
  await load.commit('s1');
  const columns = await query(
    folder,
    `SELECT column_name, column_type, "null" FROM (DESCRIBE "all types")`,
  );
  expect(columns).toEqual([
    ['_file_key', 'VARCHAR', 'NO'],
    ['_row', 'INTEGER', 'NO'],
    ['b', 'BOOLEAN', 'YES'],
    ['i', 'BIGINT', 'YES'],
    ['f', 'DOUBLE', 'YES'],
    ['d', 'DECIMAL(38,9)', 'YES'],
    ['s', 'VARCHAR', 'YES'],
    ['day', 'DATE', 'YES'],
    ['t', 'TIMESTAMP WITH TIME ZONE', 'YES'],
    ['j', 'JSON', 'YES'],
  ]);
  expect(await query(folder, 'SELECT * FROM duckdb_indexes()')).toEqual([]);
});

test('a column that is made has its description as comment; one that is there keeps what it has', async () => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open();
  const said = (name: string, description: string) => ({
    name,
    type: 'int64' as const,
    description,
  });
  const make = async (since: string | undefined, columns: Table['columns']): Promise<void> => {
    await using load = await sink.begin({ sync: 'lab', tables: [{ name: "t'a", columns }], since });
    await load.commit(`${since}1`);
  };
  await make(undefined, [said('a', "it's µ"), { name: 'b', type: 'json' }]);
  await make('undefined1', [said('a', 'another'), said('c', '"c"'), { name: 'd', type: 'json' }]);
  const comments = await query(
    folder,
    'SELECT column_name, comment FROM duckdb_columns() WHERE comment IS NOT NULL',
  );
  expect(comments).toEqual([
    ['a', "it's µ"],
    ['c', '"c"'],
  ]);
});

test('columns added over reopenings keep what is there', async () => {
  await using folder = await temporaryFolder();
  let since: string | undefined;
  for (let width = 1; width <= ALL.columns.length; width += 1) {
    await using sink = await folder.open();
    const table = { ...ALL, columns: ALL.columns.slice(0, width) };
    await using load = await sink.begin({ sync: 'lab', tables: [table], since });
    const row = [
      true,
      1n,
      0.5,
      '1.5',
      'text',
      '2026-11-22',
      '2026-11-22T01:02:03.000004Z',
      '{"a":[1]}',
    ];
    const rows = new Map([[ALL.name, [row.slice(0, width)]]]);
    await load.stage([
      { id: width.toString(16).padStart(32, '0'), order: 'a', status: 'loaded', rows },
    ]);
    since = `s${width}`;
    await load.commit(since);
  }
  const counts = await query(
    folder,
    'SELECT count(*), count(b), count(i), count(f), count(d), count(s), count(day), count(t), count(j) FROM "all types"',
  );
  expect(counts).toEqual([[8n, 8n, 7n, 6n, 5n, 4n, 3n, 2n, 1n]]);
  const found = await query(
    folder,
    `SELECT epoch_us(t), j->>'$.a[0]', d::VARCHAR FROM "all types" WHERE j IS NOT NULL`,
  );
  expect(found).toEqual([
    [BigInt(Date.UTC(2026, 10, 22, 1, 2, 3)) * 1_000n + 4n, '1', '1.500000000'],
  ]);
});

test.each([
  ['a view', 'CREATE VIEW runs AS SELECT 1 AS _file_key, 2 AS _row'],
  ['a table without _file_key', 'CREATE TABLE runs (a VARCHAR)'],
])('%s of that name is SCHEMA_MISMATCH, and is left as it is', async (_, sql) => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open();
  await query(folder, sql);
  const tables: Table[] = [
    { name: 'other', columns: [{ name: 'a', type: 'string' }] },
    { name: 'RUNS', columns: [{ name: 'b', type: 'string' }] },
  ];
  const begun = sink.begin({ sync: 'lab', tables, since: undefined });
  await expect(begun).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' });
  const read = sink
    .rows({ ...ALL, name: 'RUNS' }, [])
    [Symbol.asyncIterator]()
    .next();
  await expect(read).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' });
  const names =
    "SELECT table_name FROM information_schema.tables WHERE table_catalog = 'tdp' AND table_name NOT LIKE '\\_tdp%' ESCAPE '\\'";
  expect(await query(folder, names)).toEqual([['runs']]);
});

test('JSON is kept as it is written: doubled keys, long numbers, escapes', async () => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open();
  const table: Table = { name: 'j', columns: [{ name: 'j', type: 'json' }] };
  const texts = [
    ' {"a": 1, "a": 2} ',
    '{"a":12345678901234567890.123456789}',
    '1e400',
    '{"a":"\\u00e9"}',
  ];
  await using load = await sink.begin({ sync: 'lab', tables: [table], since: undefined });
  const rows = new Map([['j', texts.map((text) => [text])]]);
  await load.stage([{ id: '0'.repeat(32), order: 'a', status: 'loaded', rows }]);
  await load.commit('s1');
  const found = await query(folder, "SELECT j::VARCHAR, j->>'$.a' FROM j ORDER BY _row");
  // Of doubled keys the first is found; a long number is a double to the functions, not to the text.
  expect(found).toEqual([
    [texts[0], '1'],
    [texts[1], '12345678901234567000.0'],
    [texts[2], null],
    [texts[3], 'é'],
  ]);
});
