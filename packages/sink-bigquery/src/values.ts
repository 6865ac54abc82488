import { type ColumnType, shortestDecimal, type Value } from '@tdp-sync/sink';
import { parsableJson } from './json.ts';

interface Mapping {
  /** As DDL and the REST API take it. */
  readonly sql: string;
  /** From the contract's form, checked before, to the text that is staged. */
  readonly encode: (value: never) => string;
  /** From the staged text to the column. */
  readonly apply: (text: string) => string;
  /** From the column to a text that says all of it. */
  readonly select: (column: string) => string;
  /** Back from that text to the contract's form. */
  readonly decode: (text: string) => Value;
}

const same = (text: string): string => text;

function cast(sql: string): Pick<Mapping, 'sql' | 'apply'> {
  return { sql, apply: (text) => `CAST(${text} AS ${sql})` };
}

/** How each type of the contract is kept. */
const MAPPINGS: Readonly<Record<ColumnType, Mapping>> = {
  boolean: {
    ...cast('BOOL'),
    encode: String,
    select: (column) => `CAST(${column} AS STRING)`,
    decode: (text) => text === 'true',
  },
  int64: {
    ...cast('INT64'),
    encode: String,
    select: (column) => `CAST(${column} AS STRING)`,
    decode: BigInt,
  },
  float64: {
    ...cast('FLOAT64'),
    encode: String,
    // Seventeen digits tell any two float64 apart; CAST AS STRING is documented as approximate.
    select: (column) => `FORMAT('%.17g', ${column})`,
    decode: Number,
  },
  decimal: {
    ...cast('BIGNUMERIC'),
    encode: same,
    select: (column) => `CAST(${column} AS STRING)`,
    decode: shortestDecimal,
  },
  string: { sql: 'STRING', encode: same, apply: same, select: same, decode: same },
  date: {
    ...cast('DATE'),
    encode: same,
    select: (column) => `CAST(${column} AS STRING)`,
    decode: same,
  },
  timestamp: {
    ...cast('TIMESTAMP'),
    encode: same,
    select: (column) => `CAST(UNIX_MICROS(${column}) AS STRING)`,
    decode: timestampText,
  },
  json: {
    sql: 'JSON',
    encode: parsableJson,
    // Without `round` a number with more digits than a float64 holds fails the statement.
    apply: (text) => `PARSE_JSON(${text}, wide_number_mode => 'round')`,
    // Of NULL, TO_JSON_STRING makes the text `null`.
    select: (column) => `IF(${column} IS NULL, NULL, TO_JSON_STRING(${column}))`,
    decode: same,
  },
};

/** The column type in SQL and in the REST API. */
export function sqlType(type: ColumnType): string {
  return MAPPINGS[type].sql;
}

/**
 * A value that has been checked, as it is staged: the empty text is null, all others begin with `=`. Elements of an
 * array of BigQuery cannot be null, and one type for all columns lets one load job fill many tables.
 */
export function staged(type: ColumnType, value: Value): string {
  return value === null ? '' : `=${MAPPINGS[type].encode(value as never)}`;
}

/** The nth staged value as the table takes it. */
export function applied(type: ColumnType, at: number): string {
  return MAPPINGS[type].apply(`SUBSTR(NULLIF(v[OFFSET(${at})], ''), 2)`);
}

/** What to select of a column, so that nothing is rounded on its way through JSON. */
export function selected(type: ColumnType, column: string): string {
  return MAPPINGS[type].select(column);
}

/**
 * A text that says all of a value, or NULL. `isNull` says whether the value is. Of a JSON the same text comes from one that is stored and from
 * one that was just parsed: its members are put in order when it is made.
 */
export function printed(type: ColumnType, value: string, isNull: string): string {
  return type === 'json' ? `IF(${isNull}, NULL, TO_JSON_STRING(${value}))` : selected(type, value);
}

/** A text that was {@link selected}, as the contract has it. */
export function decode(type: ColumnType, text: unknown): Value {
  return text === null || text === undefined ? null : MAPPINGS[type].decode(String(text));
}

/** Microseconds since 1970 as the contract writes a timestamp. */
export function timestampText(micros: string): string {
  const all = BigInt(micros);
  const rest = ((all % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((all - rest) / 1_000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(rest).padStart(6, '0')}Z`;
}
