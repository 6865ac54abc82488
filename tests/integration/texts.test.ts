import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Between, between } from './between.ts';
import { configText, differences, type World, world } from './world.ts';

let w: World;
let tdp: Between;
beforeEach(async () => {
  w = await world();
  tdp = await between(w.tdp.url);
  const auth = { ...w.tdp.authFile(), api_url: tdp.url };
  await writeFile(join(w.dir, 'auth.json'), JSON.stringify(auth));
});
afterEach(async () => {
  await tdp[Symbol.asyncDispose]();
  await w[Symbol.asyncDispose]();
});

const HEAD = '"@idsType":"odd","@idsNamespace":"common","@idsVersion":"v1.0.0"';
const IDS = 'common/odd:v1.0.0';

function put(name: string, content: string | Buffer): string {
  const indexedAt = Date.now() - 3 * 3_600_000;
  const file = { path: `/${name}.json`, category: 'IDS', ids: IDS, content, indexedAt } as const;
  return w.tdp.lake.put(file).fileId;
}

/** A number that is written as it is here. */
function exact(text: string): never {
  return (JSON as unknown as { rawJSON(text: string): never }).rawJSON(text);
}

async function run(command = 'run'): Promise<number | null> {
  return (await w.cli([command])).code;
}

describe('a file that is no JSON', () => {
  it('says what is wrong, where, and what stands there, so that kinds can be counted', async () => {
    put('nan-1', `{${HEAD},"value":NaN}`);
    put('nan-2', `{${HEAD},\n"sample":"S-4711",\n"value": NaN}`);
    put('comma', `{${HEAD},"a":[1,2,]}`);
    put('plus', `{${HEAD},"a":+1}`);
    put('marks', `\uFEFF\uFEFF{${HEAD}}`);
    put('cut', `{${HEAD},"a":`);
    put('zip', Buffer.from('PK\x03\x04 and so on'));
    put('good', `{${HEAD},"a":1}`);
    expect(await run()).toBe(6);
    const groups = await w.sql(
      `SELECT error, count(*)::INT AS files, min(error_at) AS place FROM docs_files WHERE status = 'failed' GROUP BY error ORDER BY error`,
    );
    const at = (text: string): number => `{${HEAD},${text}`.length;
    const reason = (what: string): string =>
      `The content of this file cannot become a document: ${what}.`;
    expect(groups).toEqual([
      {
        error: reason('a comma stands before a closing bracket'),
        files: 1,
        place: `At byte ${at('"a":[1,2')}, line 1: ",".`,
      },
      {
        error: reason('a number begins with a plus'),
        files: 1,
        place: `At byte ${at('"a":')}, line 1: "+".`,
      },
      {
        error: reason('it ends too early'),
        files: 1,
        place: `At byte ${at('"a":')}, line 1: the end.`,
      },
      {
        error: reason(
          'it holds NaN, which JSON has no number for (the setting nan says what becomes of it)',
        ),
        files: 2,
        place: `At byte ${at('"value":')}, line 1: "NaN".`,
      },
      {
        error: reason('it holds a second byte order mark'),
        files: 1,
        place: 'At byte 3, line 1: U+FEFF.',
      },
      {
        error: reason('it is a zip archive or an Office file and no JSON'),
        files: 1,
        place: 'At byte 0, line 1: a letter.',
      },
    ]);
    expect(JSON.stringify(await w.sql('SELECT error, error_at FROM docs_files'))).not.toContain(
      '4711',
    );
    const status = await w.cli(['status']);
    expect(status.stdout).toMatch(
      /\n +2 DOCUMENT_INVALID: The content of this file .* it holds NaN, /,
    );
    const { stdout } = await w.cli(['status', '--json']);
    expect(stdout).toMatch(/"errorAt": ?"At byte \d+, line 1: \\"\+\\"\."/);
  });
});

const MODES = {
  document: {
    sync: 'content: ids',
    query: "SELECT document->>'value' AS value, document->>'n' AS n FROM docs",
  },
  auto: { sync: 'tables: auto', query: 'SELECT value, n FROM odd_v1_root' },
  mapping: {
    sync: 'tables: { odd: { columns: { value: value, n: n } } }',
    query: 'SELECT value, n FROM odd',
  },
  transform: { sync: 'transform: ./own.mjs', query: 'SELECT value, n FROM odd' },
} as const;

describe.each(Object.entries(MODES))('NaN, with %s', (_name, { sync, query }) => {
  it.each([
    ['null', null],
    ['text', '-Infinity'],
  ])('becomes %s by the setting, after a retry', async (nan, value) => {
    await writeFile(
      join(w.dir, 'own.mjs'),
      `export default { tables: { odd: { value: 'string', n: 'string' } }, rows: (_file, { value, n }) => ({ odd: [{ value, n }] }) };`,
    );
    put('nan', `{${HEAD},"value":-Infinity,"n":12345678901234567890.125}`);
    // So that the column is there.
    put('other', `{${HEAD},"value":"other","n":1}`);
    const config = (setting: string): Promise<void> =>
      w.config(configText(`${sync}\n    ${setting}`));
    await config('');
    expect(await run()).toBe(6);
    await config(`nan: ${nan}`);
    expect(await run('retry')).toBe(0);
    const rows = await w.sql(query);
    const row = rows.find(({ value: one }) => one !== 'other');
    expect(rows).toHaveLength(2);
    expect(row?.['value']).toBe(value);
    if (sync !== 'transform: ./own.mjs') expect(String(row?.['n'])).toMatch(/^1234567890123456/);
    const verified = await w.cli(['verify', '--sample', '5']);
    expect(verified.code, verified.stdout + verified.stderr).toBe(0);
  });
});

it('a setting of nan that is none is told', async () => {
  await w.config(configText('nan: zero'));
  const { code, stderr } = await w.cli(['run']);
  expect(code).toBe(2);
  expect(stderr).toContain('expected fail, null or text');
});

it('a gateway’s JSON error with status 200 is no row, the next try brings the document, and a setting takes all', async () => {
  const fileId = put('a', `{${HEAD},"a":1}`);
  const direct = '  download: direct';
  tdp.answer(({ url = '' }) =>
    url.includes(`retrieve?fileId=${fileId}`)
      ? {
          status: 200,
          headers: { 'content-type': 'application/json' },
          body: '{"message":"Internal server error"}',
        }
      : undefined,
  );
  await w.config(configText('content: ids', direct));
  expect(await run()).toBe(6);
  const [row] = await w.sql('SELECT status, error_code, error FROM docs_files');
  expect(row).toMatchObject({ status: 'failed', error_code: 'DOCUMENT_INVALID' });
  expect(row?.['error']).toMatch(/this file is not the IDS that TDP names.*checkIds: false/);
  expect(await w.sql('SELECT 1 FROM docs').catch(() => [])).toEqual([]);
  await w.config(configText('checkIds: false', direct));
  expect(await run('retry')).toBe(0);
  expect(await w.sql('SELECT document::VARCHAR AS d FROM docs')).toEqual([
    { d: '{"message":"Internal server error"}' },
  ]);
});

it('a gateway’s error leaves the rows that a file has', async () => {
  put('a', `{${HEAD},"a":1}`);
  expect(await run()).toBe(0);
  const fileId = put('a', `{${HEAD},"a":2}`);
  const answer = (body: string): void =>
    tdp.answer(({ url = '' }) => (url.includes(`=${fileId}`) ? { status: 200, body } : undefined));
  answer('{"error":"no"}');
  expect(await run()).toBe(6);
  const held = (): Promise<unknown> => w.sql(`SELECT document->>'a' AS a FROM docs`);
  expect(await held()).toEqual([{ a: '1' }]);
  tdp.answer(() => undefined);
  expect(await run('retry')).toBe(0);
  expect(await held()).toEqual([{ a: '2' }]);
});

it('content that is packed, and packed again by TDP, is unpacked', async () => {
  const text = (n: number): Buffer => Buffer.from(`{${HEAD},"n":${n}}`);
  put('gzip', gzipSync(text(1)));
  put('gzips', gzipSync(gzipSync(text(2))));
  put('zstd', zstdCompressSync(text(3)));
  expect(await run()).toBe(0);
  const rows = await w.sql(`SELECT document->>'n' AS n FROM docs ORDER BY n`);
  expect(rows.map(({ n }) => n)).toEqual(['1', '2', '3']);
  const fileId = put('brotli', 'x');
  const body = brotliCompressSync(text(4));
  tdp.answer(({ url = '' }) =>
    url.includes(`=${fileId}`)
      ? { status: 200, headers: { 'content-encoding': 'br' }, body }
      : undefined,
  );
  expect(await run()).toBe(0);
  expect(
    await w.sql(`SELECT document->>'n' AS n FROM docs WHERE document->>'n' = '4'`),
  ).toHaveLength(1);
});

it('numbers in labels and metadata keep their digits', async () => {
  tdp.answer(() => undefined);
  w.tdp.lake.put({
    ...{ path: '/m.json', category: 'IDS', ids: IDS, content: `{${HEAD}}` },
    metadata: { barcode: exact('12345678901234567890') },
    indexedAt: Date.now() - 3 * 3_600_000,
  });
  expect(await run()).toBe(0);
  const [row] = await w.sql('SELECT metadata::VARCHAR AS m FROM docs_files');
  expect(row?.['m']).toBe('{"barcode":12345678901234567890}');
  expect(await differences(w)).toEqual([]);
});
