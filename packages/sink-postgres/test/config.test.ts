import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { postgresSink } from '../src/adapter.ts';
import { configSchema, milliseconds, type PostgresInput } from '../src/config.ts';
import { readSettings } from '../src/settings.ts';

const SECRET = 'p@;a}ss-4711';
const PARTS: PostgresInput = { host: 'db', database: 'lab', user: 'tdp', password: SECRET };
const URL_ = `postgres://tdp:${encodeURIComponent(SECRET)}@db.example:5433/la%2Fb`;

async function problems(input: unknown): Promise<readonly string[]> {
  const result = await postgresSink.config['~standard'].validate(input);
  return (result.issues ?? []).map(({ path, message }) => `${path?.join('.') ?? ''}: ${message}`);
}

async function settings(input: PostgresInput) {
  return await readSettings(configSchema.parse(input), '/config');
}

test('host, database and user are enough', () => {
  const config = configSchema.parse(PARTS);
  expect(config).toEqual({
    ...PARTS,
    port: 5_432,
    schema: 'public',
    json: 'jsonb',
    connectTimeout: '15s',
    requestTimeout: '10m',
  });
  // The conformance command hands the checked config on.
  expect(configSchema.parse(config)).toEqual(config);
});

test('the driver is told all of it', async () => {
  const { client, prepare, origin } = await settings({ ...PARTS, requestTimeout: '2m' });
  expect(client).toMatchObject({
    host: 'db',
    port: 5_432,
    database: 'lab',
    user: 'tdp',
    ssl: { rejectUnauthorized: true },
    application_name: 'tdp-sync',
    connectionTimeoutMillis: 15_000,
    query_timeout: 150_000,
  });
  expect(client.ssl).not.toHaveProperty('checkServerIdentity');
  expect(await passwordFor(PARTS)).toBe(SECRET);
  expect(prepare).toContain('SET statement_timeout = 120000;');
  expect(origin).toEqual({ place: 'db:5432/lab', schema: 'public' });
  // Whatever prints what the driver was told.
  expect(JSON.stringify({ client, origin })).not.toContain(SECRET);
});

test('a URL stands for all parts, and may say how the connection is encrypted', async () => {
  const { client, origin } = await settings({ url: URL_ });
  expect(client).toMatchObject({ host: 'db.example', port: 5_433, database: 'la/b', user: 'tdp' });
  expect(await passwordFor({ url: URL_ })).toBe(SECRET);
  expect(origin.place).toBe('db.example:5433/la/b');
  const { client: other } = await settings({ url: 'postgresql://u@[::1]/lab?sslmode=require' });
  expect(other).toMatchObject({ host: '::1', port: 5_432, ssl: { rejectUnauthorized: false } });
  const { client: socket } = await settings({ url: 'postgres://u@here/lab?host=/run/pg' });
  expect(socket).toMatchObject({ host: '/run/pg', ssl: false });
});

test.each([
  ['localhost', false],
  ['127.0.0.1', false],
  ['127.1.2.3', false],
  ['::1', false],
  ['/var/run/postgresql', false],
  ['localhost.example.com', { rejectUnauthorized: true }],
  ['127.0.0.1.example.com', { rejectUnauthorized: true }],
  ['10.0.0.1', { rejectUnauthorized: true }],
])(
  'unless it is said otherwise, %s is asked to prove itself if it is elsewhere',
  async (host, ssl) => {
    expect((await settings({ ...PARTS, host })).client.ssl).toEqual(ssl);
  },
);

test('what is wrong is named with its place, and never with a secret', async () => {
  expect(
    await problems({
      host: '',
      port: 0,
      schema: 'pg_x',
      ssl: 'prefer',
      requestTimeout: '10',
      pasword: SECRET,
    }),
  ).toMatchInlineSnapshot(`
    [
      "host: Too small: expected string to have >=1 characters",
      "port: Too small: expected number to be >=1",
      "schema: is reserved by PostgreSQL: it begins with pg_",
      "ssl: Invalid option: expected one of "disable"|"require"|"verify-ca"|"verify-full"",
      "requestTimeout: expected a duration such as 15s or 10m",
      ": Unrecognized key: "pasword"",
    ]
  `);
  expect(await problems({})).toMatchInlineSnapshot(`
    [
      "host: is missing: or give url",
      "database: is missing: or give url",
      "user: is missing: or give url",
    ]
  `);
  expect(
    await problems({ ...PARTS, passwordFile: 'x', passwordCommand: ['x'] }),
  ).toMatchInlineSnapshot(`
    [
      "passwordFile: says the password again",
      "passwordCommand: says the password again",
    ]
  `);
  expect(
    await problems({
      ...PARTS,
      ssl: 'require',
      caFile: 'x',
      url: `${URL_}?sslmode=require&sslrootcert=x`,
    }),
  ).toMatchInlineSnapshot(`
    [
      "host: belongs into url when there is one",
      "database: belongs into url when there is one",
      "user: belongs into url when there is one",
      "password: belongs into url when there is one",
      "ssl: belongs into url when there is one",
      "caFile: belongs into url when there is one",
    ]
  `);
  expect(await problems({ ...PARTS, schema: 'ä'.repeat(32) })).toMatchInlineSnapshot(`
    [
      "schema: has more than 63 bytes",
    ]
  `);
  const urls = [
    `mysql://tdp:${SECRET}@db/lab`,
    `postgres://tdp:${SECRET}`,
    `postgres://tdp:%ZZ${SECRET}@db/lab`,
    `postgres://tdp:${encodeURIComponent(SECRET)}@db/`,
    `postgres://db/lab?password=${encodeURIComponent(SECRET)}`,
    `${URL_}?options=-c%20${encodeURIComponent(SECRET)}`,
    `${URL_}?sslmode=${encodeURIComponent(SECRET)}`,
  ];
  for (const url of urls) {
    const found = await problems({ url });
    expect(found.length, url).toBe(1);
    expect(found[0]).not.toContain('4711');
  }
});

test('durations', () => {
  expect(['250ms', '15s', '10m', '2h'].map(milliseconds)).toEqual([
    250, 15_000, 600_000, 7_200_000,
  ]);
});

test('the table in the README has every setting with its default', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const { properties } = z.toJSONSchema(configSchema, { io: 'input' });
  expect(Object.keys(properties ?? {}).length).toBe(14);
  for (const [name, setting] of Object.entries(properties ?? {})) {
    const value = typeof setting === 'object' ? setting.default : undefined;
    const cell = value === undefined ? '' : `\`${value}\``;
    const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\` `));
    expect(row?.split('|')[2]?.trim(), name).toBe(cell);
  }
});

test('editors get a JSON Schema', () => {
  const schema = postgresSink.config['~standard'].jsonSchema?.input({ target: 'draft-07' });
  expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
});

async function passwordFor(input: PostgresInput): Promise<unknown> {
  const { client } = await settings(input);
  return typeof client.password === 'function' ? await client.password() : client.password;
}
