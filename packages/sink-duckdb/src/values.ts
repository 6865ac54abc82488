import {
  BIGINT,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampTZValue,
  type DuckDBType,
  type DuckDBValue,
  TIMESTAMPTZ,
  VARCHAR,
} from '@duckdb/node-api';
import { type ColumnType, shortestDecimal, type Value } from '@tdp-sync/sink';

const WIDTH = 38;
const SCALE = 9;
const SHORT_BYTES = 999;
/** A text of so many UTF-16 units is short, whatever it says. */
export const SHORT_TEXT = 333;
const MS_PER_DAY = 86_400_000;

interface Mapping {
  /** As DuckDB names the type, in `CREATE TABLE` and in `duckdb_columns()`. */
  readonly sql: string;
  /** How chunks hold it. JSON is text to them. */
  readonly type: DuckDBType;
  /** From a column to a short text that says all of it, the same in every version of DuckDB. */
  readonly print: (column: string, isShort: boolean) => string;
  /** From the contract's form, checked before, to the driver's. */
  readonly encode: (value: never) => DuckDBValue;
  /** Back from the driver's form to the contract's. */
  readonly decode: (value: never) => Value;
}

/** How each type of the contract is kept. */
const MAPPINGS: Readonly<Record<ColumnType, Mapping>> = {
  boolean: { sql: 'BOOLEAN', type: BOOLEAN, print: asText, encode: same, decode: same },
  int64: { sql: 'BIGINT', type: BIGINT, print: asText, encode: same, decode: same },
  float64: {
    sql: 'DOUBLE',
    type: DOUBLE,
    // Its bits: how many digits are written, and how, may change.
    print: (column) => `${column}::BIT::UBIGINT::VARCHAR`,
    encode: same,
    decode: same,
  },
  decimal: {
    sql: `DECIMAL(${WIDTH},${SCALE})`,
    type: DECIMAL(WIDTH, SCALE),
    print: asText,
    encode: decimal,
    decode: decimalText,
  },
  string: { sql: 'VARCHAR', type: VARCHAR, print: shortened, encode: same, decode: unmarked },
  date: { sql: 'DATE', type: DATE, print: asText, encode: date, decode: dateText },
  timestamp: {
    sql: 'TIMESTAMP WITH TIME ZONE',
    type: TIMESTAMPTZ,
    print: (column) => `epoch_us(${column})::VARCHAR`,
    encode: timestamp,
    decode: timestampText,
  },
  json: {
    sql: 'JSON',
    type: VARCHAR,
    print: (column, isShort) => shortened(asText(column), isShort),
    encode: same,
    decode: unmarked,
  },
};

/** The column type in SQL. */
export function sqlType(type: ColumnType): string {
  return MAPPINGS[type].sql;
}

/** The type of a chunk's vector for a column. */
export function vectorType(type: ColumnType): DuckDBType {
  return MAPPINGS[type].type;
}

/** A value that has been checked, as the driver takes it. */
export function encode(type: ColumnType, value: Value): DuckDBValue {
  return value === null ? null : MAPPINGS[type].encode(value as never);
}

/** Whether a column holds text. */
export function isText(type: ColumnType): boolean {
  return vectorType(type) === VARCHAR;
}

/** What to select of a column: text behind a mark, since the driver drops a byte order mark at the beginning of one. */
export function selected(type: ColumnType, column: string): string {
  return isText(type) ? `'|' || ${column}` : column;
}

/** A text that says all of a value, and is short. `isShort` says that the value is, if it is a text. */
export function printed(type: ColumnType, column: string, isShort: boolean): string {
  return MAPPINGS[type].print(column, isShort);
}

/** A value that was {@link selected}, as the contract has it. */
export function decode(type: ColumnType, value: DuckDBValue): Value {
  return value === null ? null : MAPPINGS[type].decode(value as never);
}

function asText(column: string): string {
  return `${column}::VARCHAR`;
}

/** A long text stands as its digest: put together with others as it is, 2,048 rows of it would be in memory twice. */
function shortened(column: string, isShort: boolean): string {
  return isShort
    ? column
    : `CASE WHEN strlen(${column}) > ${SHORT_BYTES} THEN md5(${column}) ELSE ${column} END`;
}

function same<T extends Value>(value: T): T {
  return value;
}

function unmarked(text: string): string {
  return text.slice(1);
}

/** By whole numbers only: a double would lose digits. */
function decimal(text: string): DuckDBValue {
  const [whole = '', fraction = ''] = text.split('.');
  return new DuckDBDecimalValue(BigInt(whole + fraction.padEnd(SCALE, '0')), WIDTH, SCALE);
}

function date(text: string): DuckDBValue {
  return new DuckDBDateValue(Date.parse(text) / MS_PER_DAY);
}

/** To whole seconds by Date, the six digits of fraction by themselves. */
function timestamp(text: string): DuckDBValue {
  const seconds = BigInt(Date.parse(`${text.slice(0, 19)}Z`)) * 1_000n;
  return new DuckDBTimestampTZValue(seconds + BigInt(text.slice(20, 26)));
}

function decimalText(value: DuckDBDecimalValue): string {
  return shortestDecimal(value.toString());
}

function dateText({ days }: DuckDBDateValue): string {
  return new Date(days * MS_PER_DAY).toISOString().slice(0, 10);
}

/** To whole milliseconds by Date, the microseconds by themselves. */
function timestampText({ micros }: DuckDBTimestampTZValue): string {
  const rest = ((micros % 1_000n) + 1_000n) % 1_000n;
  const milliseconds = new Date(Number((micros - rest) / 1_000n)).toISOString();
  return `${milliseconds.slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
}
