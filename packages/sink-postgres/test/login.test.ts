import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect as connectTo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SinkError, type Table } from '@tdp-sync/sink';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { postgresSink } from '../src/adapter.ts';
import { configSchema, type PostgresInput } from '../src/config.ts';
import type { PostgresServer } from './server/postgres.ts';
import { canStart, connect, createDatabase, ownServer, title } from './server.ts';

const RUNS: Table = { name: 'runs', columns: [{ name: 'json', type: 'json' }] };
const WIDER: Table = {
  name: 'runs',
  columns: [...RUNS.columns, { name: 'x'.repeat(99), type: 'int64' }],
};
const PASSWORD = 'change me';

describe.skipIf(!canStart)(title('who logs in, and what for', canStart), () => {
  let server: PostgresServer;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tdp-sync-login-'));
    server = await ownServer();
    await createDatabase(server, 'lab');
    await sql('postgres', 'REVOKE ALL ON DATABASE lab FROM PUBLIC');
    for (const statement of await rights()) await sql('lab', statement);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  /** Both blocks of the README: of the role of tdp-sync, and of those who read. */
  async function rights(): Promise<readonly string[]> {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    const [, section = ''] = readme.split('\n### Rights\n');
    const [one = '', two = ''] = [...section.matchAll(/```sql\n([\s\S]*?)```/g)].map(
      ([, text = '']) => text,
    );
    expect(one).toContain('GRANT');
    return [one, 'CREATE ROLE analyst LOGIN', two];
  }

  async function sql(
    database: string,
    statement: string,
  ): Promise<readonly Record<string, unknown>[]> {
    await using admin = await connect(server.url(database));
    return (await admin.client.query(statement)).rows;
  }

  function config(more: PostgresInput = {}): PostgresInput {
    const { host, port } = server;
    return {
      host,
      port,
      database: 'lab',
      schema: 'tdp',
      user: 'tdp_sync',
      password: PASSWORD,
      ...more,
    };
  }

  function open(given: PostgresInput) {
    return postgresSink.open(configSchema.parse(given), { baseDir: folder });
  }

  async function failure(given: PostgresInput): Promise<SinkError> {
    const error = await open(given).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(SinkError);
    return error as SinkError;
  }

  test('the rights of the README are enough, and those who read see what is made', async () => {
    await using sink = await open(config());
    for (const [table, since, state] of [
      [RUNS, undefined, 's1'],
      [WIDER, 's1', 's2'],
    ] as const) {
      await using load = await sink.begin({ sync: 'lab', tables: [table], since });
      const row = table.columns.map(({ type }) => (type === 'json' ? '{}' : 1n));
      await load.stage([
        { id: 'a'.repeat(32), order: state, status: 'loaded', rows: new Map([['runs', [row]]]) },
      ]);
      await load.commit(state);
    }
    for await (const damage of sink.damages('lab', [WIDER])) expect(damage).toBeUndefined();
    await sink.clear('lab');
    await sql('lab', 'GRANT CONNECT ON DATABASE lab TO analyst');
    await using reader = await connect(server.url('lab'));
    const { rows } = await reader.client
      .query('SET ROLE analyst; SELECT json FROM tdp.runs')
      .then((all: unknown) => (all as readonly { rows: unknown[] }[])[1] ?? { rows: [] });
    expect(rows).toEqual([{ json: {} }]);
  });

  test.each([
    [
      'REVOKE CONNECT ON DATABASE lab FROM tdp_sync',
      'GRANT CONNECT ON DATABASE lab TO tdp_sync',
      /GRANT CONNECT ON DATABASE/,
    ],
    [
      'REVOKE TEMPORARY ON DATABASE lab FROM tdp_sync',
      'GRANT TEMPORARY ON DATABASE lab TO tdp_sync',
      /GRANT TEMPORARY ON DATABASE/,
    ],
    [
      'REVOKE CREATE ON SCHEMA tdp FROM tdp_sync',
      'GRANT CREATE ON SCHEMA tdp TO tdp_sync',
      /GRANT USAGE, CREATE ON SCHEMA "tdp"/,
    ],
    [
      'REVOKE USAGE ON SCHEMA tdp FROM tdp_sync',
      'GRANT USAGE ON SCHEMA tdp TO tdp_sync',
      /GRANT USAGE, CREATE ON SCHEMA "tdp"/,
    ],
    [
      'ALTER TABLE tdp.runs OWNER TO tdp',
      'ALTER TABLE tdp.runs OWNER TO tdp_sync',
      /ALTER TABLE <table> OWNER TO <role>/,
    ],
  ])('without a right the error names the grant: %s', async (revoke, grant, named) => {
    await sql('lab', 'DROP TABLE IF EXISTS tdp.other');
    await sql('lab', revoke);
    const other = { ...RUNS, name: 'other' };
    const more = {
      ...WIDER,
      columns: [...WIDER.columns, { name: `more ${revoke}`, type: 'date' as const }],
    };
    const attempt = async () => {
      await using sink = await open(config());
      await using load = await sink.begin({ sync: 'x', tables: [other, more], since: undefined });
      await load.commit('s');
    };
    try {
      await expect(attempt()).rejects.toMatchObject({
        code: 'SINK_PERMISSION',
        retryable: false,
        message: expect.stringMatching(named),
      });
    } finally {
      await sql('lab', grant);
    }
  });

  test('a schema that is not there takes the right to make it', async () => {
    const error = await failure(config({ schema: 'another' }));
    expect(error).toMatchObject({
      code: 'SINK_PERMISSION',
      message: expect.stringMatching(/GRANT CREATE ON DATABASE .* create the schema "another"/),
    });
  });

  test('the password comes from a file, a program, or where psql looks for it', async () => {
    const { password: _, ...without } = config();
    await writeFile(join(folder, 'password'), `${PASSWORD}\n`);
    await using one = await open({ ...without, passwordFile: './password' });
    expect(await one.readState('nothing')).toBeUndefined();
    const program = [process.execPath, '-e', `console.log(${JSON.stringify(PASSWORD)})`];
    await using two = await open({ ...without, passwordCommand: program });
    expect(await two.readState('nothing')).toBeUndefined();
    const pgpass = join(folder, 'pgpass');
    await writeFile(pgpass, `*:${server.port}:lab:tdp_sync:${PASSWORD}\n`);
    await chmod(pgpass, 0o600);
    vi.stubEnv('PGPASSFILE', pgpass);
    await using three = await open(without);
    expect(await three.readState('nothing')).toBeUndefined();
    vi.stubEnv('PGPASSWORD', 'wrong');
    expect(await failure(without)).toMatchObject({ code: 'SINK_PERMISSION' });
    vi.unstubAllEnvs();
  });

  test('a login without a password ends its connection, which would keep the process for a minute', {
    timeout: 20_000,
  }, async () => {
    const { host, port } = server;
    const ended: Promise<unknown>[] = [];
    const between = createServer((client) => {
      // The proxy may still have something for a client that has gone, which is an error of the socket and no matter.
      ended.push(new Promise((resolve) => client.once('close', resolve)));
      const upstream = connectTo(port, host);
      client.pipe(upstream).pipe(client);
      for (const socket of [client, upstream]) socket.on('error', () => undefined);
    });
    between.listen(0, '127.0.0.1');
    await once(between, 'listening');
    const { port: near } = between.address() as AddressInfo;
    const given = { host: '127.0.0.1', port: near, password: undefined };
    expect(await failure(config(given))).toMatchObject({ code: 'SINK_PERMISSION' });
    await Promise.all(ended);
    expect(ended).toHaveLength(1);
    between.close();
  });

  test.each<[string, PostgresInput, string, RegExp]>([
    [
      'a wrong password',
      { password: 'S3cret-4711' },
      'SINK_PERMISSION',
      /refused the login: the password is wrong/,
    ],
    ['no password', { password: undefined }, 'SINK_PERMISSION', /or none was found/],
    ['no such role', { user: 'nobody' }, 'SINK_PERMISSION', /refused the login/],
    ['no such database', { database: 'nowhere' }, 'SINK_UNAVAILABLE', /there is no such database/],
    [
      'no file',
      { password: undefined, passwordFile: './missing' },
      'SINK_PERMISSION',
      /passwordFile cannot be read/,
    ],
    [
      'a program that fails',
      {
        password: undefined,
        passwordCommand: [process.execPath, '-e', 'console.error("S3cret-4711"); process.exit(1)'],
      },
      'SINK_PERMISSION',
      /gave no password/,
    ],
    ['nobody there', { port: 1 }, 'SINK_UNAVAILABLE', /cannot be reached/],
    ['no TLS', { ssl: 'require' }, 'SINK_UNAVAILABLE', /does not encrypt/],
  ])('%s is told, without the password', async (_what, more, code, message) => {
    vi.stubEnv('PGPASSFILE', join(folder, 'none'));
    const error = await failure(config(more));
    vi.unstubAllEnvs();
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(`${error.message} ${JSON.stringify(error.cause ?? '')} ${error.stack}`).not.toContain(
      'S3cret',
    );
  });
});
