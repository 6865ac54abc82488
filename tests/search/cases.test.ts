import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { askEmulator } from './ask.ts';
import { ANSWERS, cases, kept, SEED } from './cases.ts';
import { difference } from './compare.ts';
import { KNOWN, knownAs } from './known.ts';
import { labOf } from './lab.ts';

const emulator = labOf(SEED);
const requests = await cases();
const answers: Record<string, unknown> = JSON.parse(await readFile(ANSWERS, 'utf8'));

describe('the emulator, asked what a node was asked', () => {
  it('has an answer of the node for every case', () => {
    expect(Object.keys(answers)).toEqual(requests);
  });

  it('answers as the node did, or says that it cannot', () => {
    const others = requests.filter((request) => {
      const ours = askEmulator(emulator, request);
      if (ours.text.includes('"type":"emulator_unsupported"')) return false;
      return JSON.stringify(kept(ours)) !== JSON.stringify(answers[request]);
    });
    expect(others).toEqual([]);
  });

  it('is allowed what its README tells, and nothing else', async () => {
    const readme = new URL('../../packages/emulator/README.md', import.meta.url);
    const text = await readFile(readme, 'utf8');
    const section = /### Where it differs from OpenSearch(.*?)\n## /s.exec(text)?.[1] ?? '';
    const names = [...section.matchAll(/^\| `([\w-]+)`/gm)].map(([, name]) => name);
    expect(names).toEqual(KNOWN.map(({ name }) => name));
  });
});

describe('the comparison', () => {
  const found = (total: number, more: object = {}): { status: number; text: string } => ({
    status: 200,
    text: JSON.stringify({
      _shards: { total: 5, failed: 0 },
      hits: { total: { value: total, relation: 'eq' }, hits: [] },
      ...more,
    }),
  });
  const refused = (status: number, type: string): { status: number; text: string } => ({
    status,
    text: JSON.stringify({ error: { type, root_cause: [{ type }] }, status }),
  });

  it('sees other totals, hits, aggregations and errors', () => {
    expect(difference(found(3), found(3))).toBeUndefined();
    expect(difference(found(3), found(4))).toContain('total');
    const aggregations = (value: number): object => ({ aggregations: { a: { value } } });
    expect(difference(found(3, aggregations(1)), found(3, aggregations(2)))).toContain('aggreg');
    const failed = { _shards: { total: 5, failed: 1 } };
    expect(difference(found(3), found(3, failed))).toContain('shards');
    expect(difference(found(3), refused(400, 'a'))).toContain('emulator {"status":400');
    expect(difference(refused(400, 'a'), refused(400, 'b'))).toContain('"b"');
    expect(difference(refused(500, 'a'), refused(400, 'a'))).toContain('500');
  });

  it('does not take a wrong answer for a known one', () => {
    const pair = { request: '{"query":{"match_all":{}}}', node: found(3), emulator: found(4) };
    expect(knownAs(pair)).toBeUndefined();
  });
});
