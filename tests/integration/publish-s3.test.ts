import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AWS, CLIENT, findMoto, type Moto, startMoto } from './moto.ts';
import { configText, type World, world } from './world.ts';

const BUCKET = 'lab-bucket';
const SECRET = AWS.AWS_SECRET_ACCESS_KEY;
const { python, reason } = await findMoto();

let w: World;
let server: Moto;
let client: S3Client;
let temporary: string;

function publishing(to: string, s3 = ''): Promise<void> {
  const text = `  publish: { parquet: "${to}", keep: 0s, s3: { endpoint: "${server.endpoint}", region: eu-central-1${s3} } }`;
  return w.config(configText(undefined, '', text));
}

function run(): ReturnType<World['cli']> {
  return w.cli(['run', '--json', '--log-level', 'trace'], { ...AWS, TMPDIR: temporary });
}

async function keys(): Promise<readonly string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  return Contents.map(({ Key = '' }) => Key).sort();
}

async function object(Key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

/** What was written here on its way into the bucket. */
async function leftovers(): Promise<readonly string[]> {
  return (await readdir(w.dir)).filter((name) => name.endsWith('.publish'));
}

/** How many files the newest version has, read as it lies in the bucket. */
async function files(): Promise<unknown> {
  const manifest = JSON.parse((await object('tdp/lab/manifest.json')).toString());
  const [name = ''] = manifest.tables.docs_files.files;
  const path = join(temporary, 'read.parquet');
  await writeFile(path, await object(`tdp/lab/${name}`));
  const connection = await (await DuckDBInstance.create()).connect();
  const rows = await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM '${path}'`);
  await rm(path);
  return rows.getRows()[0]?.[0];
}

describe.skipIf(python === undefined)(
  `Parquet in S3, on moto${reason === undefined ? '' : ` [skipped: ${reason}]`}`,
  () => {
    beforeEach(async () => {
      server = await startMoto(python ?? '');
      client = new S3Client({ endpoint: server.endpoint, forcePathStyle: true, ...CLIENT });
      const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
      await client.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration }));
      temporary = await mkdtemp(join(tmpdir(), 'tdp-sync-s3-'));
      w = await world();
      w.addFiles(20);
    });
    afterEach(async () => {
      client.destroy();
      await server[Symbol.asyncDispose]();
      await w[Symbol.asyncDispose]();
      await rm(temporary, { recursive: true });
    });

    it('each version as a whole, the one of before gone after its time, what is not of tdp-sync left', async () => {
      const others = ['tdp/lab/docs/mine.parquet', 'tdp/labels.txt', 'x'];
      const begun = 'tdp/lab/docs/20261130T110000Z-01234567.parquet';
      for (const Key of [...others, begun])
        await client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'x' }));
      await publishing(`s3://${BUCKET}/tdp/lab`);
      // Of a process that was killed.
      await mkdir(join(w.dir, 'lab.duckdb.publish', 'docs'), { recursive: true });
      const { code, stdout, stderr } = await run();
      expect(JSON.parse(stdout).copies).toMatchObject([
        { target: `s3://${BUCKET}/tdp/lab`, current: true, error: null },
      ]);
      expect(code).toBe(0);
      expect(await files()).toBe(20);
      const first = await keys();
      expect(first).toEqual(expect.arrayContaining(others));
      expect(first).not.toContain(begun);

      await run();
      expect(await keys()).toEqual(first);

      w.addFiles(5, { seed: 2 });
      await w.cli(['sweep'], { ...AWS, TMPDIR: temporary });
      expect(await files()).toBe(25);
      // The version of before may still be read; the next one takes it away.
      w.addFiles(5, { seed: 3 });
      await w.cli(['sweep'], { ...AWS, TMPDIR: temporary });
      expect((await keys()).filter((key) => first.includes(key))).toEqual(
        [...others, 'tdp/lab/manifest.json'].sort(),
      );
      expect(await leftovers()).toEqual([]);
      expect(stdout + stderr).not.toContain(SECRET);
    });

    it('only its own version is replaced, and one that has lost a file is made anew', async () => {
      const manifest = 'tdp/lab/manifest.json';
      await publishing(`s3://${BUCKET}/tdp/lab`);
      expect((await run()).code).toBe(0);
      const own = (await object(manifest)).toString();
      const [file = ''] = JSON.parse(own).tables.docs_files.files;
      await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: `tdp/lab/${file}` }));
      expect((await run()).code).toBe(0);
      expect(await files()).toBe(20);

      const before = await keys();
      const now = JSON.parse((await object(manifest)).toString());
      const another = JSON.stringify({ ...now, database: 'another' });
      for (const [Body, why] of [
        ['{"name": "my app"}', /manifest\.json cannot be read/],
        [another, /the copy of another database/],
      ] as const) {
        await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: manifest, Body }));
        const { code, stderr } = await run();
        expect(stderr).toMatch(why);
        expect(code).toBe(5);
        expect((await object(manifest)).toString()).toBe(Body);
        expect(await keys()).toEqual(before);
      }
    });

    it.each([
      ['a bucket that is not there', 's3://nowhere/x', '', /the storage answers NoSuchBucket/],
      ['a server that is not there', `s3://${BUCKET}`, 'gone', /nobody answers at the address/],
    ])('%s fails no data, and tells no secret', async (_, to, gone, why) => {
      const key = ', accessKeyId: AKID, secretAccessKey: "${AWS_SECRET_ACCESS_KEY}"';
      await publishing(to, key);
      if (gone !== '') await server[Symbol.asyncDispose]();
      const { code, stdout, stderr } = await run();
      expect(stderr).toMatch(why);
      expect(stderr).toContain('PUBLISH_FAILED');
      expect(code).toBe(5);
      expect(await w.sql('SELECT count(*)::INTEGER AS n FROM docs_files')).toEqual([{ n: 20 }]);
      const noted = await w.sql('SELECT * FROM _tdp_sync_published');
      expect(stdout + stderr + JSON.stringify(noted)).not.toContain(SECRET);
      expect(await leftovers()).toEqual([]);
    });
  },
);
