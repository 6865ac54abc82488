import { expect, test } from 'vitest';
import { document, failure, healthy, isCommit, open, RUNS, serverThat, TARGET } from './tds/lab.ts';
import { type FakeServer, fakeServer } from './tds/server.ts';

/** What a connection was asked, without the driver's own statements. */
function asked(server: FakeServer, session: number): readonly string[] {
  return (server.sessions[session] ?? [])
    .map((request) => (request.kind === 'bulk' ? '(rows)' : (request.sql.split('\n')[0] ?? '')))
    .filter((sql) => sql !== 'SELECT 1;' && !/^set \w+/.test(sql));
}

test('a load: its own connection, staged by bulk, committed in one request', async () => {
  await using server = await serverThat(() => undefined);
  await using sink = await open(server);
  const load = await sink.begin(TARGET);
  await load.stage([document(1), document(2)]);
  expect(await load.commit('s2')).toEqual({ applied: 1, leftAlone: 1 });
  const session = server.sessions.findIndex((requests) => requests.some(isCommit));
  expect(asked(server, session)).toMatchInlineSnapshot(`
    [
      "SET XACT_ABORT ON; SET DEADLOCK_PRIORITY LOW;",
      "CREATE TABLE #s0 ([seq] int NULL, [r] int NULL, [id] char(32) COLLATE Latin1_General_100_BIN2 NULL, [c0] nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL, [c1] varchar(40) COLLATE Latin1_General_100_BIN2 NULL);",
      "insert bulk [#s0]([seq] int, [r] int, [id] char(32), [c0] nvarchar(max), [c1] varchar(40)) WITH (KEEP_NULLS,TABLOCK,ORDER (id ASC, r ASC))",
      "(rows)",
      "insert bulk [#docs]([t] int, [seq] int, [id] char(32), [order] varchar(128), [status] varchar(8), [replaces] varchar(128)) WITH (KEEP_NULLS,TABLOCK,ORDER (t ASC, seq ASC))",
      "(rows)",
      "SET NOCOUNT ON; SET XACT_ABORT ON; DECLARE @moved int = 0, @applied int, @done int = 0;",
    ]
  `);
  const commit = server.sessions[session]?.find(isCommit);
  expect(commit).toMatchObject({
    parameters: { '@sync': 'lab |', '@state': 's2', '@since': 's1' },
  });
  const rows = server.sessions[session]?.flatMap((one) => (one.kind === 'bulk' ? [one.data] : []));
  expect(rows?.[0]?.includes(Buffer.from('run 2', 'utf16le'))).toBe(true);
});

test('nothing is created where all is there', async () => {
  await using server = await serverThat(() => undefined);
  await using sink = await open(server);
  await using _load = await sink.begin({ ...TARGET, tables: [{ ...RUNS, name: 'RUNS' }] });
  const all = server.sessions.flatMap((_, session) => asked(server, session));
  expect(all.filter((sql) => /^(IF NOT EXISTS.*"RUNS"|ALTER)/i.test(sql))).toEqual([]);
});

test.each<[number, string, boolean]>([
  [51_000, 'STATE_CONFLICT', false],
  [1205, 'SINK_UNAVAILABLE', true],
  [1222, 'SINK_UNAVAILABLE', true],
  [40_197, 'SINK_UNAVAILABLE', true],
  [229, 'SINK_PERMISSION', false],
  [2627, 'SINK_FAILED', false],
])('error %i of the commit is %s', async (number, code, retryable) => {
  await using server = await serverThat((request) =>
    isCommit(request)
      ? { error: { number, message: 'The INSERT permission: a patient' } }
      : undefined,
  );
  await using sink = await open(server);
  await using load = await sink.begin(TARGET);
  await load.stage([document(1)]);
  const error = await failure(load.commit('s2'));
  expect(error).toMatchObject({ code, retryable });
  expect(error.message).not.toContain('patient');
  expect(await failure(load.commit('s2'))).toMatchObject({ code: 'LOAD_CLOSED' });
});

test.each(['reset', 'end'] as const)(
  'a connection lost under the commit (%s): unknown, retryable, and the sink goes on',
  async (cut) => {
    await using server = await serverThat((request) => (isCommit(request) ? { cut } : undefined));
    await using sink = await open(server);
    await using load = await sink.begin(TARGET);
    await load.stage([document(1)]);
    const error = await failure(load.commit('s2'));
    expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true });
    expect(await sink.readState('lab')).toBeUndefined();
  },
);

test.each([
  [1, 'noticed'],
  [20_001, 'noticed'],
  [1, 'not noticed yet'],
])(
  'a connection lost between stage and commit (%i documents, %s): another is never used',
  async (count, when) => {
    await using server = await serverThat(() => undefined);
    await using sink = await open(server);
    await using load = await sink.begin(TARGET);
    await load.stage(Array.from({ length: count }, (_, n) => document(n)));
    server.cut();
    // A few round trips on another connection: by then it is known.
    if (when === 'noticed') await sink.readState('lab').catch(() => sink.readState('lab'));
    const sessions = server.sessions.length;
    const error = await failure(load.commit('s2'));
    expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true });
    if (when === 'noticed') expect(error.message).toContain('everything that was staged');
    expect(server.sessions.slice(sessions).flat()).toEqual([]);
    expect(server.sessions.flat().filter(isCommit)).toEqual([]);
    // The sink itself connects again.
    expect(await sink.readState('lab')).toBeUndefined();
  },
);

test('the session of a load is left to the next one, unless something has gone wrong in it', async () => {
  let refused = 0;
  await using server = await serverThat((request) => {
    if (!isCommit(request) || refused > 0) return undefined;
    refused += 1;
    return { error: { number: 2627, message: 'Violation of PRIMARY KEY constraint.' } };
  });
  await using sink = await open(server);
  const loaded = async (): Promise<number> => {
    await using load = await sink.begin(TARGET);
    await load.stage([document(1)]);
    await load.commit('s2').catch(() => undefined);
    return server.sessions.findLastIndex((requests) => requests.some(isCommit));
  };
  const [failed, next, same] = [await loaded(), await loaded(), await loaded()];
  expect(next).toBeGreaterThan(failed);
  expect(same).toBe(next);
});

test('two loads at once have a session each', async () => {
  await using server = await serverThat(() => undefined);
  await using sink = await open(server);
  await using one = await sink.begin(TARGET);
  await using two = await sink.begin(TARGET);
  for (const load of [one, two]) {
    await load.stage([document(1)]);
    await load.commit('s2');
  }
  expect(server.sessions.filter((requests) => requests.some(isCommit))).toHaveLength(2);
});

test('an idle session that somebody has ended is replaced without a word', async () => {
  await using server = await serverThat(() => undefined);
  await using sink = await open(server);
  const loaded = async (): Promise<unknown> => {
    await using load = await sink.begin(TARGET);
    await load.stage([document(1)]);
    return load.commit('s2');
  };
  await loaded();
  server.cut();
  await sink.readState('lab').catch(() => sink.readState('lab'));
  expect(await loaded()).toEqual({ applied: 1, leftAlone: 0 });
});

test.each(['reset', 'end'] as const)(
  'a connection lost under a bulk load (%s) closes the load',
  async (cut) => {
    await using server = await serverThat(({ kind }) => (kind === 'bulk' ? { cut } : undefined));
    await using sink = await open(server);
    await using load = await sink.begin(TARGET);
    const many = Array.from({ length: 20_001 }, (_, n) => document(n));
    const error = await failure(load.stage(many));
    expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true });
    expect(await failure(load.stage([]))).toMatchObject({ code: 'LOAD_CLOSED' });
  },
);

test('a statement of the opening that fails once is tried again', async () => {
  let failed = 0;
  await using server = await serverThat((request) => {
    if (request.kind !== 'batch' || !request.sql.includes('CREATE TABLE') || failed > 0) return;
    failed += 1;
    return { error: { number: 2714, message: 'There is already an object named x.' } };
  });
  await using sink = await open(server);
  expect(failed).toBe(1);
  expect(await sink.readState('lab')).toBeUndefined();
});

const WRONG = { number: 18_456, message: "Login failed for user 'tdp'." };

test.each([
  [18_456, 'SINK_PERMISSION', false],
  // A server that cannot open the database says so first, and then that the login has failed.
  [4060, 'SINK_UNAVAILABLE', true],
  [18_401, 'SINK_UNAVAILABLE', true],
  [922, 'SINK_UNAVAILABLE', true],
  [49_918, 'SINK_UNAVAILABLE', true],
])(
  'error %i of the login, followed by that of a failed login, is %s',
  async (number, code, retryable) => {
    const login = () => [{ number, message: 'Not now.' }, WRONG];
    await using server = await fakeServer({ login, answer: healthy });
    const error = await failure(open(server));
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).toContain(`error ${number}`);
  },
  20_000,
);

test('a server that is not there is retryable, and no secret is told', async () => {
  const server = await serverThat(() => undefined);
  await server[Symbol.asyncDispose]();
  expect(await failure(open(server))).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true });
});

test('closing the sink closes every connection', async () => {
  await using server = await serverThat(() => undefined);
  const sink = await open(server);
  const load = await sink.begin(TARGET);
  await load.stage([document(1)]);
  await sink[Symbol.asyncDispose]();
  await expect.poll(() => server.open).toBe(0);
  expect(await failure(load.commit('s2'))).toMatchObject({ code: 'LOAD_CLOSED' });
  expect(await failure(sink.begin(TARGET))).toMatchObject({ code: 'SINK_UNAVAILABLE' });
});
