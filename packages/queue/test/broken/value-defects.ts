import type { Json } from '../../src/index.ts';
import type { Defect } from './broken-queue.ts';

/** Values that do not come out as they went in. */
export const valueDefects: readonly Defect[] = [
  spoils(
    'a number is as exact as a decimal of 15 digits',
    'nothing, yes, no and numbers',
    (value) => deep(value, (one) => (typeof one === 'number' ? Number(one.toPrecision(15)) : one)),
  ),
  spoils('null is no data', 'null by itself', (value) => value ?? {}),
  spoils('what is no object is put into one', 'a text by itself', (value) =>
    typeof value === 'string' ? { value } : value,
  ),
  spoils('an empty text is null', 'an empty text, list and object', (value) =>
    deep(value, (one) => (one === '' ? null : one)),
  ),
  spoils('what is null is left out', 'null within', (value) =>
    JSON.parse(JSON.stringify(value, (_, one) => one ?? undefined) ?? 'null'),
  ),
  spoils('texts are normalised', 'odd texts', (value) =>
    deep(value, (one) => (typeof one === 'string' ? one.normalize('NFC') : one)),
  ),
  spoils('texts end at U+0000', 'odd texts', (value) =>
    deep(value, (one) => (typeof one === 'string' ? (one.split('\0')[0] ?? '') : one)),
  ),
  spoils('names end at U+0000', 'odd names', (value) =>
    JSON.parse(JSON.stringify(value).replaceAll('\\u0000', '')),
  ),
  spoils('names are sorted', 'names in their order', sorted),
  spoils('what looks like JSON is read as JSON', 'texts that look like something else', (value) =>
    deep(value, (one) => (one === 'null' ? null : one)),
  ),
  spoils('what is deeper than 64 is cut off', 'what is nested deeply', (value) => cut(value, 64)),
  spoils('what is longer than 65,535 bytes is cut off', 'a hundred kilobytes', (value) =>
    JSON.stringify(value).length > 65_535 ? null : value,
  ),
];

/** Spoils what is scheduled: the others go through the same hands. */
function spoils(name: string, of: string, spoil: (value: Json) => Json): Defect {
  return {
    name,
    caughtBy: `value: ${of} comes out as it went in`,
    faults: ({ right }) => ({
      schedule: (task) => right.schedule({ ...task, data: spoil(task.data) }),
    }),
  };
}

function deep(value: Json, change: (value: Json) => Json): Json {
  if (Array.isArray(value)) return value.map((one: Json) => deep(one, change));
  if (typeof value !== 'object' || value === null) return change(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, deep(one as Json, change)]),
  );
}

function sorted(value: Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, one]) => [name, sorted(one as Json)]),
  );
}

function cut(value: Json, depth: number): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return null;
  if (Array.isArray(value)) return value.map((one: Json) => cut(one, depth - 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, cut(one as Json, depth - 1)]),
  );
}
