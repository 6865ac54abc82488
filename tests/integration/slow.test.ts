import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { EmulatorRequest, Fault } from '@tdp-sync/emulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveConfig, serving, until } from './serving.ts';
import { configText, differences, type World, world } from './world.ts';

const FILES = 40;
const QUICK = '  timeout: 1s';
const MEMORY = pathToFileURL(join(import.meta.dirname, '../../packages/sink/dist/memory/index.js'));

let w: World;
beforeEach(async () => {
  w = await world({ keepLog: true });
  w.addFiles(FILES);
});
afterEach(async () => {
  await w[Symbol.asyncDispose]();
});

/** The first file in the order of reading: all others come behind it. */
function slowFile(): {
  readonly fileId: string;
  readonly isAsked: (ask: EmulatorRequest) => boolean;
} {
  const [first] = [...w.tdp.lake.files()].sort((a, b) => (a.fileId < b.fileId ? -1 : 1));
  if (first === undefined) throw new Error('there is no file');
  return {
    fileId: first.fileId,
    isAsked: ({ url }) => new URL(url, w.tdp.url).searchParams.get('versionId') === first.versionId,
  };
}

/** The storage does not give the first file as it should, so often. */
function ill(fault: Fault, times?: number): string {
  const { fileId, isAsked } = slowFile();
  w.tdp.faults.when('storage', isAsked, fault, times);
  return fileId;
}

const DROPS: Fault = { kind: 'trickle', afterBytes: 0, everyMs: 50 };

describe('a file whose content comes drop by drop', () => {
  it('fails with the reason, may be tried again, and holds up no other', async () => {
    const fileId = ill(DROPS);
    await w.config(configText(undefined, QUICK));
    const { code, stderr } = await w.cli(['run']);
    expect(code).toBe(6);
    expect(stderr).toMatch(/trying again/);
    const failed = await w.sql("SELECT * FROM docs_files WHERE status = 'failed'");
    expect(failed).toMatchObject([{ file_id: fileId, error_code: 'SOURCE_UNAVAILABLE' }]);
    expect(String(failed[0]?.['error'])).toMatch(/sent \d+ bytes in 1 seconds.*source\.minRate/);
    expect(failed[0]?.['retry_at']).not.toBeNull();
    w.tdp.faults.clear();
    expect((await w.cli(['retry'])).code).toBe(0);
    expect(await differences(w)).toEqual([]);
  });

  it('comes, when nobody asks for a rate', async () => {
    ill({ ...DROPS, everyMs: 5 });
    await w.config(configText(undefined, `${QUICK}\n  minRate: 0B`));
    expect((await w.cli(['run'])).code).toBe(0);
    expect(w.tdp.stats.downloads).toBe(FILES);
    expect(await differences(w)).toEqual([]);
  });
});

const HANGS: readonly Fault[] = [{ kind: 'hang' }, { kind: 'stall' }, DROPS];

describe('a file that does not come', () => {
  it.each(HANGS)(
    '$kind: SIGTERM leaves it to the next run, in its time, and keeps the others',
    async (fault) => {
      ill(fault, 1);
      await w.config(`${configText()}serve: { drain: 2s }\n`);
      const { process, result } = w.start(['run']);
      await until(async () => w.tdp.stats.downloads >= FILES - 1);
      const askedMs = Date.now();
      process.kill('SIGTERM');
      const { code, stdout, stderr } = await result;
      expect(code).toBe(143);
      expect(Date.now() - askedMs).toBeLessThan(30_000);
      expect(stdout).toMatch(/interrupted/);
      expect(stdout + stderr).not.toMatch(/did not foresee|Stopped by/);
      expect(await w.sql('SELECT count(*)::INT AS n FROM docs_files')).toEqual([{ n: FILES - 1 }]);
      const before = w.tdp.stats.downloads;
      expect((await w.cli(['run'])).code).toBe(0);
      expect(await differences(w)).toEqual([]);
      expect(w.tdp.stats.downloads - before).toBeLessThanOrEqual(1);
    },
  );

  it('serve: SIGTERM ends it in its time', async () => {
    ill({ kind: 'hang' });
    await w.config(serveConfig({ docs: 'content: ids' }, 'drain: 2s'));
    await using t = await serving(w);
    await until(async () => w.tdp.stats.downloads >= FILES - 1);
    t.signal('SIGTERM');
    expect(await t.ended).toMatchObject({ code: 143 });
    expect(t.log().at(-1)).toMatchObject({ msg: 'stopped' });
    expect(t.output()).not.toMatch(/did not end in time/);
    expect(await w.sql('SELECT count(*)::INT AS n FROM docs_files')).toEqual([{ n: FILES - 1 }]);
  });

  it('serve: the files behind it are committed by the age of a batch while it is under way', async () => {
    ill({ kind: 'hang' });
    await w.config(serveConfig({ docs: 'batch: { age: 2s }' }));
    await using t = await serving(w);
    const loaded = (): Promise<number> => t.metric('tdp_sync_files_total', { outcome: 'loaded' });
    await until(async () => (await loaded()) === FILES - 1);
    expect(await t.metric('tdp_sync_requests_in_flight', { kind: 'retrieve' })).toBe(1);
    expect((await t.sync()).watermark).toBeNull();
  });
});

describe('what heeds no signal', () => {
  it('a transform: nobody waits for it, what was done is committed, and the next run has the rest', async () => {
    const { fileId } = slowFile();
    const transform = (endless: string): string => `
      const rows = ({ fileId }) => fileId === '${fileId}' ? ${endless} : { numbers: [{ n: 1 }] };
      export default { tables: { numbers: { n: 'int64' } }, rows };`;
    await writeFile(join(w.dir, 'endless.mjs'), transform('new Promise(() => undefined)'));
    await w.config(`${configText('transform: ./endless.mjs')}serve: { drain: 2s }\n`);
    const { process, result } = w.start(['run']);
    await until(async () => w.tdp.stats.downloads > 0);
    process.kill('SIGTERM');
    expect(await result).toMatchObject({ code: 143 });
    await writeFile(join(w.dir, 'endless.mjs'), transform('{ numbers: [] }'));
    expect((await w.cli(['run'])).code).toBe(0);
    expect(await w.sql('SELECT count(*)::INT AS n FROM numbers')).toEqual([{ n: FILES - 1 }]);
  });

  it('a database: the command ends all the same, and says so', async () => {
    const stuck = `
      import { memorySink } from '${MEMORY}';
      const open = async (...given) => {
        const sink = await memorySink.open(...given);
        const begin = async (target) => {
          const load = await sink.begin(target);
          const commit = () => new Promise(() => setInterval(() => undefined, 1000));
          return { stage: (...all) => load.stage(...all), commit, [Symbol.asyncDispose]: async () => undefined };
        };
        return new Proxy(sink, { get: (of, name) => name === 'begin' ? begin : typeof of[name] === 'function' ? of[name].bind(of) : of[name] });
      };
      export default { ...memorySink, open };`;
    await writeFile(join(w.dir, 'stuck.mjs'), stuck);
    const config = configText().replace('type: duckdb', 'type: ./stuck.mjs');
    await w.config(`${config.replace('  path: ./lab.duckdb\n', '')}serve: { drain: 1s }\n`);
    const { process, result } = w.start(['run']);
    await until(async () => w.tdp.stats.downloads >= FILES);
    process.kill('SIGINT');
    const { code, stderr } = await result;
    expect(code).toBe(130);
    expect(stderr).toMatch(/Stopped by SIGINT; what was committed stays/);
  });
});
