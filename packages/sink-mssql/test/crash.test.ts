import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Sink, SinkError, type StoredDocument } from '@tdp-sync/sink';
import type { TestDatabase } from '@tdp-sync/sink/conformance';
import { describe, expect, test } from 'vitest';
import { mssqlSink } from '../src/adapter.ts';
import { configSchema, type MssqlConfig } from '../src/config.ts';
import { harness } from '../src/conformance.ts';
import { driverConfig } from '../src/connection.ts';
import { documentsOf, rowCounts, stamp, TABLES } from './child/loads.ts';
import { cuttingProxy } from './cutting-proxy.ts';
import { hasServer, serverConfig, title } from './server.ts';

const CONTEXT = { baseDir: process.cwd() };
const KILLS = 6;
/** Where the connections are cut: within what is sent, and instead of each answer up to the last of a load. */
const BYTES = [1, 2_000, 5_000, 9_000, 15_000, 40_000, 90_000, 120_000, 130_000, 140_000, 150_000];
const ANSWERS = Array.from({ length: 45 }, (_, n) => n + 1);
const TIMEOUT_MS = 600_000;

describe.skipIf(!hasServer)(title('crashes'), () => {
  test('kill -9 at any moment leaves rows, ledger and state of one commit', killed, TIMEOUT_MS);
  test(
    'a connection cut anywhere leaves all or nothing, and the state tells which',
    cut,
    TIMEOUT_MS,
  );
});

async function killed(): Promise<void> {
  await using database = await harness(serverConfig()).fresh();
  const random = numbers(4711);
  for (let round = 0; round < KILLS; round += 1) {
    const acknowledged = await writeUntilKilled(database, random);
    await expectWhole(database, acknowledged);
  }
}

/** Kills the writer some acknowledged commits after its start, and a little later: in the midst of the next. */
async function writeUntilKilled(database: TestDatabase, random: () => number): Promise<string> {
  const script = fileURLToPath(new URL('./child/writer.ts', import.meta.url));
  const env = { ...process.env, WRITER_CONFIG: JSON.stringify(database.config) };
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'], env });
  const ended = once(child, 'exit');
  let left = 1 + Math.floor(random() * 6);
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    left -= 1;
    if (left === 0) setTimeout(() => child.kill('SIGKILL'), random() * 120);
  }
  await ended;
  expect(child.signalCode).toBe('SIGKILL');
  return last;
}

async function cut(): Promise<void> {
  await using database = await harness(serverConfig()).fresh();
  const { server, port = 1_433 } = driverConfig(configOf(database), { min: 1, max: 1 });
  await using proxy = await cuttingProxy(server, port);
  await using sink = await mssqlSink.open(through(proxy.port, configOf(database)), CONTEXT);
  let since: string | undefined;
  const cuts = [
    ...BYTES.map((bytes) => () => proxy.cutAfterBytes(bytes)),
    ...ANSWERS.map((answer) => () => proxy.cutAtAnswer(answer, 'reset')),
    ...ANSWERS.map((answer) => () => proxy.cutAtAnswer(answer, 'end')),
  ];
  for (const [at, cutLater] of cuts.entries()) {
    cutLater();
    const next = stamp(at + 1);
    const error = await loaded(sink, since, at + 1).then(
      () => undefined,
      (error: unknown) => error,
    );
    proxy.mend();
    if (error !== undefined) {
      expect(error).toBeInstanceOf(SinkError);
      expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true });
      await settle(sink, since, at + 1);
    }
    expect(await sink.readState('lab')).toBe(next);
    since = next;
    await expectWhole(database, next);
  }
}

/** What the contract tells a caller to do: read the state, and load again if it has not moved. */
async function settle(sink: Sink, since: string | undefined, n: number): Promise<void> {
  const stored = await sink.readState('lab').catch(() => sink.readState('lab'));
  expect([since, stamp(n)]).toContain(stored);
  if (stored !== since) return;
  await loaded(sink, since, n).catch((error: unknown) => {
    // The commit that lost its connection was still at work on the server, and has come through since.
    expect(error).toMatchObject({ code: 'STATE_CONFLICT' });
  });
}

/** The same database by way of the proxy, whatever form its config has. */
function through(port: number, config: MssqlConfig): MssqlConfig {
  const { database, user, password, options } = driverConfig(config, { min: 1, max: 1 });
  return configSchema.parse({
    server: 'localhost',
    port,
    database,
    schema: config.schema,
    user,
    password,
    encrypt: options?.['encrypt'] !== false,
    trustServerCertificate: true,
  });
}

function configOf(database: TestDatabase): MssqlConfig {
  return database.config as MssqlConfig;
}

async function loaded(sink: Sink, since: string | undefined, n: number): Promise<void> {
  await using load = await sink.begin({ sync: 'lab', tables: TABLES, since });
  await load.stage(documentsOf(n));
  await load.commit(stamp(n));
}

async function expectWhole(database: TestDatabase, acknowledged: string): Promise<void> {
  await using sink = await mssqlSink.open(configOf(database), CONTEXT);
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
