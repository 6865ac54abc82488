import type { Document, Table } from '@tdp-sync/sink';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { harness } from '../src/conformance.ts';
import { stamp } from './child/loads.ts';
import type { ApiRequest, Front } from './emulator/front.ts';
import { configOf, hasEmulator, startFront, title } from './server.ts';
import { expectWhole, loaded, loadOf, openSink } from './world.ts';

vi.mock('node:timers/promises', async (original) => {
  const timers = await original<typeof import('node:timers/promises')>();
  return { ...timers, setTimeout: (ms: number) => timers.setTimeout(ms / 20) };
});

let front: Front;
beforeAll(async () => {
  if (hasEmulator) front = await startFront({ keepsCopies: true });
});
afterEach(() => {
  front?.mend();
});
afterAll(async () => {
  await front?.[Symbol.asyncDispose]();
});

const fresh = () => harness(configOf(front)).fresh();
const id = (n: number) => n.toString(16).padStart(32, '0');
const tables = (count: number): readonly Table[] =>
  Array.from({ length: count }, (_, n) => ({
    name: `t${n}`,
    columns: [{ name: 'a', type: 'string' }],
  }));

function documents(count: number, tableCount: number, order = 'a'): readonly Document[] {
  return Array.from({ length: count }, (_, n) => ({
    id: id(n),
    order,
    status: 'loaded',
    rows: new Map(tables(tableCount).map(({ name }) => [name, [[`${order} ${n}`], ['x']]])),
  }));
}

async function requestsOf(task: () => Promise<unknown>): Promise<readonly string[]> {
  const seen: string[] = [];
  front.onRequest = ({ method, path }: ApiRequest) => {
    seen.push(`${method} ${path.replace(/[0-9a-f]{32}/g, 'ID').replace(/\/datasets\/\w+\//, '')}`);
    return undefined;
  };
  await task();
  front.mend();
  return seen;
}

describe.skipIf(!hasEmulator)(title('jobs'), () => {
  test('a load is one load job and one commit, however many tables it fills', async () => {
    await using database = await fresh();
    await using sink = await openSink(database);
    await loadOf(sink, tables(12), undefined, 's1', documents(3, 12));
    const before = front.jobIds.length;
    const few = await requestsOf(() => loadOf(sink, tables(1), 's1', 's2', documents(3, 1, 'b')));
    const many = await requestsOf(() =>
      loadOf(sink, tables(12), 's2', 's3', documents(3, 12, 'c')),
    );
    expect(few.filter((line) => line !== 'GET /jobs/tdp_sync_ID_load1_1')).toEqual([
      'GET tables/t0',
      'POST tables',
      'POST /jobs',
      'POST /jobs',
      'GET /queries/tdp_sync_ID_commit_1',
      'DELETE tables/_tdp_sync_stage_ID',
    ]);
    expect(many.filter((line) => line === 'POST /jobs').length).toBe(2);
    const ids = front.jobIds.slice(before).map((job) => job.replace(/[0-9a-f]{32}/, 'ID'));
    const each = ['tdp_sync_ID_load1_1', 'tdp_sync_ID_commit_1'];
    expect(ids).toEqual([...each, ...each]);
  });

  test('what is staged beyond loadBytes is uploaded in several jobs, into one table', async () => {
    await using database = await fresh();
    await using sink = await openSink(database, { loadBytes: 70_000, compress: false });
    const long = 'x'.repeat(40_000);
    const given = documents(5, 1).map((document) => ({
      ...document,
      rows: new Map([['t0', [[long], ['short']]]]),
    }));
    const seen = await requestsOf(() => loadOf(sink, tables(1), undefined, 's1', given));
    expect(seen.filter((line) => line === 'POST tables').length).toBe(2);
    expect(new Set(seen.filter((line) => line.includes('_load'))).size).toBeGreaterThan(2);
    const rows = await database.read('t0');
    expect(rows.map((row) => String(row['a']).length)).toEqual(
      Array.from({ length: 5 }, () => [40_000, 5]).flat(),
    );
  });

  test('a staging table expires, and is gone after a commit and after dispose', async () => {
    await using database = await fresh();
    await using sink = await openSink(database, { loadBytes: 1 });
    const created: unknown[] = [];
    front.onRequest = ({ method, path, body }) => {
      if (method === 'POST' && path.endsWith('/tables')) created.push(body);
      return undefined;
    };
    const load = await sink.begin({ sync: 'lab', tables: [], since: undefined });
    const long = { ...documents(1, 0)[0], order: 'a' } as Document;
    await load.stage(Array.from({ length: 900 }, (_, n) => ({ ...long, id: id(n) })));
    expect((await database.tables()).filter((name) => name.includes('stage')).length).toBe(1);
    await load[Symbol.asyncDispose]();
    expect((await database.tables()).filter((name) => name.includes('stage'))).toEqual([]);
    const table = created[0] as { expirationTime: string; rangePartitioning: unknown };
    const lifetime = Number(table.expirationTime) - Date.now();
    expect(lifetime).toBeGreaterThan(86_000_000);
    expect(lifetime).toBeLessThanOrEqual(86_400_000);
    expect(table.rangePartitioning).toEqual({
      field: 't',
      range: { start: '0', end: '1', interval: '1' },
    });
  });

  test('a commit that was aborted by another runs again, under the next number', async () => {
    await using database = await fresh();
    await using sink = await openSink(database);
    let aborted = 0;
    front.onJob = (job, when) => {
      if (when === 'after' || !job.includes('_commit') || aborted++ > 1) return undefined;
      return {
        reason: 'invalidQuery',
        message: 'Transaction is aborted due to concurrent update against table x.',
      };
    };
    expect(await loaded(sink, undefined, 1)).toEqual({ applied: 3, leftAlone: 0 });
    expect(front.jobIds.at(-1)).toMatch(/_commit_3$/);
    await expectWhole(database, stamp(1));
  });

  test('a commit that came through and failed afterwards is not taken for a conflict', async () => {
    await using database = await fresh();
    await using sink = await openSink(database);
    let failed = false;
    front.onJob = (job, when) => {
      if (when === 'before' || !job.includes('_commit') || failed) return undefined;
      failed = true;
      return { reason: 'jobBackendError', message: 'Error encountered during execution.' };
    };
    expect(await loaded(sink, undefined, 1)).toEqual({ applied: 3, leftAlone: 0 });
    expect(front.jobIds.filter((job) => job.includes('_commit')).length).toBeGreaterThan(1);
    await expectWhole(database, stamp(1));
  });

  test('a load job that failed for a moment is loaded once', async () => {
    await using database = await fresh();
    await using sink = await openSink(database);
    let failed = false;
    front.onJob = (job, when) => {
      if (when === 'after' || !job.includes('_load') || failed) return undefined;
      failed = true;
      return { reason: 'backendError', message: 'Error encountered during execution.' };
    };
    expect(await loaded(sink, undefined, 1)).toEqual({ applied: 3, leftAlone: 0 });
    await expectWhole(database, stamp(1));
  });

  test.each([
    [{ status: 503, reason: 'backendError', message: 'Error encountered' }, true, 6],
    [{ status: 403, reason: 'rateLimitExceeded', message: 'Exceeded rate limits' }, true, 6],
    [{ status: 403, reason: 'quotaExceeded', message: 'Quota exceeded' }, true, 1],
    [{ status: 403, reason: 'accessDenied', message: 'Access Denied' }, false, 1],
  ])('a load that is refused with %o', async (fault, retryable, tries) => {
    await using database = await fresh();
    await using sink = await openSink(database);
    let refused = 0;
    front.onRequest = ({ method, path }) => {
      if (method !== 'POST' || path !== '/jobs') return undefined;
      refused += 1;
      return fault;
    };
    const code = retryable ? 'SINK_UNAVAILABLE' : 'SINK_PERMISSION';
    await expect(loaded(sink, undefined, 1)).rejects.toMatchObject({ code, retryable });
    expect(refused).toBe(tries);
    front.mend();
    await expectWhole(database, '');
  });

  test('whichever statement of a commit fails, nothing has changed', async () => {
    await using database = await fresh();
    await using sink = await openSink(database);
    await loaded(sink, undefined, 1);
    // The eighth load writes to documents of the first.
    await loaded(sink, stamp(1), 8);
    const statements: string[] = [];
    front.onStatement = (statement) => {
      statements.push(statement);
      return undefined;
    };
    await loaded(sink, stamp(8), 15);
    const changing = [...statements.keys()].filter((at) =>
      /^(?:DELETE|INSERT)/.test(statements[at] ?? ''),
    );
    expect(changing.length).toBeGreaterThan(6);
    for (const at of changing) {
      let seen = 0;
      front.onStatement = () =>
        seen++ === at ? { reason: 'invalidQuery', message: 'out of luck' } : undefined;
      await expect(loaded(sink, stamp(15), 22), statements[at]).rejects.toMatchObject({
        code: 'SINK_FAILED',
        retryable: false,
      });
      front.mend();
      expect(await sink.readState('lab')).toBe(stamp(15));
      await expectWhole(database, stamp(15));
    }
    await loaded(sink, stamp(15), 22);
    await expectWhole(database, stamp(22));
  });

  test('results of many pages are read to their end', async () => {
    await using database = await fresh();
    await using sink = await openSink(database);
    await loadOf(sink, tables(1), undefined, 's1', documents(20, 1));
    front.pageRows = 3;
    const ids = Array.from({ length: 30 }, (_, n) => id(n));
    const lines: string[] = [];
    for await (const line of sink.documents('lab', { ids })) lines.push(line.id);
    expect(lines).toEqual(ids.slice(0, 20));
    const rows: string[] = [];
    for await (const { row } of sink.rows(tables(1)[0] as Table, ids)) rows.push(String(row[0]));
    expect(rows).toEqual(Array.from({ length: 20 }, (_, n) => [`a ${n}`, 'x']).flat());
    front.pageRows = Number.POSITIVE_INFINITY;
  });

  test('a text that the client would replace is kept', async () => {
    await using database = await fresh();
    await using sink = await openSink(database);
    const state = '{{projectId}} and {{ projectId }}';
    await loadOf(sink, tables(1), undefined, state, documents(1, 1, '{{projectId}}'));
    expect(await sink.readState('lab')).toBe(state);
    expect((await database.read('t0')).map((row) => row['a'])).toEqual(['{{projectId}} 0', 'x']);
    await loadOf(sink, tables(1), state, 's2', []);
  });
});
