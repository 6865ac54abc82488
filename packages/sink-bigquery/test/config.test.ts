import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { bigQuerySink } from '../src/adapter.ts';
import { createClient } from '../src/client.ts';
import { configSchema } from '../src/config.ts';

const LEAST = { project: 'lab-data', dataset: 'tdp' };

async function problems(input: unknown): Promise<readonly string[]> {
  const result = await bigQuerySink.config['~standard'].validate(input);
  return (result.issues ?? []).map(({ path, message }) => `${path?.join('.') ?? ''}: ${message}`);
}

test('project and dataset are enough', () => {
  const config = configSchema.parse(LEAST);
  expect(config).toEqual({
    ...LEAST,
    createDataset: true,
    labels: {},
    partitionBy: 'none',
    loadBytes: 67_108_864,
    compress: true,
  });
  // The conformance command hands the checked config on.
  expect(configSchema.parse(config)).toEqual(config);
});

test('sizes are bytes or text', () => {
  const config = configSchema.parse({ ...LEAST, maximumBytesBilled: '10GB', loadBytes: 1_000 });
  expect(config.maximumBytesBilled).toBe(10 * 1024 ** 3);
  expect(config.loadBytes).toBe(1_000);
});

test('what is wrong is named, all at once', async () => {
  const input = {
    project: 'Lab Data',
    dataset: 'a-b',
    impersonateServiceAccount: 'nobody',
    labels: { Team: 'x' },
    maximumBytesBilled: 'much',
    partitionBy: 'hour',
    apiEndpoint: 'ftp://x',
    other: 1,
  };
  const found = (await problems(input)).map((problem) => problem.split(':')[0]);
  const settings = ['', 'apiEndpoint', 'dataset', 'impersonateServiceAccount', 'labels.Team'];
  expect(found.sort()).toEqual([...settings, 'maximumBytesBilled', 'partitionBy', 'project']);
});

test('no credentials are looked for where they would travel in the clear', async () => {
  const config = configSchema.parse({ ...LEAST, apiEndpoint: 'http://localhost:9050/' });
  const client = await createClient(config, '/');
  expect(client.apiEndpoint).toBe('http://localhost:9050');
  const headers = await client.authClient.getRequestHeaders();
  expect([...headers.keys()]).toEqual([]);
});

test('a key file is looked for beside the config, and its absence is told without its content', async () => {
  const config = configSchema.parse({ ...LEAST, keyFile: './missing.json' });
  await expect(bigQuerySink.open(config, { baseDir: '/nowhere' })).rejects.toMatchObject({
    code: 'SINK_PERMISSION',
    message: '"keyFile" cannot be read: /nowhere/missing.json.',
  });
});

test('the table in the README has every setting with its default', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const { properties } = z.toJSONSchema(configSchema, { io: 'input' });
  expect(Object.keys(properties ?? {}).length).toBe(12);
  for (const [name, setting] of Object.entries(properties ?? {})) {
    const value = typeof setting === 'object' ? setting.default : undefined;
    const shown = typeof value === 'object' ? JSON.stringify(value) : value;
    const cell = shown === undefined ? '' : `\`${shown}\``;
    const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\` `));
    expect(row?.split('|')[2]?.trim(), name).toBe(cell);
  }
});

test('editors get a JSON Schema', () => {
  const schema = bigQuerySink.config['~standard'].jsonSchema?.input({ target: 'draft-07' });
  expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
});
