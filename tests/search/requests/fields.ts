import { type Dice, pick } from '../dice.ts';

/** How fields are indexed, so that a value that fits can be found for each. */
export const FIELDS = {
  keyword: [
    ...['category', 'source.type', 'source.name', 'filePath', 'tags', 'idsType', 'ids'],
    ...['metadata.operator', 'metadata.batch', 'data.title', 'data.list', 'data.system.name'],
    ...['data.system.serial.number', 'data.only', 'file.type', 'fileId', 'traceId'],
  ],
  text: ['data.title.text', 'data.list.text', 'source.name.text', 'tags.text', 'filePath.text'],
  long: ['file.size', 'data.count', 'data.numbers'],
  double: ['data.ratio'],
  boolean: ['outdated', 'data.ok'],
  date: ['createdAt', 'indexedAt'],
  mixed: ['data.mixed'],
  object: ['source', 'file', 'data.system', 'data', 'labels', 'data.samples', 'metadata'],
  unmapped: ['data.nope', 'nope', 'metadata.nope', 'labels.nope'],
  nested: ['labels.name', 'labels.value', 'data.samples.id', 'data.samples.amount'],
  none: ['file.size.text', 'data.ok.text', 'outdated.text', '_id.text', 'indexedAt.text'],
  special: ['_id', '_index'],
} as const;

export type Kind = keyof typeof FIELDS;

const KINDS: readonly Kind[] = [
  ...(['keyword', 'keyword', 'keyword', 'keyword', 'text', 'text', 'long', 'long'] as const),
  ...(['double', 'boolean', 'date', 'date', 'mixed', 'object', 'unmapped', 'nested'] as const),
  ...(['none', 'special'] as const),
];

const TEXTS: readonly string[] = [
  ...['RAW', 'IDS', 'raw', 'empower', 'vi-cell', 'Empower QC-1', 'peak', 'Area', 'red', 'blue'],
  ...['Quick brown fox', 'quick', 'brown', 'lazy dog-run', '日本語テスト', '日本', 'ünïcode Ωmega'],
  ...['Ünïcode', 'ωmega', '', 'B1', 'B3', 'SN-1', 'alpha', 'beta', 'json', 'TXT', 'x_1', 'g1'],
  ...['3.5', 'mL', 'it’s', 'S-1', 'project', 'lab_raw', 'fox brown', 'common/alpha:v1.0.0', 'pH'],
];
const DATES: readonly (string | number)[] = [
  ...['2026-10-20', '2026-10', '2026', '2026-10-20T10', '2026-10-20T10:30', '2026-10-20T10:30:15'],
  ...['2026-10-20T10:30:15.123Z', '2026-10-20T10:30:15+02:00', 'now', 'now-5d', 'now-10d/d'],
  ...['now/M', '2026-10-20||/d', '2026-10-20||+2d', '2026-10-20||/w', '2026-02-30', 'x', ''],
  ...[1_792_000_000_000, '1792000000000', 1.5, -1, '2026-10-25T00:00:00'],
];
const NUMBERS: readonly unknown[] = [0, 1, 3, 5, 8, 2.5, 1.0625, -1, '3', '2.5', 'x', '', 1e12];

export function anyField(roll: Dice): [Kind, string] {
  const kind = pick(roll, KINDS);
  return [kind, pick<string>(roll, FIELDS[kind])];
}

export function fieldOf(roll: Dice, kinds: readonly Kind[]): string {
  return pick<string>(roll, FIELDS[pick(roll, kinds)]);
}

/** A value that may be among those of the field; now and then one of another kind. */
export function valueFor(roll: Dice, kind: Kind): unknown {
  if (roll(25) === 0) return pick<unknown>(roll, [true, 'true', null, 7, 'text', '', [1], {}]);
  if (kind === 'long' || kind === 'double') return pick(roll, NUMBERS);
  if (kind === 'boolean') return pick<unknown>(roll, [true, false, 'true', 'false', 'x', 1, '']);
  if (kind === 'date') return pick(roll, DATES);
  if (kind === 'mixed') return pick<unknown>(roll, ['3', 3, '5', 'x']);
  if (kind === 'none' || kind === 'nested')
    return pick<unknown>(roll, ['project', 'S-1', 2.5, 3, 'true']);
  // The node answers 503 to an index without a name.
  return kind === 'special' ? pick(roll, TEXTS) || 'x' : pick(roll, TEXTS);
}

export { DATES, TEXTS };
