import assert from 'node:assert/strict';
import type { Json } from '../../queue.ts';
import { type Scenario, seen, taken, taskOf } from '../world.ts';

const LARGE = { lines: Array.from({ length: 2_500 }, (_, n) => `line ${n}: äöü "quoted" \\ ☂`) };

/** Whatever JSON can say. */
const VALUES: Readonly<Record<string, Json>> = {
  'nothing, yes, no and numbers': [
    null,
    true,
    false,
    0,
    -1,
    0.1,
    1e300,
    5e-324,
    9_007_199_254_740_991,
  ],
  'null by itself': null,
  'a text by itself': 'text',
  'an empty text, list and object': ['', [], {}],
  'null within': { given: null, list: [null, { also: null }] },
  'odd texts': [
    '\0',
    '\ud800',
    '\udc00 \ud800',
    '\u{1f52c}',
    'ru\u0308n',
    'rün',
    ' \t\r\n ',
    '\\u0000',
    '"',
  ],
  'odd names': {
    '': 1,
    __proto__x: 2,
    'a b': 3,
    'a"b': 4,
    '\0': 5,
    constructor: 6,
    json: 7,
    value: 8,
  },
  'names in their order': { z: 1, a: 2, m: { y: 1, b: 2 }, '10': 3, '9': 4 },
  'texts that look like something else': ['null', '{}', '2026-01-01T00:00:00Z', '1e3', "'; --"],
  'what is nested deeply': nested(100),
  'a hundred kilobytes': LARGE,
};

/** What must hold for what goes through a queue. */
export const valueCases: readonly Scenario[] = Object.entries(VALUES).map(([name, value]) => ({
  name: `value: ${name} comes out as it went in`,
  body: async ({ a, b }) => {
    await a.schedule({ key: 'run', data: value });
    same((await taskOf(b, 'run')).data, value);
    const task = await taken(b);
    same(task.data, value);
    await b.done(task, value);
    same((await taskOf(a, 'run')).result, value);
    await a.note('note', { value });
    same((await seen(b, value)).notes.get('note'), { value });
    same((await seen(a)).replicas.find(({ id }) => id === 'b')?.says, value);
  },
}));

/** By value and by the order of names, which readers of logs see. */
function same(found: unknown, value: Json): void {
  assert.deepEqual(found, value);
  assert.equal(JSON.stringify(found), JSON.stringify(value));
}

function nested(depth: number): Json {
  return depth === 0 ? 'here' : { in: [nested(depth - 1)] };
}
