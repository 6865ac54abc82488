import { QueueError } from '@tdp-sync/queue';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PostgresServer } from '../../packages/sink-postgres/test/server/postgres.ts';
import {
  canStart,
  createDatabase,
  ownServer,
  title,
} from '../../packages/sink-postgres/test/server.ts';
import { newSchema, open, sql, through } from './lab.ts';
import { line } from './line.ts';

const SECRET = 'S3cret-4711';
interface Refused {
  readonly what: string;
  readonly with: {
    readonly user?: string;
    readonly password?: string;
    readonly database?: string;
    readonly parameters?: string;
    readonly port?: string;
  };
  readonly code: QueueError['code'];
  readonly told: RegExp;
}

const NEVER = new AbortController().signal;

describe.skipIf(!canStart)(title('who may open a queue', canStart), () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await ownServer();
    await createDatabase(server, 'lab');
    const admin = server.url('lab');
    await sql(admin, `CREATE ROLE worker LOGIN PASSWORD '${SECRET}'`);
    await sql(admin, `CREATE ROLE other LOGIN PASSWORD '${SECRET}'`);
    await sql(admin, 'GRANT CONNECT ON DATABASE lab TO worker, other');
  });
  afterAll(() => server[Symbol.asyncDispose]());

  function as(user: string, password: string = SECRET, database: string = 'lab'): string {
    const url = new URL(server.url(database));
    url.username = user;
    url.password = password;
    return url.href;
  }

  async function failure(opening: Promise<AsyncDisposable>): Promise<QueueError> {
    const error = await opening.then(
      (queue) => queue[Symbol.asyncDispose](),
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(QueueError);
    const { message, stack, cause } = error as QueueError;
    expect(`${message} ${stack} ${JSON.stringify(cause)} ${String(cause)}`).not.toContain(SECRET);
    return error as QueueError;
  }

  test('a role that may not create a schema is told what to grant, and works once somebody has created it', async () => {
    const schema = newSchema();
    const error = await failure(open(as('worker'), schema, 'a'));
    expect(error).toMatchObject({ code: 'QUEUE_PERMISSION', retryable: false });
    const grant = `CREATE SCHEMA "${schema}" AUTHORIZATION <role>`;
    expect(error.message).toContain('GRANT CREATE ON DATABASE "lab" TO <role>');
    expect(error.message).toContain(grant);
    await sql(server.url('lab'), grant.replace('<role>', 'worker'));
    await using queue = await open(as('worker'), schema, 'a');
    await queue.schedule({ key: 'run', data: 1 });
    await queue.done(await queue.take(NEVER), 2);
    expect((await queue.look(null)).tasks).toMatchObject([{ state: 'done', result: 2 }]);
  });

  test('a role that may not use the schema, or its tables, is told what to grant', async () => {
    const schema = newSchema();
    await using _queue = await open(server.url('lab'), schema, 'a');
    const first = await failure(open(as('other'), schema, 'b'));
    expect(first).toMatchObject({ code: 'QUEUE_PERMISSION', retryable: false });
    expect(first.message).toContain(`GRANT USAGE, CREATE ON SCHEMA "${schema}" TO <role>`);
    await sql(server.url('lab'), `GRANT USAGE, CREATE ON SCHEMA ${schema} TO other`);
    const second = await failure(open(as('other'), schema, 'b'));
    expect(second.code).toBe('QUEUE_PERMISSION');
    expect(second.message).toContain(`ON ALL TABLES IN SCHEMA "${schema}" TO <role>`);
    const onTables = `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO other`;
    await sql(server.url('lab'), onTables);
    await using another = await open(as('other'), schema, 'b');
    expect(await another.schedule({ key: 'run', data: null })).toBe(true);
  });

  test.each([
    {
      what: 'a wrong password',
      code: 'QUEUE_PERMISSION',
      with: { password: `wrong-${SECRET}` },
      told: /password is wrong/,
    },
    {
      what: 'no password',
      code: 'QUEUE_PERMISSION',
      with: { password: '' },
      told: /none was found/,
    },
    {
      what: 'no such role',
      code: 'QUEUE_PERMISSION',
      with: { user: 'nobody' },
      told: /refused the login/,
    },
    {
      what: 'no such database',
      code: 'QUEUE_UNAVAILABLE',
      with: { database: 'nowhere' },
      told: /no such database/,
    },
    {
      what: 'no TLS',
      code: 'QUEUE_FAILED',
      with: { parameters: 'sslmode=require' },
      told: /does not encrypt/,
    },
    {
      what: 'no certificates',
      code: 'QUEUE_FAILED',
      with: { parameters: 'sslmode=verify-ca&sslrootcert=./none.pem' },
      told: /none\.pem/,
    },
    {
      what: 'nobody there',
      code: 'QUEUE_UNAVAILABLE',
      with: { port: '1' },
      told: /cannot be reached/,
    },
  ] satisfies readonly Refused[])('$what is told, without the password', async (one: Refused) => {
    const { user = 'worker', password, database, parameters = '', port } = one.with;
    const url = new URL(as(user, password, database));
    url.search = parameters;
    if (port !== undefined) url.port = port;
    const error = await failure(open(url.href, newSchema(), 'a'));
    expect(error.code).toBe(one.code);
    expect(error.retryable).toBe(one.code === 'QUEUE_UNAVAILABLE');
    expect(error.message).toMatch(one.told);
  });

  test('a login that fails leaves no connection, which the server would keep for a minute', async () => {
    await using near = await line(Number(new URL(server.url('lab')).port));
    for (let n = 0; n < 5; n += 1)
      await failure(open(through(near, as('worker', '')), newSchema(), 'a'));
    await expect.poll(() => near.connections).toBe(0);
  });

  test('a schema whose tables somebody has dropped is told', async () => {
    const schema = newSchema();
    await using queue = await open(server.url('lab'), schema, 'a');
    await sql(server.url('lab'), `DROP SCHEMA ${schema} CASCADE`);
    const error = await queue.look(null).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'QUEUE_FAILED', retryable: false });
    expect(error).toHaveProperty('message', expect.stringContaining(`schema "${schema}"`));
  });

  test('a server that has no connection left is asked again', async () => {
    await using few = await ownServer({ settings: { max_connections: '5' } });
    const queues = Array.from({ length: 8 }, (_, n) => open(few.url('postgres'), 'queue', `r${n}`));
    const results = await Promise.allSettled(queues);
    for (const result of results) {
      if (result.status === 'fulfilled') await result.value[Symbol.asyncDispose]();
      else expect(result.reason).toMatchObject({ code: 'QUEUE_UNAVAILABLE', retryable: true });
    }
    await using queue = await open(few.url('postgres'), 'queue', 'last');
    expect(await queue.schedule({ key: 'run', data: null })).toBe(true);
  });

  test('what the queue leaves in the database is one schema', async () => {
    const schema = newSchema();
    const before = await sql(server.url('lab'), OBJECTS);
    await using _queue = await open(server.url('lab'), schema, 'a');
    const after = await sql(server.url('lab'), OBJECTS);
    const made = after.filter(
      ({ schema: one }) => !before.some((other) => other['schema'] === one),
    );
    expect(made).toEqual([{ schema }]);
  });
});

const OBJECTS =
  'SELECT DISTINCT nspname AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace ORDER BY 1';
