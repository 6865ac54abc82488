import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PostgresServer } from '../../packages/sink-postgres/test/server/postgres.ts';
import {
  canStart,
  createDatabase,
  ownServer,
  title,
} from '../../packages/sink-postgres/test/server.ts';
import { type Serving, serving, TOKEN, until } from './serving.ts';
import { type World, world } from './world.ts';

interface Replicas {
  readonly error: string | null;
  readonly differing: readonly string[];
  readonly all: readonly {
    readonly name: string;
    readonly isSelf: boolean;
    readonly role: string;
    readonly jobs: readonly unknown[];
  }[];
}

const SYNCS = 'docs: { content: ids, every: 2s, settle: 1s, sweep: never, verify: never }';

describe.skipIf(!canStart)(title('replicas of serve', canStart), () => {
  let lab: PostgresServer;
  let queue: PostgresServer;
  let w: World;
  let alive: Serving[] = [];

  beforeEach(async () => {
    [lab, queue] = await Promise.all([ownServer(), ownServer({ isDurable: true })]);
    await createDatabase(lab, 'lab');
    await createDatabase(queue, 'queue');
    w = await world({ latencyMs: 5 });
    await configure(SYNCS);
  });
  afterEach(async () => {
    await Promise.all(alive.map((one) => one[Symbol.asyncDispose]()));
    alive = [];
    await w[Symbol.asyncDispose]();
    await Promise.all([lab[Symbol.asyncDispose](), queue[Symbol.asyncDispose]()]);
  });

  const configure = (syncs: string): Promise<void> =>
    w.config(`source: { auth: ./auth.json, concurrency: 8 }
sink: { type: postgres, url: "${lab.url('lab')}", schema: tdp }
serve:
  listen: 127.0.0.1:0
  controlToken: ${TOKEN}
  queue: { type: postgres, url: "${queue.url('queue')}", sliceFiles: 150 }
syncs:
  ${syncs}
`);

  /** A config with the port that one of them has. */
  async function fixed(one: Serving): Promise<string> {
    const path = join(w.dir, 'taken.yaml');
    const text = await readFile(join(w.dir, 'tdp-sync.yaml'), 'utf8');
    await writeFile(path, text.replace('127.0.0.1:0', new URL(one.url).host));
    return path;
  }

  async function begin(): Promise<Serving> {
    const one = await serving(w);
    alive.push(one);
    return one;
  }

  async function kill(one: Serving): Promise<void> {
    one.signal('SIGKILL');
    await one.ended;
    alive = alive.filter((other) => other !== one);
  }

  async function replicas(one: Serving): Promise<Replicas> {
    const { replicas: told } = JSON.parse((await one.get('/status.json')).text);
    return told;
  }

  const leads = (one: Serving): Promise<number> => one.metric('tdp_sync_leads');

  /** Asks each process that is alive for the one that leads. */
  const leader = (): Promise<Serving> =>
    until(
      async () => {
        for (const one of alive) if ((await leads(one)) === 1) return one;
        return undefined;
      },
      () => `somebody to lead: ${alive.map((one) => one.output().slice(-400)).join('\n')}`,
    );

  /** What of TDP's files the database does not have as they are, and what it has besides. */
  async function differences(): Promise<readonly string[]> {
    const client = new Client({ connectionString: lab.url('lab') });
    await client.connect();
    try {
      const { rows } = await client.query(
        'SELECT path, loaded_file_id, status, (SELECT count(*) FROM tdp.docs d WHERE d._file_key = f._file_key)::int AS n FROM tdp.docs_files f',
      );
      const held = new Map(rows.map((row) => [row.path, row]));
      const truth = w.tdp.lake.truth();
      const wrong = [...truth.values()].flatMap(({ path, fileId }) => {
        const row = held.get(path);
        return row?.loaded_file_id === fileId && row.n === 1 ? [] : `${path}: ${row?.status}`;
      });
      return rows.length === truth.size ? wrong : [...wrong, `${rows.length} files`];
    } finally {
      await client.end();
    }
  }

  it('killed at random, and the queue restarted in the middle, leave what TDP has', async () => {
    w.addFiles(1500);
    const stop = new AbortController();
    const put = (count: number): void => {
      w.tdp.lake.put({
        path: `/live/run-${count % 40}.json`,
        category: 'IDS',
        ids: 'common/run:v1.0.0',
        content: JSON.stringify({ '@idsType': 'run', count }),
      });
    };
    const lively = (async (): Promise<void> => {
      for (let count = 0; !stop.signal.aborted; count += 1) {
        put(count);
        await delay(100);
      }
    })();
    await Promise.all([begin(), begin(), begin()]);
    await leader();
    for (let round = 0; round < 5; round += 1) {
      const { downloads } = w.tdp.stats;
      await until(async () => w.tdp.stats.downloads > downloads + 60);
      // First the one that leads, then whoever.
      const [first] = alive;
      const victim = round === 0 ? await leader() : first;
      if (victim !== undefined) await kill(victim);
      if (round === 2) {
        await queue.kill();
        const [here] = alive;
        if (here !== undefined) await until(async () => (await replicas(here)).error !== null);
        await delay(500);
        await queue.start();
      }
      await begin();
    }
    await leader();
    stop.abort();
    await lively;
    await until(
      async () => (await differences()).length === 0,
      () =>
        `the database to equal TDP: ${alive.map((one) => one.output().slice(-2000)).join('\n')}`,
    );
    const verified = await w.cli(['verify']);
    expect(verified.code, verified.stdout + verified.stderr).toBe(0);
    const [one, ...others] = alive;
    expect(others).toHaveLength(2);
    if (one === undefined) return;
    await until(async () => (await replicas(one)).all.length === 3);
    const { all, error } = await replicas(one);
    expect(error).toBeNull();
    expect(all.map(({ role }) => role).toSorted()).toEqual(['leads', 'works', 'works']);
    for (const { signal } of alive) signal('SIGTERM');
    for (const { ended } of alive) expect((await ended).code).toBe(143);
  });

  it('what is done at one of them holds for all, and a config that differs is told of', async () => {
    w.addFiles(20);
    const checked = await w.cli(['check']);
    expect(checked.stdout).toMatch(/queue +ok +postgres opens, and gives what is put into it/);
    const [one, two] = [await begin(), await begin()];
    await until(async () => (await replicas(one)).all.length === 2);
    await two.rest();
    expect(await one.post('/syncs/docs/pause')).toBe(202);
    await until(async () => (await two.sync()).state === 'paused');
    const { downloads } = w.tdp.stats;
    w.addFiles(10, { seed: 2 });
    expect(await two.post('/syncs/docs/run')).toBe(409);
    expect(await two.post('/syncs/docs/resume')).toBe(202);
    await until(async () => (await one.sync()).state !== 'paused');
    expect(await two.post('/syncs/docs/sweep')).toBe(202);
    await until(async () => (await one.sync()).lastSweep !== null);
    await until(async () => w.tdp.stats.downloads >= downloads + 10);
    const taken = await w.cli(['serve', '--config', await fixed(one)]);
    expect(taken.stderr + taken.stdout).toMatch(/cannot be had: .*EADDRINUSE/);
    expect(taken.code).toBe(2);
    await configure('docs: { content: all, every: 2s, settle: 1s, sweep: never, verify: never }');
    const three = await begin();
    await until(async () => (await leads(three)) === 1);
    for (const old of [one, two]) {
      await until(async () => (await old.metric('tdp_sync_stands_by')) === 1);
      expect((await replicas(old)).differing).toEqual(['syncs.docs']);
    }
    expect(one.log().some(({ msg }) => String(msg).includes('has a newer config'))).toBe(true);
    one.signal('SIGHUP');
    two.signal('SIGHUP');
    for (const old of [one, two])
      await until(async () => (await old.metric('tdp_sync_stands_by')) === 0);
    await until(async () => (await replicas(three)).differing.length === 0);
  });
});
