import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { mssqlSink } from '../src/adapter.ts';
import { configSchema, type MssqlInput, milliseconds } from '../src/config.ts';
import { driverConfig } from '../src/connection.ts';

const SECRET = 'p;a}ss-4711';
const LOGIN: MssqlInput = { server: 'db', database: 'lab', user: 'tdp', password: SECRET };
const SIZE = { min: 1, max: 1 };

async function problems(input: unknown): Promise<readonly string[]> {
  const result = await mssqlSink.config['~standard'].validate(input);
  return (result.issues ?? []).map(({ path, message }) => `${path?.join('.') ?? ''}: ${message}`);
}

test('server, database, user and password are enough', () => {
  const config = configSchema.parse(LOGIN);
  expect(config).toEqual({
    ...LOGIN,
    port: 1_433,
    schema: 'dbo',
    encrypt: true,
    trustServerCertificate: false,
    multiSubnetFailover: false,
    connectTimeout: '15s',
    requestTimeout: '10m',
  });
  // The conformance command hands the checked config on.
  expect(configSchema.parse(config)).toEqual(config);
});

test('the driver is told all of it', () => {
  expect(driverConfig(configSchema.parse(LOGIN), SIZE)).toEqual({
    server: 'db',
    port: 1_433,
    database: 'lab',
    user: 'tdp',
    password: SECRET,
    options: {
      ...{ encrypt: true, trustServerCertificate: false, multiSubnetFailover: false },
      appName: 'tdp-sync',
    },
    connectionTimeout: 15_000,
    requestTimeout: 600_000,
    arrayRowMode: true,
    validateConnection: 'socket',
    pool: { min: 1, max: 1, createTimeoutMillis: 70_000, acquireTimeoutMillis: 670_000 },
  });
});

test.each<[MssqlInput, unknown]>([
  [
    { authentication: 'default' },
    { type: 'azure-active-directory-default', options: { clientId: undefined } },
  ],
  [
    { authentication: 'managed-identity', clientId: 'c' },
    { type: 'azure-active-directory-msi-vm', options: { clientId: 'c' } },
  ],
  [
    { authentication: 'service-principal', tenantId: 't', clientId: 'c', clientSecret: SECRET },
    {
      type: 'azure-active-directory-service-principal-secret',
      options: { tenantId: 't', clientId: 'c', clientSecret: SECRET },
    },
  ],
])('Entra ID %#', (input, authentication) => {
  const config = configSchema.parse({ server: 'db', database: 'lab', ...input });
  const told = driverConfig(config, SIZE);
  expect(told.authentication).toEqual(authentication);
  expect(told).not.toHaveProperty('user');
});

test('a connection string stands for place and login, and encrypts unless it says otherwise', () => {
  const connectionString = `Server=tcp:db.example,1444;Database=lab;User Id=tdp;Password={${SECRET.replace('}', '}}')}};`;
  const told = driverConfig(configSchema.parse({ connectionString, schema: 's' }), SIZE);
  expect(told).toMatchObject({
    server: 'db.example',
    port: 1_444,
    database: 'lab',
    user: 'tdp',
    password: SECRET,
    requestTimeout: 600_000,
    pool: { min: 1, max: 1 },
  });
  // Left out, the driver encrypts and checks the certificate.
  expect(told.options).toEqual({ appName: 'tdp-sync' });
});

test('TDS 8, listeners of availability groups and large packets, in either form', () => {
  const given = { encrypt: 'strict', multiSubnetFailover: true, packetSize: 16_000 } as const;
  const settings = configSchema.parse({ ...LOGIN, ...given });
  expect(driverConfig(settings, SIZE).options).toMatchObject(given);
  const text =
    'Server=db;Database=lab;User Id=tdp;Password=x;Encrypt=Strict;MultiSubnetFailover=True;Packet Size=16000';
  const config = configSchema.parse({ connectionString: text });
  expect(driverConfig(config, SIZE).options).toMatchObject(given);
  const mere = configSchema.parse({ connectionString: text.replace('Strict', 'True') });
  expect(driverConfig(mere, SIZE).options).toMatchObject({ ...given, encrypt: true });
});

test('what is wrong is named with its place, and never with a secret', async () => {
  expect(
    await problems({ server: '', port: 0, schema: 'a ', requestTimeout: '10', pasword: SECRET }),
  ).toMatchInlineSnapshot(`
    [
      "server: Too small: expected string to have >=1 characters",
      "port: Too small: expected number to be >=1",
      "schema: ends with a blank",
      "requestTimeout: expected a duration such as 15s or 10m",
      ": Unrecognized key: "pasword"",
      "database: is missing: or give connectionString",
      "user: is missing: give user and password, or authentication for Entra ID",
      "password: is missing: give user and password, or authentication for Entra ID",
    ]
  `);
  expect(
    await problems({ ...LOGIN, encrypt: 'strict', trustServerCertificate: true }),
  ).toMatchInlineSnapshot(`
    [
      "trustServerCertificate: is not possible with "encrypt: strict", which always checks the certificate",
    ]
  `);
  expect(await problems({})).toMatchInlineSnapshot(`
    [
      "server: is missing: or give connectionString",
      "database: is missing: or give connectionString",
      "user: is missing: give user and password, or authentication for Entra ID",
      "password: is missing: give user and password, or authentication for Entra ID",
    ]
  `);
  expect(
    await problems({ ...LOGIN, authentication: 'service-principal', clientId: 'c' }),
  ).toMatchInlineSnapshot(`
    [
      "user: is not used together with authentication",
      "password: is not used together with authentication",
      "tenantId: is missing: service-principal needs it",
      "clientSecret: is missing: service-principal needs it",
    ]
  `);
  expect(
    await problems({ ...LOGIN, connectionString: `Server=db;Password=${SECRET}` }),
  ).toMatchInlineSnapshot(`
    [
      "server: belongs into connectionString when there is one",
      "database: belongs into connectionString when there is one",
      "user: belongs into connectionString when there is one",
      "password: belongs into connectionString when there is one",
      "connectionString: must name a Server and a Database",
    ]
  `);
  const strings = [`Server=np:db;Database=lab;Pwd=${SECRET}`, `nonsense ${SECRET}`, '==;'];
  for (const connectionString of strings) {
    const found = await problems({ connectionString });
    expect(found.length, connectionString).toBe(1);
    expect(found[0]).not.toContain(SECRET);
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
  const names = Object.keys(properties ?? {});
  expect(names.length).toBe(17);
  for (const [name, setting] of Object.entries(properties ?? {})) {
    const value = typeof setting === 'object' ? setting.default : undefined;
    const cell = value === undefined ? '' : `\`${value}\``;
    const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\` `));
    expect(row?.split('|')[2]?.trim(), name).toBe(cell);
  }
});

test('editors get a JSON Schema', () => {
  const schema = mssqlSink.config['~standard'].jsonSchema?.input({ target: 'draft-07' });
  expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
});
