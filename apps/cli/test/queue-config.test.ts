import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { configJsonSchema } from '../src/commands/schema.ts';
import { type LoadedConfig, loadConfig } from '../src/config/load.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tdp-sync-queue-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const SERVER = '{ type: postgres, url: "postgres://u:p@db.example/lab" }';

async function load(queue: string, sink = SERVER): Promise<LoadedConfig> {
  const file = join(dir, 'tdp-sync.yaml');
  await writeFile(file, `sink: ${sink}\nserve:\n  queue: ${queue}\nsyncs: { lab: {} }\n`);
  return loadConfig(file, { environment: {} });
}

it('the settings are shared out between the queue and those of any queue', async () => {
  const { queue, config, redactor } = await load(
    '{ type: postgres, url: "postgres://u:of-the-queue@db.example/lab", sliceFiles: 500, name: lab-2 }',
  );
  expect(queue?.adapter.name).toBe('postgres');
  expect(queue?.config).toEqual({
    url: 'postgres://u:of-the-queue@db.example/lab',
    schema: 'tdp_sync_queue',
  });
  expect(config.serve.queue).toMatchObject({ name: 'lab-2', sliceFiles: 500 });
  expect(redactor.clean('postgres://u:of-the-queue@db.example')).not.toContain('of-the-queue');
});

it.each([
  [
    '{ type: postgress, url: x }',
    /serve\.queue\.type .*no queue "postgress"; did you mean postgres/,
  ],
  [
    '{ type: postgres, url: "postgres://h/lab", sliceFile: 500 }',
    /serve\.queue\.sliceFile .*did you mean sliceFiles/,
  ],
  ['{ type: postgres }', /serve\.queue\.url .*missing/],
  ['{ url: "postgres://h/lab" }', /serve\.queue\.type .*missing/],
  [
    '{ type: postgres, url: "postgres://h/lab", name: "A B" }',
    /serve\.queue\.name .*small letters/,
  ],
  ['{ type: postgres, url: "postgres://h/lab", sliceFiles: 1 }', /sliceFiles .*at least 100/],
  ['{ type: "@tdp-sync/sink-postgres", url: x }', /serve\.queue/],
])('%s is refused with its reason', async (queue, reason) => {
  await expect(load(queue)).rejects.toThrow(reason);
});

it('a database that one process writes has no replicas', async () => {
  const queue = '{ type: postgres, url: "postgres://h/lab" }';
  await expect(load(queue, '{ type: duckdb, path: ./lab.duckdb }')).rejects.toThrow(
    /serve\.queue .*written by one process/,
  );
});

it('the queue has a schema of its own', async () => {
  const sink = '{ type: postgres, url: "postgres://u:p@db.example/lab", schema: lab }';
  const queue = '{ type: postgres, url: "postgres://u:p@db.example/lab", schema: lab }';
  await expect(load(queue, sink)).rejects.toThrow(/serve\.queue\.schema .*one of its own/);
  await expect(load(queue.replace('schema: lab', 'schema: q'), sink)).resolves.toBeDefined();
});

it('the JSON Schema for editors knows the settings of both', async () => {
  const schema = JSON.stringify(await configJsonSchema(dir));
  const [, then = ''] =
    /"queue":\{"type":"object","properties":(\{.*?\})\},"required"/.exec(schema) ?? [];
  for (const name of ['name', 'sliceFiles', 'url', 'schema']) expect(then).toContain(`"${name}":`);
});
