import { type ColumnType, SinkError, shortestDecimal, type Value } from '@tdp-sync/sink';
import { type DriverType, driver } from './driver.ts';

/** Texts are Unicode and compared by code, whatever the database's collation. */
export const BINARY = 'COLLATE Latin1_General_100_BIN2';
/** What ids, orders and names of syncs are stored as: 256 bytes, well under the 900 of a clustered key. */
export const KEY: string = `nvarchar(128) ${BINARY}`;
/** What ids are stored as: they are 32 hex digits. A table or ledger that an older version made has {@link KEY}. */
export const ID: string = `char(32) ${BINARY}`;
/** What orders are stored as: they are ASCII. */
export const ORDER: string = `varchar(128) ${BINARY}`;
/** What texts of any length are stored as. */
export const TEXT: string = `nvarchar(max) ${BINARY}`;

const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,7}))?$/;
const MICROSECONDS = 6;

interface Mapping {
  /** As `CREATE TABLE` takes it. */
  readonly sql: string;
  /** As {@link storedType} describes it. */
  readonly stored: string;
  /** The column of the staging table. */
  readonly staged: string;
  /** What the bulk load sends. */
  readonly driver: () => DriverType;
  /** From the contract's form, checked before, to the driver's. */
  readonly encode: (value: never) => unknown;
  /** From the staged column to the table's. */
  readonly apply: (column: string) => string;
  /** From the table's column to what the driver reads exactly. */
  readonly select: (column: string) => string;
  /** From the table's column to a text that says all of it. */
  readonly print: (column: string) => string;
  /** Back from the driver's form to the contract's. */
  readonly decode: (value: never) => Value;
}

const same = <T>(value: T): T => value;
const plain = { encode: same, apply: same, select: same, print: same, decode: same };

/** A type that the driver would round: it travels as text, of so many characters at most, and the server converts it, both ways. */
function converted(
  sql: string,
  style: string,
  { staged, width }: { readonly staged: number; readonly width: number },
): Omit<Mapping, 'encode' | 'decode'> {
  const select = (column: string) => `CONVERT(nvarchar(${width}), ${column}${style})`;
  return {
    sql,
    stored: sql,
    // ASCII, of a byte each: a row of the staging table has no more room than one of the table.
    staged: `varchar(${staged}) ${BINARY}`,
    driver: () => driver.VarChar(staged),
    apply: (column) => `CONVERT(${sql}, ${column}${style})`,
    select,
    print: select,
  };
}

const TEXT_MAPPING: Mapping = {
  ...plain,
  sql: TEXT,
  stored: 'nvarchar(max)',
  staged: TEXT,
  driver: () => driver.NVarChar(driver.MAX),
};

/** How each type of the contract is kept. */
const MAPPINGS: Readonly<Record<ColumnType, Mapping>> = {
  boolean: {
    ...plain,
    sql: 'bit',
    stored: 'bit',
    staged: 'bit',
    driver: () => driver.Bit(),
    print: (column) => `CONVERT(nvarchar(1), ${column})`,
  },
  int64: {
    ...plain,
    sql: 'bigint',
    stored: 'bigint',
    staged: 'bigint',
    driver: () => driver.BigInt(),
    print: (column) => `CONVERT(nvarchar(20), ${column})`,
    decode: (value: string) => BigInt(value),
  },
  float64: {
    ...plain,
    sql: 'float(53)',
    stored: 'float',
    staged: 'float(53)',
    driver: () => driver.Float(),
    // Style 3 is the one that loses nothing.
    print: (column) => `CONVERT(nvarchar(40), ${column}, 3)`,
  },
  decimal: {
    ...converted('decimal(38,9)', '', { staged: 40, width: 50 }),
    encode: same,
    decode: (value: string) => shortestDecimal(value),
  },
  string: TEXT_MAPPING,
  json: TEXT_MAPPING,
  date: { ...converted('date', ', 23', { staged: 10, width: 10 }), encode: same, decode: same },
  timestamp: {
    ...converted('datetime2(6)', ', 126', { staged: 26, width: 40 }),
    encode: (value: string) => value.slice(0, -1),
    decode: timestampText,
  },
};

/** The column type in SQL. */
export function sqlType(type: ColumnType): string {
  return MAPPINGS[type].sql;
}

/** The column type as `INFORMATION_SCHEMA` describes it. */
export function storedType(type: ColumnType): string {
  return MAPPINGS[type].stored;
}

/** The type of the staging column in SQL. */
export function stagedType(type: ColumnType): string {
  return MAPPINGS[type].staged;
}

/** The type of the staging column in a bulk load. */
export function driverType(type: ColumnType): DriverType {
  return MAPPINGS[type].driver();
}

/** A value that has been checked, as the bulk load takes it. */
export function encode(type: ColumnType, value: Value): unknown {
  return value === null ? null : MAPPINGS[type].encode(value as never);
}

/** A staged column as the table takes it. */
export function applied(type: ColumnType, column: string): string {
  return MAPPINGS[type].apply(column);
}

/** What to select of a column, so that the driver reads it exactly. */
export function selected(type: ColumnType, column: string): string {
  return MAPPINGS[type].select(column);
}

/** A text that says all of a column's value. */
export function printed(type: ColumnType, column: string): string {
  return MAPPINGS[type].print(column);
}

/** A value that was {@link selected}, as the contract has it. */
export function decode(type: ColumnType, value: unknown): Value {
  return value === null ? null : MAPPINGS[type].decode(value as never);
}

/** One form for the forms that servers give to style 126: a blank for T, fewer digits, no fraction at all. */
export function timestampText(text: string): string {
  const match = TIMESTAMP.exec(text);
  if (match === null) {
    throw new SinkError(
      'SINK_FAILED',
      'The server writes a datetime2 in a form that is not known.',
    );
  }
  const [, date = '', time = '', fraction = ''] = match;
  return `${date}T${time}.${fraction.padEnd(MICROSECONDS, '0').slice(0, MICROSECONDS)}Z`;
}
