import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { configText, type World, world } from './world.ts';

const FILES = 240;
const IDS = 'lab/reading:v1.0.0';
const whole = (reading: number): string =>
  JSON.stringify({ '@idsType': 'reading', '@idsNamespace': 'lab', reading });

/** What may be wrong with a file: what it holds or does, and the reason that is told once for all that have it. */
const BAD: readonly {
  readonly content?: string | Uint8Array;
  readonly refused?: 'AccessDenied' | 'InvalidObjectState' | 'KMS.DisabledException';
  readonly reading?: number;
  readonly code: string;
  readonly reason: RegExp;
}[] = [
  { refused: 'AccessDenied', code: 'SOURCE_UNAVAILABLE', reason: /403 \(AccessDenied/ },
  { refused: 'InvalidObjectState', code: 'SOURCE_UNAVAILABLE', reason: /403 \(InvalidObjectState/ },
  { refused: 'KMS.DisabledException', code: 'SOURCE_UNAVAILABLE', reason: /400 \(KMS\.Disabled/ },
  { content: whole(1).replace('1}', 'NaN}'), code: 'DOCUMENT_INVALID', reason: /NaN/ },
  { content: whole(1).replace('}', ',}'), code: 'DOCUMENT_INVALID', reason: /comma/i },
  { content: whole(1).slice(0, -3), code: 'DOCUMENT_INVALID', reason: /end/ },
  { content: `\uFEFF\uFEFF${whole(1)}`, code: 'DOCUMENT_INVALID', reason: /byte order mark/ },
  { content: '{"message":"Too busy"}', code: 'DOCUMENT_INVALID', reason: /@idsType/ },
  { content: gzipSync('Excel'), code: 'DOCUMENT_INVALID', reason: /a word that/ },
  {
    content: whole(7e9 + 0.5),
    reading: -1,
    code: 'TRANSFORM_FAILED',
    reason: /it threw Error: too high \(odd\.mjs:\d+\)/,
  },
  {
    content: whole(8e9 + 0.5),
    reading: -1,
    code: 'TRANSFORM_FAILED',
    reason: /undefined in place of a row/,
  },
  { content: Buffer.alloc(70_000, ' '), code: 'FILE_TOO_LARGE', reason: /65,?536|64/ },
];

const TRANSFORM = `export default {
  tables: { readings: { reading: 'float64' } },
  rows: (_file, { reading }) => {
    if (reading > 8e9) return { readings: [undefined] };
    if (reading > 7e9) throw new Error('too high');
    return { readings: [{ reading }] };
  },
};`;

let w: World;
beforeEach(async () => {
  w = await world();
  await writeFile(join(w.dir, 'odd.mjs'), TRANSFORM);
  await w.config(configText('transform: ./odd.mjs', '  maxFileBytes: 64KB'));
});
afterEach(async () => {
  await w[Symbol.asyncDispose]();
});

/** Every tenth file is bad, in one of twelve ways; the twelve come in a row at the head of the window, and again and again. */
function fill(): void {
  for (let file = 0; file < FILES; file += 1) {
    const bad = file % 10 === 0 ? BAD[(file / 10) % BAD.length] : undefined;
    const { fileId } = w.tdp.lake.put({
      path: `/${bad === undefined ? 'good' : 'bad'}-${file}.json`,
      category: 'IDS',
      ids: IDS,
      content: bad?.content ?? whole(file),
      indexedAt: Date.now() - 2 * 3_600_000,
    });
    if (bad?.refused !== undefined) w.tdp.lake.refuse(fileId, bad.refused);
  }
  w.tdp.lake.put({
    path: '/twice.json',
    category: 'IDS',
    ids: IDS,
    content: gzipSync(gzipSync(whole(1))),
    indexedAt: Date.now() - 2 * 3_600_000,
  });
}

it('of a lab in which every tenth file is bad in one of twelve ways all others come, and each reason is told once', async () => {
  fill();
  const { code, stdout, stderr } = await w.cli(['run']);
  expect(code).toBe(6);
  const good = FILES - FILES / 10;
  expect(await w.sql('SELECT count(*)::INT AS n FROM readings')).toEqual([{ n: good + 1 }]);
  const failed = await w.sql(
    "SELECT error_code, error, count(*)::INT AS n FROM docs_files WHERE status = 'failed' GROUP BY ALL",
  );
  const lines = stdout.split('\n').filter((line) => line.includes(', first: /bad-'));
  for (const { code: wanted, reason } of BAD) {
    const [group, ...more] = failed.filter(({ error }) => reason.test(String(error)));
    expect([group?.['error_code'], group?.['n'], more.length], String(reason)).toEqual([
      wanted,
      FILES / 10 / BAD.length,
      0,
    ]);
  }
  expect(stdout + stderr).not.toMatch(/did not foresee/);
  expect(lines).toHaveLength(BAD.length);
  const report = JSON.parse((await w.cli(['run', '--json'])).stdout).results as readonly {
    readonly failures: readonly { readonly files: number }[];
  }[];
  expect(report[0]?.failures.reduce((sum, { files }) => sum + files, 0)).toBe(FILES / 10);
});

it('check fails when every sampled file would fail, and tells each reason once', async () => {
  const put = (name: string, content: string): void => {
    w.tdp.lake.put({
      ...{ path: `/${name}.json`, category: 'IDS', ids: IDS, content },
      indexedAt: Date.now() - 2 * 3_600_000,
    });
  };
  for (const name of ['a', 'b', 'c']) put(name, whole(1).replace('1}', 'NaN}'));
  const all = await w.cli(['check', '--json']);
  expect(all.code).toBe(6);
  const found = (
    JSON.parse(all.stdout).results as { check: string; result: string; detail: string }[]
  ).find(({ check }) => check === 'tables docs');
  expect(found).toMatchObject({ result: 'failed' });
  expect(found?.detail).toMatch(
    /^none of the sampled files can be loaded: 3 DOCUMENT_INVALID: [^;]*NaN[^;]*, first: \/[abc]\.json$/,
  );
});
