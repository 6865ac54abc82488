import { afterEach, expect, it, vi } from 'vitest';
import { decodeBulk } from '../../packages/sink-mssql/test/tds/bulk.ts';
import { FakeDatabase } from '../../packages/sink-mssql/test/tds/database.ts';
import { fakeServer } from '../../packages/sink-mssql/test/tds/server.ts';
import { mssql, mssqlProgram, mssqlTable } from '../mssql.ts';

const VARIABLE = 'TDP_SYNC_TEST_MSSQL_URL';
afterEach(() => vi.unstubAllEnvs());

it('says so when no server is named', async () => {
  vi.stubEnv(VARIABLE, '');
  const { text, figures } = await mssqlProgram.run([]);
  expect(text).toContain(VARIABLE);
  expect(text).toContain('1 table 7 (logins 0), 10 tables 25 (logins 0), 60 tables 125 (logins 0)');
  expect(figures).toBeUndefined();
});

it('loads every row by bulk load and through the sink', async () => {
  const database = new FakeDatabase();
  // Over a real socket and by the real driver, but to a server that only knows the shape of each statement.
  await using server = await fakeServer({
    answer: (request, session) => database.answer(request, session),
  });
  vi.stubEnv(VARIABLE, `mssql://tdp:x@127.0.0.1:${server.port}/lab?encrypt=false`);
  const result = await mssql([
    '--documents',
    '30',
    '--rows',
    '4',
    '--batch',
    '16',
    '--rounds',
    '1',
  ]);
  expect(result).toMatchObject({ documents: 30, rowsPerDocument: 4, rounds: 1 });
  for (const figure of [...Object.values(result.ofBulk), ...Object.values(result.cpuUsPerRow)])
    expect(figure).toBeGreaterThan(0);
  // Without the sink's own columns it is the driver's load alone: all rows in one.
  const bulks = server.sessions.flat().filter((request) => request.kind === 'bulk');
  const widths = bulks.map(({ data }) => decodeBulk(data)).filter((rows) => rows[0]?.length === 7);
  expect(widths.map((rows) => rows.length)).toEqual([120]);
  expect(mssqlTable(result)).toMatch(/sink, replaced documents {2,}\d/);
  // The server says 24 KiB of 120 rows.
  expect(result.bytesPerRow).toMatchObject({ bulk: 0, load: 204.8, replace: 204.8 });
  expect(mssqlTable(result)).toMatch(/sink, new documents .* 205$/m);
});
