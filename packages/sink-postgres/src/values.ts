import { type ColumnType, SinkError, shortestDecimal, type Value } from '@tdp-sync/sink';
import type { JsonType } from './config.ts';

/** Ids, orders, states and names of syncs: compared by code, whatever the database's collation. */
export const KEY = 'text COLLATE "C"';

const TIMESTAMP = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?\+00$/;
const MICROSECONDS = 6;
/** What has a meaning of its own in the text form of COPY. */
const SPECIAL = /[\\\t\n\r]/;
const SPECIALS = /[\\\t\n\r]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
};
/** Null in the text form of COPY. No text becomes this: a backslash is doubled. */
const NULL = '\\N';

interface Mapping {
  /** Its types, as `format_type` writes them: the first is that of new columns. */
  readonly types: readonly [string, ...string[]];
  /** Back from what the server writes to the contract's form. */
  readonly decode: (text: string) => Value;
}

const same = (text: string): string => text;

/** How each type of the contract is kept. */
const MAPPINGS: Readonly<Record<ColumnType, Mapping>> = {
  boolean: { types: ['boolean'], decode: (text) => text === 't' },
  int64: { types: ['bigint'], decode: BigInt },
  float64: { types: ['double precision'], decode: Number },
  decimal: { types: ['numeric(38,9)'], decode: shortestDecimal },
  string: { types: ['text'], decode: same },
  date: { types: ['date'], decode: same },
  timestamp: { types: ['timestamp with time zone'], decode: timestampText },
  // Either is right for a column that is there, whatever the config says of new ones.
  json: { types: ['jsonb', 'json'], decode: same },
};

/** The type of a new column. */
export function sqlType(type: ColumnType, json: JsonType): string {
  return type === 'json' ? json : MAPPINGS[type].types[0];
}

/** Whether a column of this type, as `format_type` writes it, holds the contract's. */
export function holds(type: ColumnType, stored: string): boolean {
  return MAPPINGS[type].types.includes(stored);
}

/** A value that has been checked, in the text form of COPY. */
export function encode(value: Value): string {
  if (value === null) return NULL;
  return typeof value === 'string' ? escaped(value) : String(value);
}

/** What the server writes, as the contract has it. */
export function decode(type: ColumnType, text: unknown): Value {
  return text === null || text === undefined ? null : MAPPINGS[type].decode(String(text));
}

/** The one form of the contract for the forms of PostgreSQL: fewer digits, no fraction at all. */
export function timestampText(text: string): string {
  const match = TIMESTAMP.exec(text);
  if (match === null) {
    throw new SinkError(
      'SINK_FAILED',
      'The server writes a timestamp in a form that the contract does not have: in no year from 1 to 9999, or infinity.',
    );
  }
  const [, date = '', time = '', fraction = ''] = match;
  return `${date}T${time}.${fraction.padEnd(MICROSECONDS, '0')}Z`;
}

function escaped(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text.replace(SPECIALS, (character) => ESCAPES[character] ?? character);
}
