import type { Column, Document, Sink, Table } from '@tdp-sync/sink';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresSink } from '../src/adapter.ts';
import { configSchema, type PostgresConfig } from '../src/config.ts';
import { harness } from '../src/conformance.ts';
import { Session, Sessions } from '../src/connection.ts';
import { prepareTables } from '../src/schema.ts';
import { readSettings } from '../src/settings.ts';
import { connect, hasServer, type Lab, startLab, title } from './server.ts';

const CONTEXT = { baseDir: process.cwd() };
const RUNS = table('runs', 'name');
const WIDER = table('runs', 'name', 'added');

describe.skipIf(!hasServer)(title('changes of tables'), () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  test('while somebody reads a table for long, others read it as well, and the column comes when the reader ends', async () => {
    await using world = await open();
    await using reader = await connect(lab.config.url ?? '');
    await using other = await connect(lab.config.url ?? '');
    await reader.client.query(`BEGIN; SELECT count(*) FROM ${world.name('runs')}`);
    const begun = world.sink.begin({ sync: 'lab', tables: [WIDER], since: 's1' });
    // Waits behind the change that waits behind the reader: for a moment only.
    await waiting(other, world.name('runs'));
    const { rows } = await other.client.query(`SELECT count(*) FROM ${world.name('runs')}`);
    expect(rows).toEqual([{ count: '0' }]);
    await reader.client.query('ROLLBACK');
    await (await begun)[Symbol.asyncDispose]();
    const columns = await other.client.query(`SELECT added FROM ${world.name('runs')}`);
    expect(columns.rowCount).toBe(0);
  });

  test('a reader that never ends is waited for so often and no more; loads without new columns go on', async () => {
    await using world = await open();
    await using reader = await connect(lab.config.url ?? '');
    await reader.client.query(`BEGIN; SELECT count(*) FROM ${world.name('runs')}`);
    const sessions = new Sessions(await readSettings(world.config, CONTEXT.baseDir));
    const impatient = { lockMs: 20, pauseMs: 10, tries: 3 };
    await expect(
      prepareTables(sessions, world.config.schema, 'jsonb', [WIDER], impatient),
    ).rejects.toMatchObject({
      code: 'SINK_UNAVAILABLE',
      retryable: true,
      message: expect.stringMatching(/"runs" is to get new columns, but a query/),
    });
    await sessions.close();
    const load = await world.sink.begin({ sync: 'lab', tables: [RUNS], since: 's1' });
    await load.stage([document(0, 'a')]);
    expect(await load.commit('s2')).toEqual({ applied: 1, leftAlone: 0 });
    await load[Symbol.asyncDispose]();
  });

  test('sinks that create schema, bookkeeping, tables and columns at once all succeed, and nothing is there twice', async () => {
    await using database = await harness(lab.config).fresh();
    await using admin = await connect(lab.config.url ?? '');
    const config = database.config as PostgresConfig;
    const tables = ['a', 'b', 'c'].map((name) => table(name, 'one'));
    const wider = tables.map(({ name }, n) => table(name, 'one', `two${n}`, 'x'.repeat(70)));
    for (const [target, at] of [
      [tables, 0],
      [wider, 1],
    ] as const) {
      const sinks = await Promise.all(range(8).map(() => postgresSink.open(config, CONTEXT)));
      const loads = await Promise.all(
        sinks.map((sink, n) =>
          sink.begin({ sync: `${at} ${n}`, tables: target, since: undefined }),
        ),
      );
      for (const load of loads) await load.commit('s');
      for (const sink of sinks) await sink[Symbol.asyncDispose]();
    }
    const indexes = await admin.client.query(
      'SELECT tablename FROM pg_indexes WHERE schemaname = $1 ORDER BY 1',
      [config.schema],
    );
    expect(indexes.rows.map(({ tablename }) => tablename)).toEqual([
      '_tdp_sync_documents',
      '_tdp_sync_state',
      'a',
      'b',
      'c',
    ]);
  });

  test('a commit finds the rows that it replaces by the index, also in a table of which PostgreSQL knows nothing yet', async () => {
    await using world = await open();
    await using admin = await connect(lab.config.url ?? '');
    await admin.client.query(`ALTER TABLE ${world.name('runs')} SET (autovacuum_enabled = off)`);
    const many = range(20_000).map((n) => document(n, 'a'));
    await load(world.sink, 's1', many);
    const before = await scans(admin, world.name('runs'));
    await load(
      world.sink,
      's2',
      range(500).map((n) => document(n * 40, 'b')),
    );
    // A session tells what it has done when it ends.
    let after = await scans(admin, world.name('runs'));
    while (after.deleted === before.deleted) after = await scans(admin, world.name('runs'));
    expect(after).toEqual({ deleted: before.deleted + 500, read: 0 });
  });

  test('a commit waits for the disk, whatever the database says', async () => {
    const settings = await readSettings(configSchema.parse(lab.config), CONTEXT.baseDir);
    const sessions = new Sessions(settings);
    const session = await Session.open(settings);
    const shown = [
      await sessions.query('SHOW synchronous_commit'),
      await session.query('SHOW synchronous_commit'),
    ];
    await session.close();
    await sessions.close();
    expect(shown.map(({ rows }) => rows)).toEqual([[['on']], [['on']]]);
  });

  async function open() {
    const database = await harness(lab.config).fresh();
    const config = database.config as PostgresConfig;
    const sink: Sink = await postgresSink.open(config, CONTEXT);
    const load = await sink.begin({ sync: 'lab', tables: [RUNS], since: undefined });
    await load.commit('s1');
    await load[Symbol.asyncDispose]();
    return {
      sink,
      config,
      name: (table: string) => `${config.schema}.${table}`,
      [Symbol.asyncDispose]: async () => {
        await sink[Symbol.asyncDispose]();
        await database[Symbol.asyncDispose]();
      },
    };
  }
});

/** Until somebody waits for the table. */
async function waiting(
  { client }: Awaited<ReturnType<typeof connect>>,
  name: string,
): Promise<void> {
  const text = 'SELECT 1 FROM pg_locks WHERE relation = $1::regclass AND NOT granted';
  while ((await client.query(text, [name])).rowCount === 0);
}

function table(name: string, ...columns: readonly string[]): Table {
  return { name, columns: columns.map((name): Column => ({ name, type: 'string' })) };
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, n) => n);
}

function document(n: number, order: string): Document {
  const rows = new Map([['runs', [[`${order} ${n}`]]]]);
  return { id: n.toString(16).padStart(32, '0'), order, status: 'loaded', rows };
}

async function load(sink: Sink, since: string, documents: readonly Document[]): Promise<void> {
  await using opened = await sink.begin({ sync: 'lab', tables: [RUNS], since });
  await opened.stage(documents);
  await opened.commit(`s${Number(since.slice(1)) + 1}`);
}

/** How many rows were deleted, and how many read by going through the table from one end to the other. */
async function scans({ client }: Awaited<ReturnType<typeof connect>>, name: string) {
  const { rows } = await client.query(
    'SELECT n_tup_del, seq_tup_read FROM pg_stat_user_tables WHERE relid = $1::regclass',
    [name],
  );
  return { deleted: Number(rows[0]?.n_tup_del), read: Number(rows[0]?.seq_tup_read) };
}
