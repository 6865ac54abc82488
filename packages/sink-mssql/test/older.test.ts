import type { Table } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { configSchema } from '../src/config.ts';
import { Connections } from '../src/connection.ts';
import { FakeDatabase } from './tds/database.ts';
import { document, open } from './tds/lab.ts';
import { fakeServer } from './tds/server.ts';

const KEY = 'nvarchar(128) COLLATE Latin1_General_100_BIN2 NOT NULL';
const TEXT = 'nvarchar(max) COLLATE Latin1_General_100_BIN2';
const RUNS: Table = {
  name: 'runs',
  columns: [
    { name: 'name', type: 'string' },
    { name: 'size', type: 'decimal' },
  ],
};
/** As version 1.0 made them, word for word. */
const MADE = [
  `IF SCHEMA_ID(N'dbo') IS NULL EXEC(N'CREATE SCHEMA "dbo"')`,
  ...[
    ['_tdp_sync_state', `([sync] ${KEY}, [state] ${TEXT} NOT NULL, PRIMARY KEY ([sync]))`],
    [
      '_tdp_sync_documents',
      `([sync] ${KEY}, [id] ${KEY}, [order] ${KEY}, [status] varchar(8) NOT NULL, PRIMARY KEY ([sync], [id]))`,
    ],
    [
      'runs',
      `([_file_key] ${KEY}, [_row] int NOT NULL, "name" ${TEXT} NULL, "size" decimal(38,9) NULL, PRIMARY KEY CLUSTERED ([_file_key], [_row]))`,
    ],
  ].map(
    ([name, columns]) =>
      `IF NOT EXISTS (SELECT 1 FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = N'dbo' AND TABLE_NAME = N'${name}') CREATE TABLE "dbo"."${name}" ${columns}`,
  ),
];

test('tables and a ledger of an older version are used as they are', async () => {
  const database = new FakeDatabase();
  await using server = await fakeServer({
    answer: (request, session) => database.answer(request, session),
  });
  const config = configSchema.parse({
    ...{ server: '127.0.0.1', port: server.port, database: 'lab', user: 'tdp' },
    ...{ password: 'x', encrypt: false },
  });
  const connection = await Connections.open(config, { min: 0, max: 1 });
  for (const statement of MADE) await connection.batch(statement);
  await connection.close();

  await using sink = await open(server);
  let since: string | undefined;
  for (const state of ['s1', 's2']) {
    await using load = await sink.begin({ sync: 'lab', tables: [RUNS], since });
    await load.stage([{ ...document(1), order: state }]);
    expect(await load.commit(state)).toEqual({ applied: 1, leftAlone: 0 });
    since = state;
  }
  const rows = await Array.fromAsync(sink.rows(RUNS, [document(1).id]));
  expect(rows).toEqual([{ id: document(1).id, row: ['run 1', '1.5'] }]);
  expect(await Array.fromAsync(sink.damages('lab', [RUNS]))).toEqual([]);
  const made = server.sessions.flat().flatMap((one) => ('sql' in one ? one.sql : []));
  // What is missing is the column of the ledger in which rows are recorded.
  expect(made.filter((sql) => sql.includes('ALTER TABLE'))).toHaveLength(1);
});
