import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { duckdbSink } from '../src/adapter.ts';
import { configSchema } from '../src/config.ts';

test('path alone is enough', () => {
  expect(configSchema.parse({ path: 'lab.duckdb' })).toEqual({
    path: 'lab.duckdb',
    schema: 'main',
    threads: 1,
    rowGroupSize: 20_480,
  });
});

test('what is wrong is named with its place', async () => {
  const wrong = { path: '', threads: 0, memoryLimit: 'much', rowGroupSize: 5_000, password: 'x' };
  const result = await duckdbSink.config['~standard'].validate(wrong);
  const places = result.issues?.map((issue) => issue.path?.join('.') ?? '');
  expect(places).toEqual(['path', 'memoryLimit', 'threads', 'rowGroupSize', '']);
});

test.each([
  [':memory:', /would be gone/],
  ['md:lab', /MotherDuck/],
  ['motherduck:lab', /MotherDuck/],
  ['s3://bucket/lab.duckdb', /file on this machine/],
])('%s is no file', (path, message) => {
  expect(configSchema.safeParse({ path }).error?.message).toMatch(message);
});

test.each(['lab.duckdb', '/data/lab.duckdb', 'C:\\data\\lab.duckdb', 'C:/data/lab', './md/x'])(
  '%s is a file',
  (path) => {
    expect(configSchema.safeParse({ path }).success).toBe(true);
  },
);

test('the table in the README has every setting with its default', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const { properties } = z.toJSONSchema(configSchema, { io: 'input' });
  for (const [name, setting] of Object.entries(properties ?? {})) {
    const value = typeof setting === 'object' ? setting.default : undefined;
    const cell = value === undefined ? '' : `\`${value}\``;
    const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\` `));
    expect(row?.split('|')[2]?.trim(), name).toBe(cell);
  }
});

test.each([
  ['./read.duckdb', { duckdb: './read.duckdb', keep: 3_600_000 }],
  [
    { parquet: 's3://bucket/a/b', keep: '2d', s3: { region: 'eu-central-1' } },
    { parquet: 's3://bucket/a/b', keep: 172_800_000, s3: { region: 'eu-central-1' } },
  ],
])('to publish %j is understood', (publish, expected) => {
  expect(configSchema.parse({ path: 'lab.duckdb', publish }).publish).toEqual(expected);
});

test.each([
  [{}, /names no place/],
  ['https://lab/read.duckdb', /addresses are not supported/],
  [{ duckdb: 's3://bucket/x' }, /addresses are not supported/],
  [{ parquet: 'gs://bucket/x' }, /such as s3:\/\/bucket/],
  [{ parquet: './out', s3: { region: 'x' } }, /begins with s3/],
  [{ parquet: './out', keep: 'long' }, /such as 1h/],
  [{ parquet: 's3://bucket', s3: { endpoint: 'http://minio.lab' } }, /https/],
  [{ parquet: 's3://bucket', s3: { accessKeyId: 'AKID' } }, /go together/],
  [{ parquet: 's3://bucket', s3: { sessionToken: 'x' } }, /goes with accessKeyId/],
  [{ duckdb: './out', parquet: 'out' }, /place of the DuckDB file/],
])('to publish %j is not', (publish, message) => {
  const { error } = configSchema.safeParse({ path: 'lab.duckdb', publish });
  expect(JSON.stringify(error?.issues)).toMatch(message);
});
