import { type Dice, dice, pick } from '../dice.ts';
import { aggsOf } from './aggregations.ts';
import { fieldOf, type Kind, valueFor } from './fields.ts';
import { queryOf } from './query.ts';

type Body = Record<string, unknown>;

const SOURCES: readonly unknown[] = [
  ...[['fileId'], ['file.*'], 'source.name', ['source', 'labels.name'], ['data.samples.id']],
  ...[{ includes: ['data.*'], excludes: ['data.samples'] }, { excludes: ['data', 'labels.value'] }],
  ...[
    { excludes: ['data.samples.*'] },
    ['*.name'],
    { includes: ['*'], excludes: ['*.text'] },
    true,
  ],
  ...[['data.system.serial'], ['nope'], ['lab*'], { includes: [], excludes: ['file'] }, []],
];
const SORTABLE: readonly Kind[] = [
  ...(['keyword', 'keyword', 'date', 'date', 'long', 'double', 'boolean', 'mixed'] as const),
];

function sortOf(roll: Dice): unknown[] {
  const one = (): unknown => {
    const field = roll(12) === 0 ? fieldOf(roll, ['unmapped', 'object']) : fieldOf(roll, SORTABLE);
    if (roll(4) === 0) return field;
    return {
      [field]: {
        order: pick(roll, ['asc', 'desc']),
        ...(roll(3) === 0 ? { missing: pick(roll, ['_first', '_last']) } : {}),
        ...(roll(6) === 0 ? { unmapped_type: pick(roll, ['keyword', 'long']) } : {}),
      },
    };
  };
  const keys = Array.from({ length: roll(2) + 1 }, one);
  return roll(3) === 0 ? keys : [...keys, { fileId: 'asc' }];
}

function page(roll: Dice): Body {
  const sort = sortOf(roll);
  const after = sort.map((key) => {
    const field = typeof key === 'string' ? key : Object.keys(Object(key))[0];
    const kinds: readonly [string, Kind][] = [
      ['At', 'date'],
      ['size', 'long'],
      ['count', 'long'],
      ['numbers', 'long'],
      ['ratio', 'double'],
      ['o', 'boolean'],
    ];
    const kind = kinds.find(([part]) => field?.endsWith(part))?.[1] ?? 'keyword';
    return valueFor(roll, kind);
  });
  return { sort, ...(roll(3) === 0 ? { search_after: after } : {}) };
}

/** The request of a number: the same each time, whichever others are asked. */
export function requestOf(number: number): Body {
  const roll = dice(number + 1);
  const shape = roll(10);
  if (shape < 5) return { query: queryOf(roll), size: 300, _source: ['fileId'] };
  if (shape < 8)
    return {
      size: 0,
      query: roll(3) === 0 ? queryOf(roll) : { match_all: {} },
      aggs: aggsOf(roll),
    };
  return {
    ...(roll(3) === 0 ? { query: queryOf(roll) } : {}),
    ...page(roll),
    ...(roll(2) === 0 ? { _source: pick(roll, SOURCES) } : { _source: false }),
    size: pick(roll, [300, 300, 5, 20, 0]),
    ...(roll(5) === 0 ? { from: pick(roll, [0, 3, 50]) } : {}),
    ...(roll(5) === 0 ? { track_total_hits: pick<unknown>(roll, [true, false, 50, 1000]) } : {}),
  };
}
