import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { sync, verify } from '@tdp-sync/core';
import type { FileVersion } from '@tdp-sync/emulator';
import { MemoryDatabase, memorySink } from '@tdp-sync/sink/memory';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientOf } from './socketless.ts';
import { differences, type World, world } from './world.ts';

const HOUR_MS = 3_600_000;

/** Changes the database behind tdp-sync's back. */
async function damage(dir: string, ...statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(join(dir, 'lab.duckdb'));
  const connection = await instance.connect();
  try {
    for (const statement of statements) await connection.run(statement);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** The condition that picks a file's line in the ledger. */
function lineOf({ path }: FileVersion): string {
  return `id = (SELECT _file_key FROM docs_files WHERE path = '${path}')`;
}

/** Rows of a data table that belong to a file. */
function ofFile({ path }: { readonly path: string }): string {
  return `_file_key IN (SELECT _file_key FROM docs_files WHERE path = '${path}')`;
}

/** An order with some of its fixed-width parts replaced. */
function orderWith(shiftMs: number, fileId?: string): string {
  const time = (at: number): string =>
    `lpad(lower(to_base(from_base36(substr("order", ${at}, 9)) - ${shiftMs}, 36)), 9, '0')`;
  const id = fileId === undefined ? 'substr("order", 24, 36)' : `'${fileId}'`;
  return `substr("order", 1, 13) || ${time(14)} || '~' || ${id} || substr("order", 60)`;
}

const FROM_BASE36 = `CREATE OR REPLACE TEMP MACRO from_base36(text) AS
  list_reduce(list_transform(string_split(text, ''), c -> strpos('0123456789abcdefghijklmnopqrstuvwxyz', c)::BIGINT - 1),
    (a, b) -> a * 36 + b)`;

describe('verify, against a database that was damaged on purpose', () => {
  let w: World;
  let files: readonly FileVersion[];
  beforeEach(async () => {
    w = await world({ keepLog: true });
    w.addFiles(400);
    expect((await w.cli(['run'])).code).toBe(0);
    files = [...w.tdp.lake.files()];
    w.tdp.stats.reset();
  });
  afterEach(async () => {
    await w[Symbol.asyncDispose]();
  });

  function file(index: number): FileVersion {
    const found = files[index];
    if (found === undefined) throw new Error(`there are only ${files.length} files`);
    return found;
  }

  it('says equal, at the cost of four searches, and exits with 0', async () => {
    const result = await w.cli(['verify']);
    expect(result.stdout).toMatch(/^docs: equal to TDP, in /);
    expect(result.stdout).toMatch(/compared +400 files that TDP shows, .*database holds 400\n/);
    expect(result.stdout).toMatch(/cost +4 searches, 0 of the files/);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(w.tdp.stats).toMatchObject({ searches: 4, retrieves: 0 });
  });

  it('finds rows that were deleted, doubled or edited and a table that was dropped, and loads their files anew', async () => {
    await damage(
      w.dir,
      `DELETE FROM docs_files WHERE path = '${file(5).path}'`,
      `INSERT INTO docs SELECT * FROM docs WHERE ${ofFile(file(6))}`,
      `UPDATE docs SET document = '{}' WHERE ${ofFile(file(7))}`,
    );
    const found = await w.cli(['verify']);
    const lines = found.stdout.split('\n').filter((line) => line.startsWith('rows '));
    expect(lines.toSorted()).toEqual([
      expect.stringMatching(new RegExp(`${file(6).filePath}.*docs: 1 row was stored, there are 2`)),
      expect.stringMatching(new RegExp(`${file(7).filePath}.*docs: its rows were changed`)),
      // Where the row of the files table is gone, nobody here knows its path.
      expect.stringContaining('docs_files: 1 row was stored, there are 0'),
    ]);
    expect(found.code).toBe(7);
    const mended = await w.cli(['verify', '--repair', '--sample', '3']);
    expect(mended.stdout).toMatch(/^docs: 3 differences mended, equal to TDP/m);
    expect(mended.stdout).toMatch(/sample +3 files fetched anew and compared cell by cell/);
    expect(mended.code).toBe(0);
    await damage(w.dir, 'DROP TABLE docs');
    expect((await w.cli(['verify'])).stdout).toMatch(/^docs: 400 differences/m);
    expect((await w.cli(['verify', '--repair'])).code).toBe(0);
    expect((await w.cli(['verify'])).code).toBe(0);
  });

  it('names each difference with its reason, mends what can be mended, and then exits with 0', async () => {
    await damage(
      w.dir,
      FROM_BASE36,
      `DELETE FROM docs WHERE _file_key IN (SELECT _file_key FROM docs_files WHERE path = '${file(3).path}')`,
      `DELETE FROM _tdp_sync_documents WHERE ${lineOf(file(3))}`,
      `UPDATE _tdp_sync_documents SET "order" = ${orderWith(5000, '00000000-0000-4000-8000-000000000000')} WHERE ${lineOf(file(50))}`,
      `UPDATE _tdp_sync_documents SET "order" = ${orderWith(90_000)} WHERE ${lineOf(file(200))}`,
    );
    const found = await w.cli(['verify']);
    expect(found.stdout.split('\n').slice(0, 3).sort()).toEqual([
      `attributes ${file(200).filePath} (fileId ${file(200).fileId}): its content is held, its attributes or its index time have changed in TDP`,
      `missing ${file(3).filePath} (fileId ${file(3).fileId}): the database does not hold it`,
      `stale ${file(50).filePath} (fileId ${file(50).fileId}): the database holds an older version, 00000000-0000-4000-8000-000000000000`,
    ]);
    expect(found.stdout).toMatch(/^docs: 3 differences, in /m);
    expect(found.stdout).toMatch(/--repair/);
    expect(found.code).toBe(7);
    expect(w.tdp.stats.retrieves).toBe(0);
    expect(w.tdp.stats.searches).toBeLessThan(12);

    const mended = await w.cli(['verify', '--repair', '--json']);
    expect(JSON.parse(mended.stdout).results).toMatchObject([
      {
        sync: 'docs',
        outcome: 'equal',
        mended: 3,
        left: 0,
        found: { missing: 1, stale: 1, attributes: 1 },
        differences: [{ mended: true }, { mended: true }, { mended: true }],
      },
    ]);
    expect(mended.code).toBe(0);
    // The re-indexed one needs no content.
    expect(w.tdp.stats.retrieves).toBe(2);
    expect(await differences(w)).toEqual([]);
    const [state] = await w.sql(
      "SELECT state->>'watermark' AS watermark FROM _tdp_sync_state WHERE sync = 'docs'",
    );
    expect(state).toEqual({ watermark: expect.stringMatching(/Z$/) });

    expect((await w.cli(['verify'])).code).toBe(0);
    expect((await w.cli(['run'])).code).toBe(0);
  });

  it('a file deleted or hidden in TDP has vanished, and is left to the sweep', async () => {
    w.tdp.lake.delete(file(10).fileId);
    w.tdp.lake.hide(file(399).fileId);
    const result = await w.cli(['verify', '--repair']);
    expect(result.stdout.split('\n').slice(0, 2).sort()).toEqual(
      [10, 399]
        .map((index) => `vanished ${file(index).filePath} (fileId ${file(index).fileId}): `)
        .map((start) => `${start}the database holds it, TDP's search does not show it`)
        .sort(),
    );
    expect(result.stdout).toMatch(/tdp-sync sweep/);
    expect(result.code).toBe(7);
    expect(
      await w.sql("SELECT count(*)::INT AS n FROM docs_files WHERE status = 'loaded'"),
    ).toEqual([{ n: 400 }]);
    await w.cli(['sweep']);
    await w.cli(['sweep']);
    expect((await w.cli(['verify'])).stdout).not.toMatch(new RegExp(file(10).fileId));
  });

  it('a failed file is a difference until it is loaded', async () => {
    const { fileId } = w.tdp.lake.put({
      path: '/late.json',
      category: 'IDS',
      content: { a: 1 },
      indexedAt: Date.now() - 2 * HOUR_MS,
    });
    w.tdp.faults.when('retrieve', ({ url }) => url.includes(fileId), { kind: '404' }, 1);
    expect((await w.cli(['sweep', '--log-level', 'silent'])).code).toBe(6);
    const result = await w.cli(['verify']);
    expect(result.stdout).toMatch(
      /^failed \/late\.json \(fileId .*\): not loaded after 1 try, due/,
    );
    // What was wrong with a file is rarely mended by fetching it again.
    expect(result.stdout).toMatch(/next +"tdp-sync status" says why files have failed/);
    expect(result.stdout).not.toMatch(/--repair/);
    expect(result.code).toBe(7);
    const mended = await w.cli(['verify', '--repair']);
    expect(mended.stdout).toMatch(/^mended failed \/late\.json/);
    expect(mended.stdout).toMatch(/^docs: 1 difference mended, equal to TDP/m);
    expect(mended.code).toBe(0);
    expect(await differences(w)).toEqual([]);
  });

  it('what came after the watermark is for the next run', async () => {
    w.tdp.lake.put({ path: '/new.json', category: 'IDS', content: { a: 1 } });
    w.tdp.lake.reindex(file(7).fileId);
    expect((await w.cli(['verify'])).code).toBe(0);
  });

  it('labels that changed without a stamp are found by --full', async () => {
    await w[Symbol.asyncDispose]();
    w = await world({ switches: { labelsRestampIndexedAt: false } });
    w.addFiles(30);
    await w.cli(['run']);
    const [one] = w.tdp.lake.files();
    w.tdp.lake.label(one?.fileId ?? '', [{ name: 'project', value: 'alpha' }]);
    expect((await w.cli(['verify'])).code).toBe(0);
    const result = await w.cli(['verify', '--full']);
    expect(result.stdout).toMatch(new RegExp(`^attributes ${one?.filePath} `));
    expect(result.code).toBe(7);
    expect((await w.cli(['verify', '--full', '--repair'])).code).toBe(0);
    expect((await w.cli(['verify', '--full'])).code).toBe(0);
  });

  it('says so when there has been no run to an end', async () => {
    await w.cli(['reset', 'docs', '--yes']);
    const fresh = await w.cli(['verify']);
    expect(fresh.stdout).toMatch(/^docs: has not run to an end .* 400 files/);
    expect(fresh.code).toBe(7);
  });

  it('ends when it is told to, without a verdict', async () => {
    w.tdp.faults.when('search', () => true, { kind: 'hang' }, 1);
    const { process, result } = w.start(['verify']);
    while (w.tdp.stats.searches === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    process.kill('SIGTERM');
    expect(await result).toMatchObject({ code: 143, stdout: '' });
    expect((await result).stderr).toMatch(/"msg":"docs: interrupted/);
  });
});

describe('engines of any age', () => {
  it.each([
    ['that know interval', (_body: string) => false],
    ['that refuse it', (body: string) => body.includes('"interval"')],
  ])('%s', async (_title, refuse) => {
    const { emulator, client } = clientOf({}, refuse);
    const toMs = Date.now() - HOUR_MS;
    emulator.lake.addBulk({ count: 500, indexedFrom: toMs - 5 * HOUR_MS, indexedTo: toMs });
    for (const intervalMs of [1, 999, 60_000, 7_654_321, 1e10]) {
      const buckets = await client.histogram({ filter: [] }, intervalMs);
      expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(500);
      for (const { fromMs, oldestMs, newestMs, count, sumMs } of buckets) {
        expect(fromMs % intervalMs).toBe(0);
        expect(oldestMs).toBeGreaterThanOrEqual(fromMs);
        expect(newestMs).toBeLessThan(fromMs + intervalMs);
        expect(sumMs / count).toBeGreaterThanOrEqual(oldestMs);
        expect(sumMs / count).toBeLessThanOrEqual(newestMs);
      }
    }
  });

  it('a filter that is refused is refused, whatever the interval is called', async () => {
    const { client } = clientOf({});
    const filter = [{ nonsense: {} }];
    await expect(client.histogram({ filter }, 1000)).rejects.toMatchObject({
      code: 'QUERY_REJECTED',
    });
  });
});

describe('partial answers', () => {
  it.each(['timed_out', 'failed_shards'] as const)(
    '%s proves nothing, and is asked again',
    async (kind) => {
      const { emulator, client } = clientOf({});
      const toMs = Date.now() - HOUR_MS;
      emulator.lake.addBulk({ count: 300, indexedFrom: toMs - 5 * HOUR_MS, indexedTo: toMs });
      const database = new MemoryDatabase();
      const sink = await memorySink.open({ database }, { baseDir: '/' });
      const options = { name: 'docs', source: client, sourceId: 'here', sink, settleMs: 2000 };
      await sync(options);
      for (let nth = 0; nth < 4; nth += 1) {
        emulator.faults.clear();
        emulator.faults.nth('search', nth + 1, { kind });
        expect(await verify(options), `search ${nth + 1}`).toMatchObject({ outcome: 'equal' });
      }
      const ledger = new Map(database.content.ledgers.get('docs'));
      for (const key of [...ledger.keys()].slice(100, 105)) ledger.delete(key);
      database.content = { ...database.content, ledgers: new Map([['docs', ledger]]) };
      emulator.faults.random('search', { kind }, 0.3);
      expect(await verify(options)).toMatchObject({ left: 5, found: { missing: 5 } });
      emulator.faults.clear();
      emulator.faults.when('search', () => true, { kind }, 1000);
      await expect(verify(options)).rejects.toMatchObject({ code: 'PAGE_INVALID' });
    },
  );
});

describe('a TDP with habits', () => {
  it.each([
    ['that shows superseded versions', { showOutdated: 'flag' }],
    ['that flags deleted files', { softDeleted: 'flag' }],
    ['that shows files twice', { duplicateFileIds: 0.2 }],
    ['that gives short pages', { shortPages: 0.5 }],
    ['that counts as an object', { totalHits: 'object' }],
  ] as const)('%s', async (_title, switches) => {
    let nowMs = Date.now();
    const { emulator, client } = clientOf({ switches, now: () => nowMs });
    const toMs = Date.now() - HOUR_MS;
    emulator.lake.addBulk({ count: 300, indexedFrom: toMs - 5 * HOUR_MS, indexedTo: toMs });
    const put = (index: number, indexedAt: number): FileVersion =>
      emulator.lake.put({
        path: `/v${index}.json`,
        category: 'IDS',
        content: { index, indexedAt },
        createdAt: indexedAt,
        indexedAt,
      });
    for (let index = 0; index < 20; index += 1) put(index, toMs - 2 * HOUR_MS + index * 1000);
    const database = new MemoryDatabase();
    const sink = await memorySink.open({ database }, { baseDir: '/' });
    const options = { name: 'docs', source: client, sourceId: 'here', sink };
    await sync(options);
    for (let index = 0; index < 10; index += 1) put(index, toMs - HOUR_MS + index * 1000);
    nowMs += HOUR_MS;
    await sync({ ...options, lookbackMs: 10 * HOUR_MS });
    expect(await verify(options)).toMatchObject({ outcome: 'equal', left: 0 });

    const ledger = new Map(database.content.ledgers.get('docs'));
    const damaged = [...ledger.keys()].slice(0, 12);
    for (const key of damaged) ledger.delete(key);
    database.content = { ...database.content, ledgers: new Map([['docs', ledger]]) };
    const report = await verify(options);
    expect(report).toMatchObject({ outcome: 'different', left: 12, found: { missing: 12 } });
    expect(await verify({ ...options, repair: true })).toMatchObject({ outcome: 'equal' });
    expect(await verify(options)).toMatchObject({ outcome: 'equal' });
  });
});
