import { expect, test } from 'vitest';
import { document, failure, open, RUNS, serverThat, TARGET } from './tds/lab.ts';
import type { Request } from './tds/request.ts';
import type { Answer } from './tds/server.ts';
import type { Cell } from './tds/tokens.ts';

/** A server that answers so when it is asked what it is like. */
function like(compresses: number, level: number | null, readsSnapshots: number) {
  const int = (value: number | null): Cell => (value === null ? null : { int: value });
  const row = [int(compresses), int(level), int(readsSnapshots)];
  return (request: Request): Answer | undefined =>
    request.kind === 'procedure' && request.sql.includes('[compresses]')
      ? { sets: [[row]] }
      : undefined;
}

const sqlOf = (requests: readonly (readonly Request[])[]): readonly string[] =>
  requests.flat().flatMap((request) => (request.kind === 'bulk' ? [] : [request.sql]));

test('a database at a compatibility level without OPENJSON is refused, with what to do', async () => {
  await using server = await serverThat(like(1, 120, 0));
  const error = await failure(open(server));
  expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: false });
  expect(error.message).toContain('is 120');
  expect(error.message).toContain('COMPATIBILITY_LEVEL');
  expect(sqlOf(server.sessions).filter((sql) => sql.includes('CREATE'))).toEqual([]);
});

test.each([
  [1, 130],
  // A server of another make, whose level says nothing.
  [0, null],
])('new tables are compressed where the server can (%i)', async (compresses, level) => {
  await using server = await serverThat(like(compresses, level, 0));
  await using sink = await open(server);
  // The server does not have it afterwards, which is none of this test's business.
  await failure(sink.begin({ ...TARGET, tables: [{ ...RUNS, name: 'other' }] }));
  const created = sqlOf(server.sessions).filter((sql) =>
    /CREATE TABLE "dbo".*(other|documents)/.test(sql),
  );
  expect(created.length).toBeGreaterThanOrEqual(2);
  for (const sql of created) expect(sql.includes('DATA_COMPRESSION = PAGE')).toBe(compresses === 1);
});

test.each([
  [0, true],
  [1, false],
])(
  'rows are read with a lock on the table unless the database reads snapshots (%i)',
  async (snapshots, locks) => {
    await using server = await serverThat(like(1, 150, snapshots));
    await using sink = await open(server);
    await Array.fromAsync(sink.rows(RUNS, [document(1).id]));
    const [read = ''] = sqlOf(server.sessions).filter((sql) =>
      sql.startsWith('SELECT t.[_file_key]'),
    );
    expect(read.includes('TABLOCK')).toBe(locks);
  },
);

test('every statement waits a minute for a lock, and no longer', async () => {
  await using server = await serverThat(() => undefined);
  await using sink = await open(server);
  await sink.readState('lab');
  await Array.fromAsync(sink.documents('lab'));
  await Array.fromAsync(sink.damages('lab', [RUNS]));
  await using load = await sink.begin(TARGET);
  await load.stage([document(1)]);
  await load.commit('s2');
  const own = server.sessions
    .flat()
    // What the driver sends of its own accord: a login's settings, and what announces a bulk load.
    .flatMap((one) => (one.kind === 'bulk' || /^(?:set |insert bulk)/.test(one.sql) ? [] : [one]));
  expect(own.length).toBeGreaterThan(10);
  expect(own.filter(({ waits }) => waits !== 60_000)).toEqual([]);
});

test('names are compared as the catalogue does, whatever the collation of the database', async () => {
  // The catalogue does not find _TDP_SYNC_STATE: so RUNS is not runs.
  await using server = await serverThat((request) =>
    request.kind === 'procedure' && request.sql.includes('ignores_case')
      ? { sets: [[[{ int: 0 }]]] }
      : undefined,
  );
  await using sink = await open(server);
  const tables = [{ ...RUNS, name: 'RUNS' }];
  // It is created; the server, which has another by this name only in lower case, shows none afterwards.
  await failure(sink.begin({ ...TARGET, tables }));
  expect(
    sqlOf(server.sessions).filter((sql) => sql.includes('CREATE TABLE "dbo"."RUNS"')),
  ).toHaveLength(1);
  const [asked = ''] = sqlOf(server.sessions).filter((sql) => sql.includes('ignores_case'));
  expect(asked).toContain("N'_TDP_SYNC_STATE'");
});
