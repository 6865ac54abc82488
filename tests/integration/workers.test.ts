import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PostgresServer } from '../../packages/sink-postgres/test/server/postgres.ts';
import {
  canStart,
  createDatabase,
  ownServer,
  title,
} from '../../packages/sink-postgres/test/server.ts';
import { type World, world } from './world.ts';

const FILES = 900;
const BATCH = 20;
const WORKERS = 3;

describe.skipIf(!canStart)(title('several workers into PostgreSQL', canStart), () => {
  let server: PostgresServer;
  let w: World;
  beforeAll(async () => {
    server = await ownServer();
    await createDatabase(server, 'lab');
    w = await world();
    const sink = `sink:\n  type: postgres\n  url: ${server.url('lab')}\n  schema: tdp\n`;
    const batch = `batch: { documents: ${BATCH} }`;
    const syncs = `syncs:\n  docs:\n    content: ids\n    ${batch}\n  auto:\n    tables: auto\n    history: true\n    ${batch}\n`;
    await w.config(`source:\n  auth: ./auth.json\n  concurrency: 4\n${sink}${syncs}`);
    w.addFiles(FILES);
  });
  afterAll(async () => {
    await w[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  async function sql(statement: string): Promise<readonly unknown[]> {
    const client = new Client({ connectionString: server.url('lab') });
    await client.connect();
    try {
      return (await client.query({ text: statement, rowMode: 'array' })).rows;
    } finally {
      await client.end();
    }
  }

  const slice = (index: number): string[] => [
    ...['run', '--slice', `${index}/${WORKERS}`, '--slice-files', '70', '--failed-files-ok'],
  ];

  /** Starts a worker again and again, as whoever looks after it would; kills it so many times. */
  async function worker(index: number, kills: number): Promise<number> {
    for (let round = 0; ; round += 1) {
      const cli = w.start(slice(index));
      if (round < kills) {
        const until = w.tdp.stats.downloads + 30 + 17 * index + 11 * round;
        await untilDownloads(until, cli.result);
        cli.process.kill('SIGKILL');
      }
      const { code, signal, stderr } = await cli.result;
      if (signal === 'SIGKILL') continue;
      expect(stderr).not.toMatch(/at .*\.js:/);
      expect(code, stderr).toBe(0);
      return round;
    }
  }

  async function untilDownloads(count: number, ended: Promise<unknown>): Promise<void> {
    let over = false;
    void ended.then(() => {
      over = true;
    });
    while (!over && w.tdp.stats.downloads < count)
      await new Promise((resolve) => setTimeout(resolve, 2));
  }

  it('killed at any moment and begun again, leave what one run leaves, and say how far they are', async () => {
    const first = await w.cli(slice(0));
    expect(
      first.stdout.match(/none of share 0 of 3 left; \d+ of the other shares are/g),
    ).toHaveLength(2);
    expect(first.stdout).not.toMatch(/TDP shows no file|the same command goes on/);
    const beside = await w.cli(['run']);
    expect(beside.stdout).toMatch(/slices left, which workers were at lately/);
    // It would have loaded all that is left to the workers.
    expect(beside.stdout).not.toMatch(/swept/);
    const status = await w.cli(['status']);
    expect(status.stdout.match(/^(docs|auto): behind TDP/gm)).toHaveLength(2);
    expect(status.stdout).toMatch(/backlog +up to .* in slices, \d+ left/);
    const kills = await Promise.all([worker(0, 1), worker(1, 2), worker(2, 2)]);
    expect(kills.reduce((sum, count) => sum + count)).toBeGreaterThan(1);
    // Whatever the killed have left is left to their share alone.
    for (const index of [0, 1, 2]) await worker(index, 0);
    const done = await w.cli(slice(1));
    expect(done.stdout).toMatch(/none left; "tdp-sync run" goes on from here/);
    const run = await w.cli(['run']);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout.match(/loaded {5}0/g)?.length).toBe(2);
    const verified = await w.cli(['verify']);
    expect(verified.stdout.match(/^(docs|auto): equal/gm), verified.stdout).toHaveLength(2);
    expect(await sql('SELECT count(*), count(DISTINCT _file_key) FROM tdp.docs_files')).toEqual([
      [String(FILES), String(FILES)],
    ]);
    // One line for each file: what was begun twice has changed nothing twice.
    expect(await sql('SELECT count(*) FROM tdp.auto_history')).toEqual([[String(FILES)]]);
    expect(await sql("SELECT sync FROM tdp._tdp_sync_state WHERE sync LIKE '%.%'")).toEqual([]);
  }, 240_000);
});
