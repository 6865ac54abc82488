import type { Value } from '../../src/index.ts';
import type { Defect } from './hooks.ts';
import { type Alike, byCells, byRows, cellsOf, comparing, type NamedRow } from './shadow.ts';

const WIDER = 'damages: there are none when columns are added, in whatever order they are named';
const TWICE = 'damage: a row that is there twice is told';
const LONG = 'damage: the end of a long text that was edited is told';
const MOVED = 'damage: a value that stands in another column is told';
const SWAPPED = 'damage: two rows of a document that changed places are told';

/** Fingerprints that leave something out, or depend on what they should not. */
export const weakDefects: readonly Defect[] = [
  weak('by their number alone', edited('string', '"a"', '"A"'), (left, there) => {
    return left.length === there.length;
  }),
  weak(
    'without the names of their columns',
    MOVED,
    byCells((value) => String(value)),
  ),
  weak(
    'in any order',
    SWAPPED,
    byRows((rows) => rows.map((row) => cellsOf(row)).sort()),
  ),
  weak(
    'each once, however often it is there',
    TWICE,
    byRows((rows) => [...new Set(rows.map((row) => cellsOf(row)))]),
  ),
  weak(
    'with the columns in which they are null',
    WIDER,
    byRows((rows) => rows.map((row) => [...row].map(String))),
  ),
  weak(
    'in the order of the columns',
    WIDER,
    byRows((rows) => rows.map((row) => [...row.values()].map(String))),
  ),
  withoutAny('the empty text', edited('string', '""', 'null'), ''),
  withoutAny('the empty text', edited('string', 'null', '""'), ''),
  withoutAny('false', edited('boolean', 'false', 'null'), false),
  withoutAny('zero', edited('int64', '0', 'null'), 0n),
  withoutAny('zero of float64', edited('float64', '0', 'null'), 0),
  withoutAny('zero of decimal', edited('decimal', '"0"', 'null'), '0'),
  withoutAny('null in json', edited('json', '"null"', 'null'), 'null'),
  ofTexts('in any case', edited('string', '"a"', '"A"'), (text) => text.toLowerCase()),
  ofTexts('without blanks at the end', edited('string', '"blank"', '"blank "'), (text) =>
    text.trimEnd(),
  ),
  ofTexts('in normal form', edited('string', '"e\u0301"', '"é"'), (text) => text.normalize()),
  ofTexts('in three-byte UTF-8', edited('string', '"\u{1f9ea}"', '"\u{1f9eb}"'), (text) =>
    text.replace(/[\u{10000}-\u{10ffff}]/gu, '?'),
  ),
  ofTexts('by the first 4,000 characters', LONG, (text) => text.slice(0, 4_000)),
  ofTexts(
    'by the numbers that are in them',
    edited('decimal', '"12345678901234567890.123456789"', '"12345678901234567890.123456788"'),
    (text) => String(Number.parseFloat(text)),
  ),
  ofTexts(
    'to the millisecond',
    edited('timestamp', '"9999-12-31T23:59:59.999999Z"', '"9999-12-31T23:59:59.999998Z"'),
    (text) => text.slice(0, 23),
  ),
  ofTexts('by the year', edited('date', '"1582-10-10"', '"1582-10-11"'), (text) =>
    text.slice(0, 4),
  ),
  ofTexts('as a bag of letters', edited('json', '"{\\"a\\":[1,2]}"', '"{\\"a\\":[2,1]}"'), (text) =>
    [...text].sort().join(''),
  ),
  ofTexts('without quotes', edited('json', '"1"', '"\\"1\\""'), (text) => text.replaceAll('"', '')),
  seeing(
    'integers through a double',
    edited('int64', '9007199254740993', '"9007199254740992"'),
    (value) => (typeof value === 'bigint' ? Number(value) : value),
  ),
  seeing('floats to six digits', edited('float64', '0.30000000000000004', '"0.3"'), (value) =>
    typeof value === 'number' ? value.toFixed(6) : value,
  ),
];

function weak(name: string, caughtBy: string, alike: Alike): Defect {
  return { name: `rows are compared ${name}`, caughtBy, hooks: comparing(alike) };
}

function seeing(name: string, caughtBy: string, change: (value: Value) => Value): Defect {
  return weak(
    `with ${name}`,
    caughtBy,
    byCells((value, column) => `${column} ${change(value)}`),
  );
}

/** A cell with this value is left out as if it were null. */
function withoutAny(name: string, caughtBy: string, left: Value): Defect {
  const dropped = (row: NamedRow): NamedRow =>
    new Map([...row].filter(([, value]) => value !== left));
  return weak(
    `with ${name} as null: ${caughtBy}`,
    caughtBy,
    byRows((rows) => rows.map((row) => cellsOf(dropped(row)))),
  );
}

function ofTexts(name: string, caughtBy: string, change: (text: string) => string): Defect {
  return weak(
    `with texts ${name}`,
    caughtBy,
    byCells((value, column) => `${column} ${typeof value === 'string' ? change(value) : value}`),
  );
}

/** The case of a cell that is edited. */
function edited(type: string, before: string, after: string): string {
  return `damage: a cell of ${type} that was edited is told: ${before} to ${after}`;
}
