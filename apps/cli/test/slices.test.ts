import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunReport } from '@tdp-sync/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { glance } from '../src/commands/glance.ts';
import { sliceNow } from '../src/commands/slice.ts';
import { openConsole } from '../src/console.ts';
import { summary } from '../src/render/summary.ts';
import { Redactor } from '../src/secrets.ts';

const NOW = Date.UTC(2026, 10, 30, 12);

function report(fields: Partial<RunReport>): Parameters<typeof summary>[0] {
  return {
    ...{ sync: 'lab', outcome: 'complete', seen: 1961, loaded: 1961, refreshed: 0, known: 0 },
    ...{ deleted: 0, failed: 0, failing: 0, bytes: 1000, commits: 3, schema: [] },
    ...{
      watermarkMs: undefined,
      slicesLeft: 0,
      behindMs: 1000,
      startMs: NOW - 1,
      durationMs: 1000,
    },
    pulledBack: undefined,
    clocks: {
      ...{ dateMs: NOW, localMs: NOW, nowMs: NOW, newestMs: NOW, future: undefined },
      ...{ isBarred: false, verdict: 'agree' },
    },
    ...{ failures: [], filesTable: 'lab_files' },
    ...fields,
  } as Parameters<typeof summary>[0];
}

describe('a run while slices of a backlog are open', () => {
  it('says how many are left, and not that TDP shows nothing', () => {
    const lines = summary(report({ slicesLeft: 9 })).join('\n');
    expect(lines).toMatch(/^lab: 1,961 files brought up to date/);
    expect(lines).toMatch(/9 slices left, which workers were at lately/);
    expect(lines).not.toMatch(/TDP shows no file/);
  });

  it('says nothing of slices where there are none', () => {
    expect(summary(report({ watermarkMs: NOW })).join('\n')).not.toMatch(/slice/);
  });
});

describe('status while slices of a backlog are open', () => {
  const asked = { behindMs: 3_600_000 };
  const last = { at: new Date(NOW).toISOString(), outcome: 'complete' };
  const seen = (slices: object | undefined) =>
    glance({
      config: { every: { everyMs: 300_000 }, settle: 60_000 },
      state: { slices, verification: undefined },
      ...{ asked, last, failed: 0, nowMs: NOW },
    } as unknown as Parameters<typeof glance>[0]);

  it('is behind TDP, though a worker has just come to the end of its share', () => {
    expect(seen({ id: 'a', first: 0, cuts: [1, 2], tailMs: 2 })).toBe('catching-up');
    expect(seen(undefined)).toBe('up-to-date');
  });
});

describe('a share of the backlog', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tdp-sync-slices-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** What `run --slice` says with a sink of one's own. */
  async function slice(more: string): Promise<unknown> {
    const adapter = `{ name: 'own', contract: 1, ${more}
      config: { '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value }) } },
      open: async () => { throw new Error('it was opened'); } }`;
    await writeFile(join(folder, 'own.mjs'), `export default ${adapter};`);
    const config = join(folder, 'tdp-sync.yaml');
    const source = { url: 'http://127.0.0.1:9', auth: { token: 'a-token', org: 'lab' } };
    const file = { source, sink: { type: './own.mjs' }, syncs: { lab: {} } };
    await writeFile(config, JSON.stringify(file));
    const out = { write: () => true } as never;
    const parts = { isTerminal: false, environment: {}, redactor: new Redactor() };
    const console = openConsole({ ...parts, out, err: out });
    const { signal } = new AbortController();
    const run = { json: false, logLevel: 'error', sync: [], signal };
    return sliceNow({ ...run, config, slice: { index: 0, of: 2 } }, console).catch(
      (error: unknown) => error,
    );
  }

  it('is refused where one process at a time can have the database open, before it is opened', async () => {
    expect(await slice('isExclusive: true,')).toMatchObject({
      message: expect.stringMatching(
        /sink "own" can be open in one process at a time.*"tdp-sync run"/,
      ),
    });
  });

  it('is for every other database', async () => {
    expect(await slice('')).toMatchObject({ cause: { message: 'it was opened' } });
  });
});
