import { expect, test } from 'vitest';
import { fileKey } from '../../../src/file.ts';
import { autoTransform } from '../../../src/transform/auto/auto.ts';
import { hitOf } from '../../hits.ts';
import { extractOf, plainHit, shown, tableOf } from './files.ts';

test('tables and columns with long names get shorter ones', async () => {
  const key = 'k'.repeat(130);
  const { tables } = await extractOf({ [key]: [{ [key]: 1, [`${key}2`]: 2 }] });
  const [table] = tables;
  expect(table?.name).toMatch(/^docs_k{86}_[0-9a-f]{8}$/);
  expect(table?.columns[1]?.name).toMatch(/^k{111}_[0-9a-f]{8}$/);
  expect(new Set(table?.columns.map(({ name }) => name)).size).toBe(3);
});

test("the document's own IDS names layout and tables", async () => {
  const head = { '@idsType': 'lcuv-empower', '@idsVersion': 'v2.1.0' };
  const extract = await extractOf({ ...head, a: [{ b: 1 }] }, { prefix: 'QC_' }, hitOf('f'));
  expect(extract.layout).toBe('lcuv-empower v2');
  expect(extract.tables.map(({ name }) => name)).toEqual([
    'QC_lcuv_empower_v2_root',
    'QC_lcuv_empower_v2_a',
  ]);
});

test.each([
  [{}, hitOf('f'), 'cell-counter v8', 'cell_counter_v8_root'],
  [{}, plainHit(), 'docs', 'docs_root'],
  [{ '@idsType': 'a b' }, plainHit({ idsVersion: '12.0' }), 'a b v12', 'a_b_v12_root'],
  [{ '@idsType': 'a' }, plainHit(), 'a', 'a_root'],
  [{ '@idsType': '日本', '@idsVersion': 'v1' }, plainHit(), '日本 v1', 'key_cf2abf_v1_root'],
  [{ '@idsType': 'a', '@idsVersion': 'Draft' }, plainHit(), 'a Draft', 'a_draft_root'],
  [{ '@idsType': 'a', '@idsVersion': 'v2x' }, plainHit(), 'a v2x', 'a_v2x_root'],
  [{ '@idsType': 5 }, plainHit(), 'docs', 'docs_root'],
])('%j of its type and version', async (document, file, layout, table) => {
  const extract = await extractOf({ ...document, x: 1 }, {}, file);
  expect(extract.layout).toBe(layout);
  expect(extract.tables[0]?.name).toBe(table);
});

test('uuids are of version 8, unique and the same each time; children name their parent', async () => {
  const document = { a: [{ b: [{ c: 1 }, { c: 2 }] }, { b: [{ c: 3 }] }] };
  const first = await extractOf(document, { uuids: true });
  const [root, a, b] = first.tables.map(({ rows }) => [...rows]);
  expect(first.tables.map(({ columns }) => columns.map(({ name }) => name))).toEqual([
    ['uuid'],
    ['_parent_row', 'uuid', 'parent_uuid'],
    ['_parent_row', 'uuid', 'parent_uuid', 'c'],
  ]);
  const all = [root, a, b].flatMap((rows, table) => rows?.map((row) => row[table === 0 ? 0 : 1]));
  expect(new Set(all).size).toBe(6);
  for (const uuid of all)
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  for (const row of a ?? []) expect(row[2]).toBe(root?.[0]?.[0]);
  for (const row of b ?? []) expect(row[2]).toBe(a?.[Number(row[0])]?.[1]);
  const again = await extractOf(document, { uuids: true });
  expect(again.tables.map(({ rows }) => [...rows])).toEqual([root, a, b]);
});

test("a row's uuid holds enough of the file's key", async () => {
  const file = plainHit();
  const { rows } = tableOf(await extractOf({ x: 1 }, { uuids: true }, file), 'docs_root');
  const uuid = String([...rows][0]?.[0]).replaceAll('-', '');
  const key = fileKey(file);
  expect(uuid.slice(0, 12) + uuid.slice(13, 16) + uuid.slice(17, 20)).toBe(key.slice(0, 18));
});

test('one transform serves many files', async () => {
  const transform = autoTransform({ fallbackName: 'docs', uuids: false });
  const signal = new AbortController().signal;
  const extract = async (document: unknown): Promise<Record<string, unknown>> =>
    shown(await transform.extract(plainHit(), Buffer.from(JSON.stringify(document)), signal));
  expect(await extract({ a: 1, r: [{ x: 1 }] })).toEqual({
    'docs_root: a float64': [[1]],
    'docs_r: _parent_row int64, x float64': [[0n, 1]],
  });
  // Neither rows, columns nor types of the file before are left.
  expect(await extract({ b: 2, a: 'x', r: [{ x: true }] })).toEqual({
    'docs_root: b float64, a string': [[2, 'x']],
    'docs_r: _parent_row int64, x boolean': [[0n, true]],
  });
});

test('documents with ever other keys do not fill the memory', async () => {
  const transform = autoTransform({ fallbackName: 'docs' });
  const signal = new AbortController().signal;
  for (let file = 0; file < 12; file++) {
    const keys = Array.from({ length: 5000 }, (_, index) => [`k${file}_${index}`, 1]);
    const content = Buffer.from(JSON.stringify(Object.fromEntries(keys)));
    const { tables } = await transform.extract(plainHit(), content, signal);
    expect(tables[0]?.columns).toHaveLength(5001);
  }
});

test('the whole document can be kept beside its tables', async () => {
  const json = '\uFEFF{"a": 1.50,\n"b": 12345678901234567890, "c": "\\u0000"}';
  const extract = await extractOf(json, { keepDocument: 'docs' });
  expect([...tableOf(extract, 'docs').rows]).toEqual([
    ['{"a": 1.50,\n"b": 12345678901234567890, "c": "\\ufffd"}'],
  ]);
  expect(extract.tables).toHaveLength(2);
  expect(autoTransform({ fallbackName: 'd', keepDocument: 'docs' }).declared).toEqual([
    { name: 'docs', columns: [{ name: 'document', type: 'json' }] },
  ]);
  expect(autoTransform({ fallbackName: 'd' }).declared).toEqual([]);
});

test('the fingerprint follows from the options', () => {
  const fingerprintOf = (options: object): string =>
    autoTransform({ fallbackName: 'docs', ...options }).fingerprint;
  expect(fingerprintOf({})).toBe(fingerprintOf({ prefix: '', datacubes: 'rows', uuids: true }));
  const others = [{ prefix: 'p' }, { datacubes: 'json' }, { uuids: false }, { keepDocument: 'd' }];
  expect(new Set([{}, ...others].map(fingerprintOf)).size).toBe(5);
});

test('content that is no JSON is refused', async () => {
  await expect(extractOf('{"a":')).rejects.toMatchObject({ code: 'DOCUMENT_INVALID' });
});
