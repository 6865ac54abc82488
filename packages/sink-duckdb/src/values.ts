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
import type { ColumnType, Value } from '@tdp-sync/sink';

const WIDTH = 38;
const SCALE = 9;
const MS_PER_DAY = 86_400_000;

interface Mapping {
  /** As DuckDB names the type, in `CREATE TABLE` and in `duckdb_columns()`. */
  readonly sql: string;
  /** How chunks hold it. JSON is text to them. */
  readonly type: DuckDBType;
  /** From the contract's form, checked before, to the driver's. */
  readonly encode: (value: never) => DuckDBValue;
}

/** How each type of the contract is kept. */
const MAPPINGS: Readonly<Record<ColumnType, Mapping>> = {
  boolean: { sql: 'BOOLEAN', type: BOOLEAN, encode: same },
  int64: { sql: 'BIGINT', type: BIGINT, encode: same },
  float64: { sql: 'DOUBLE', type: DOUBLE, encode: same },
  decimal: { sql: `DECIMAL(${WIDTH},${SCALE})`, type: DECIMAL(WIDTH, SCALE), encode: decimal },
  string: { sql: 'VARCHAR', type: VARCHAR, encode: same },
  date: { sql: 'DATE', type: DATE, encode: date },
  timestamp: { sql: 'TIMESTAMP WITH TIME ZONE', type: TIMESTAMPTZ, encode: timestamp },
  json: { sql: 'JSON', type: VARCHAR, encode: same },
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

function same(value: DuckDBValue): DuckDBValue {
  return value;
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
