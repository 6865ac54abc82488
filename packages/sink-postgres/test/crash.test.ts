import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Sink, SinkError, type StoredDocument } from '@tdp-sync/sink';
import type { TestDatabase } from '@tdp-sync/sink/conformance';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresSink } from '../src/adapter.ts';
import { configSchema, type PostgresConfig } from '../src/config.ts';
import { harness } from '../src/conformance.ts';
import { documentsOf, rowCounts, stamp, TABLES } from './child/loads.ts';
import { cuttingProxy } from './cutting-proxy.ts';
import type { PostgresServer } from './server/postgres.ts';
import { canStart, connect, createDatabase, ownServer, title } from './server.ts';

const CONTEXT = { baseDir: process.cwd() };
const KILLS = 8;
/** Where the connections are cut: within what is sent, and instead of each answer up to the last of a load. */
const BYTES = [1, 300, 1_500, 3_000, 20_000, 60_000, 90_000, 120_000, 124_000, 126_000, 128_000];
const ANSWERS = Array.from({ length: 40 }, (_, n) => n + 1);

describe.skipIf(!canStart)(title('crashes', canStart), () => {
  let server: PostgresServer;
  beforeAll(async () => {
    // Killed servers must find on the disk what they have said is there.
    server = await ownServer({ isDurable: true });
    await createDatabase(server, 'lab');
  });
  afterAll(() => server[Symbol.asyncDispose]());

  function fresh(): Promise<TestDatabase> {
    return harness({ url: server.url('lab') }).fresh();
  }

  test('kill -9 of the client at any moment leaves rows, ledger and state of one commit', async () => {
    await using database = await fresh();
    const random = numbers(4711);
    for (let round = 0; round < KILLS; round += 1) {
      const acknowledged = await writeUntil(database, random, (child) => child.kill('SIGKILL'));
      await expectWhole(database, acknowledged);
    }
  });

  test('kill -9 of the server at any moment loses no commit that was acknowledged, and tears none', async () => {
    await using database = await fresh();
    const random = numbers(815);
    for (let round = 0; round < KILLS; round += 1) {
      // The writer ends by itself: what it does meets a connection that is gone.
      const acknowledged = await writeUntil(database, random, () => void server.kill());
      await server.start();
      await expectWhole(database, acknowledged);
    }
  });

  test('a connection cut anywhere leaves all or nothing, and the state tells which', async () => {
    await using database = await fresh();
    await using proxy = await cuttingProxy(server.host, server.port);
    const config = through(proxy.port, configOf(database));
    await using sink = await postgresSink.open(config, CONTEXT);
    let since: string | undefined;
    let applied = 0;
    const cuts = [
      ...BYTES.map((bytes) => () => proxy.cutAfterBytes(bytes)),
      ...ANSWERS.map((answer) => () => proxy.cutAtAnswer(answer)),
    ];
    for (const [at, cutLater] of cuts.entries()) {
      cutLater();
      const error = await loaded(sink, since, at + 1).then(
        () => undefined,
        (error: unknown) => error,
      );
      proxy.mend();
      if (error !== undefined) {
        expect(error).toBeInstanceOf(SinkError);
        expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true });
        if ((await settle(sink, since, at + 1)) === 'applied') applied += 1;
      }
      since = stamp(at + 1);
      expect(await sink.readState('lab')).toBe(since);
      await expectWhole(database, since);
    }
    // The answer to COMMIT was among those that were dropped.
    expect(applied).toBeGreaterThan(0);
  });

  test('a session that an administrator ends: the load fails as one that may be tried again, and nothing stays', async () => {
    await using database = await fresh();
    await using admin = await connect(server.url('lab'));
    await using sink = await postgresSink.open(configOf(database), CONTEXT);
    await loaded(sink, undefined, 1);
    const load = await sink.begin({ sync: 'lab', tables: TABLES, since: stamp(1) });
    await load.stage(documentsOf(2));
    const { rowCount } = await admin.client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tdp-sync'",
    );
    expect(rowCount).toBeGreaterThan(0);
    await expect(load.commit(stamp(2))).rejects.toMatchObject({
      code: 'SINK_UNAVAILABLE',
      retryable: true,
    });
    await load[Symbol.asyncDispose]();
    await expectWhole(database, stamp(1));
    await loaded(sink, stamp(1), 2);
    await expectWhole(database, stamp(2));
  });

  test('two runners at once: each commit is whole, and who comes second begins again', async () => {
    await using database = await fresh();
    await using one = await postgresSink.open(configOf(database), CONTEXT);
    await using two = await postgresSink.open(configOf(database), CONTEXT);
    const [first, second] = await Promise.all([race(one, 30), race(two, 30)]);
    expect(await one.readState('lab')).toBe(stamp(30));
    expect(first + second).toBeGreaterThan(0);
    await expectWhole(database, stamp(30));
  });
});

/** Loads until the state is there, whoever has moved it; says how often the other was first. */
async function race(sink: Sink, upto: number): Promise<number> {
  let refused = 0;
  for (;;) {
    const since = await sink.readState('lab');
    const n = Number(since ?? 0) + 1;
    if (n > upto) return refused;
    await loaded(sink, since, n).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'STATE_CONFLICT' });
      refused += 1;
    });
  }
}

/** Ends the writer some acknowledged commits after its start, and a little later: in the midst of the next. */
async function writeUntil(
  database: TestDatabase,
  random: () => number,
  end: (child: ReturnType<typeof spawn>) => void,
): Promise<string> {
  const script = fileURLToPath(new URL('./child/writer.ts', import.meta.url));
  const env = { ...process.env, WRITER_CONFIG: JSON.stringify(database.config) };
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'ignore'], env });
  const ended = once(child, 'exit');
  let left = 1 + Math.floor(random() * 6);
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    left -= 1;
    if (left === 0) setTimeout(() => end(child), random() * 60);
  }
  await ended;
  expect(left).toBeLessThanOrEqual(0);
  return last;
}

/** What the contract tells a caller to do: read the state, and load again if it has not moved. */
async function settle(
  sink: Sink,
  since: string | undefined,
  n: number,
): Promise<'applied' | 'again'> {
  const stored = await sink.readState('lab').catch(() => sink.readState('lab'));
  expect([since, stamp(n)]).toContain(stored);
  if (stored !== since) return 'applied';
  await loaded(sink, since, n).catch((error: unknown) => {
    // The commit that lost its connection was still at work on the server, and has come through since.
    expect(error).toMatchObject({ code: 'STATE_CONFLICT' });
  });
  return 'again';
}

/** The same database by way of the proxy. */
function through(port: number, config: PostgresConfig): PostgresConfig {
  const url = new URL(config.url ?? '');
  url.port = String(port);
  return configSchema.parse({ ...config, url: url.href });
}

function configOf(database: TestDatabase): PostgresConfig {
  return database.config as PostgresConfig;
}

async function loaded(sink: Sink, since: string | undefined, n: number): Promise<void> {
  await using load = await sink.begin({ sync: 'lab', tables: TABLES, since });
  await load.stage(documentsOf(n));
  await load.commit(stamp(n));
}

async function expectWhole(database: TestDatabase, acknowledged: string): Promise<void> {
  await using sink = await postgresSink.open(configOf(database), CONTEXT);
  const state = (await sink.readState('lab')) ?? '';
  expect(state >= acknowledged, `${state} is stored, ${acknowledged} was acknowledged`).toBe(true);
  const ledger: StoredDocument[] = [];
  for await (const line of sink.documents('lab')) ledger.push(line);
  const orders = ledger.map(({ order }) => order).sort();
  expect(orders.at(-1)).toBe(state);
  for (const table of ['runs', 'peaks'] as const) {
    const rows = await database.read(table);
    const expected = ledger.flatMap(({ id, order }) => {
      const n = Number(order);
      return Array.from({ length: rowCounts(n)[table] }, (_, row) => [id, BigInt(row), BigInt(n)]);
    });
    expect(rows.map((row) => [row['_file_key'], row['_row'], row['load']])).toEqual(expected);
  }
  const damaged = [];
  for await (const damage of sink.damages('lab', TABLES)) damaged.push(damage);
  expect(damaged).toEqual([]);
  const tables = ['_tdp_sync_documents', '_tdp_sync_state', 'peaks', 'runs'];
  expect([...(await database.tables())].sort()).toEqual(tables);
}

/** The same numbers from 0 to 1 in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
