import { type Category, createEmulator, type Emulator } from '@tdp-sync/emulator';
import { hitsOf, ORG } from './ask.ts';
import { type Dice, dice, pick } from './dice.ts';
import { type Mapping, mappingOf } from './mapping.ts';
import type { SearchNode } from './node/node.ts';

/** When all of it has happened. The clocks go on: the node's cannot be set. */
export const NOW: number = Date.UTC(2026, 10, 2, 9, 30, 0);
const HOUR = 3_600_000;

const WORDS = ['peak', 'Area', 'red', 'blue', 'HPLC', 'run', 'buffer', 'Ünïcode', 'pH', 'x_1'];
const TITLES = [
  'Quick brown fox',
  'lazy dog-run',
  '日本語テスト',
  'ünïcode Ωmega',
  'it’s 3.5 mL',
  'RED peak',
  '',
];

function some<T>(roll: Dice, items: readonly T[], most: number): T[] {
  return Array.from({ length: roll(most + 1) }, () => pick(roll, items));
}

function contentOf(roll: Dice, type: string, number: number): object {
  const common = {
    '@idsType': type,
    '@idsVersion': 'v1.0.0',
    '@idsNamespace': 'common',
    title: pick(roll, TITLES),
    system: { name: pick(roll, WORDS), serial: { number: `SN-${roll(5)}` } },
    ...(roll(3) > 0 ? { count: roll(12) } : {}),
    ...(roll(3) > 0 ? { ratio: roll(40) / 8 + 0.0625 } : {}),
    ...(roll(3) > 0 ? { ok: roll(2) === 1 } : {}),
    ...(roll(2) > 0 ? { list: some(roll, WORDS, 4) } : {}),
    ...(roll(2) > 0 ? { numbers: some(roll, [1, 2, 3, 5, 8], 4) } : {}),
    samples: some(roll, [0, 1, 2, 3, 4], 3).map((at) => ({
      id: `S-${at}`,
      amount: roll(9) + 0.5,
      tags: some(roll, WORDS, 2),
      ...(roll(2) > 0 ? { place: { row: roll(4), name: pick(roll, TITLES) } } : {}),
    })),
  };
  // The same name is a number in one index and a text in another.
  const mixed = type === 'beta' ? String(roll(9)) : roll(9);
  return type === 'gamma' ? { ...common, only: `g${number % 4}` } : { ...common, mixed };
}

/** An emulator with documents in five indices: everything in them follows from the seed. */
export function labOf(seed: number, count = 200): Emulator {
  const emulator = createEmulator({
    org: ORG,
    seed,
    switches: { totalHits: 'object', docType: false, searchErrors: 'elasticsearch' },
  });
  const roll = dice(seed);
  for (let number = 0; number < count; number++) {
    const category: Category = pick(roll, ['RAW', 'PROCESSED', 'IDS', 'IDS', 'IDS'] as const);
    const type = pick(roll, ['alpha', 'beta', 'gamma']);
    const createdAt = NOW - (1 + roll(400)) * HOUR - roll(HOUR);
    emulator.lake.put({
      path: `/${pick(roll, ['raw', 'a b', 'Plates'])}/file-${number}.${pick(roll, ['json', 'TXT'])}`,
      category,
      content: category === 'IDS' ? contentOf(roll, type, number) : `text ${number}`,
      source: {
        type: pick(roll, ['empower', 'vi-cell', 'plate-reader']),
        name: pick(roll, ['Empower QC-1', 'Counter 2', 'Ünïcode reader']),
      },
      labels: some(roll, ['project', 'site', 'Lot'], 3).map((name) => ({
        name,
        value: pick(roll, [...WORDS, ...TITLES]),
      })),
      ...(roll(2) > 0 ? { tags: some(roll, WORDS, 3) } : {}),
      ...(roll(2) > 0 ? { metadata: { operator: pick(roll, TITLES), batch: `B${roll(6)}` } } : {}),
      createdAt,
      indexedAt: createdAt + roll(20) * 60_000,
    });
  }
  return emulator;
}

/** The names of the indices, which the node numbers its shards by. */
export function indicesOf(mapping: Mapping): string[] {
  return Object.keys(mapping).sort();
}

/** Puts the emulator's documents into the node, each index with the mapping that TDP gives it. */
export async function fill(node: SearchNode, emulator: Emulator): Promise<Mapping> {
  const hits = hitsOf(emulator, {
    size: 10_000,
    _source: { excludes: ['enhancedSearchContext'] },
    sort: [{ fileId: 'asc' }],
  });
  const mapping = mappingOf(hits);
  await node.send('DELETE', `/${ORG}_*`);
  for (const index of indicesOf(mapping)) {
    await node.done('PUT', `/${index}`, {
      settings: { number_of_shards: 1, number_of_replicas: 0 },
      mappings: { properties: mapping[index] },
    });
  }
  const lines = hits.flatMap(({ _index, _id, _source }) => [
    JSON.stringify({ index: { _index, _id } }),
    JSON.stringify(_source),
  ]);
  const { text } = await node.done('POST', '/_bulk', `${lines.join('\n')}\n`);
  if (text.includes('"errors":true')) throw new Error(text.slice(0, 2000));
  await node.done('POST', `/${ORG}_*/_refresh`);
  return mapping;
}
