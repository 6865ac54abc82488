import { type ColumnType, shortestDecimal, type Value } from '@tdp-sync/sink';

/** What columns of timestamps are: an instant with its offset, or a clock without one. */
export type Timestamps = 'tz' | 'ntz';

/** What a value or a row may have, in bytes: of accounts with Snowflake's change 2025_03, and of others. */
export const LIMITS = { '16MB': 16_777_216, '128MB': 134_217_728 } as const;
/** One of them. */
export type ValueLimit = keyof typeof LIMITS;

/** What new columns are made by. */
export interface ColumnOptions {
  readonly timestamps: Timestamps;
  readonly valueLimit: ValueLimit;
}

/** A type as DESCRIBE TABLE writes it. */
const TYPE = /^(\w+)(?:\((\d+)(?:,(\d+))?\))?/;
const CLOCK = `'YYYY-MM-DD"T"HH24:MI:SS.FF6'`;
const INT64_DIGITS = 19;
const MICROSECONDS = 6;

interface Mapping {
  /** The type of a new column. */
  readonly type: (options: ColumnOptions) => string;
  /** Whether a column of another one holds the contract's values as well. */
  readonly holds: (name: string, size: number, scale: number) => boolean;
  /** The value of a staged text, as the column has it. */
  readonly applied: (text: string, stored: string) => string;
  /** The value of a column as a text made by the server. */
  readonly selected: (value: string, stored: string) => string;
  /** Back from that text. */
  readonly decode: (text: string) => Value;
}

const same = (text: string): string => text;
const toText = (value: string): string => `TO_VARCHAR(${value})`;

/** How each type of the contract is kept. All that is read is a text made by the server: what the driver makes of other types loses digits. */
const MAPPINGS: Readonly<Record<ColumnType, Mapping>> = {
  boolean: {
    type: () => 'BOOLEAN',
    holds: (name) => name === 'BOOLEAN',
    applied: (text) => `${text}::BOOLEAN`,
    selected: toText,
    decode: (text) => text === 'true',
  },
  int64: {
    type: () => `NUMBER(${INT64_DIGITS},0)`,
    holds: (name, size, scale) => name === 'NUMBER' && size >= INT64_DIGITS && scale === 0,
    applied: (text) => `${text}::NUMBER(${INT64_DIGITS},0)`,
    selected: toText,
    decode: BigInt,
  },
  float64: {
    type: () => 'FLOAT',
    holds: (name) => name === 'FLOAT',
    applied: (text) => `${text}::FLOAT`,
    // As long as it takes to give each bit back.
    selected: (value) => `TO_VARCHAR(${value}, 'TME')`,
    decode: Number,
  },
  decimal: {
    type: () => 'NUMBER(38,9)',
    holds: (name, size, scale) => name === 'NUMBER' && size === 38 && scale === 9,
    applied: (text) => `${text}::NUMBER(38,9)`,
    selected: toText,
    decode: shortestDecimal,
  },
  string: {
    type: ({ valueLimit }) => `VARCHAR(${LIMITS[valueLimit]})`,
    holds: (name, size) => name === 'VARCHAR' && size >= LIMITS['16MB'],
    applied: same,
    selected: same,
    decode: same,
  },
  date: {
    type: () => 'DATE',
    holds: (name) => name === 'DATE',
    applied: (text) => `${text}::DATE`,
    selected: (value) => `TO_VARCHAR(${value}::DATE, 'YYYY-MM-DD')`,
    decode: same,
  },
  timestamp: {
    type: ({ timestamps }) => `TIMESTAMP_${timestamps.toUpperCase()}(${MICROSECONDS})`,
    holds: (name, size) => /^TIMESTAMP_(?:N?TZ)$/.test(name) && size >= MICROSECONDS,
    applied: (text, stored) =>
      isZoned(stored)
        ? `(${text} || '+00:00')::TIMESTAMP_TZ(${MICROSECONDS})`
        : `${text}::TIMESTAMP_NTZ(${MICROSECONDS})`,
    selected: (value, stored) => {
      const utc = isZoned(stored) ? `CONVERT_TIMEZONE('UTC', ${value})` : value;
      return `TO_VARCHAR(${utc}::TIMESTAMP_NTZ(${MICROSECONDS}), ${CLOCK})`;
    },
    decode: (text) => `${text}Z`,
  },
  json: {
    type: () => 'VARIANT',
    holds: (name) => name === 'VARIANT',
    applied: same,
    selected: (value) => `TO_JSON(${value})`,
    decode: same,
  },
};

/** The type of a new column. */
export function sqlType(type: ColumnType, options: ColumnOptions): string {
  return MAPPINGS[type].type(options);
}

/** Whether a column of this type, as DESCRIBE writes it, holds the contract's. */
export function holds(type: ColumnType, stored: string): boolean {
  const [, name = '', size = '0', scale = '0'] = TYPE.exec(stored) ?? [];
  return MAPPINGS[type].holds(name, Number(size), Number(scale));
}

/** The nth value of a staged row, as its column has it. */
export function applied(type: ColumnType, stored: string, value: string): string {
  return MAPPINGS[type].applied(type === 'json' ? value : `${value}::VARCHAR`, stored);
}

/** A value as the text by which it is read and compared. */
export function selected(type: ColumnType, stored: string, value: string): string {
  return MAPPINGS[type].selected(value, stored);
}

/** Back from the text that the server made. */
export function decode(type: ColumnType, text: string | null | undefined): Value {
  return text === null || text === undefined ? null : MAPPINGS[type].decode(text);
}

/** A value that has been checked, as a piece of JSON: numbers as texts, which lose no digits. JSON stays as it is, but on one line. */
export function encode(type: ColumnType, value: string | number | bigint | boolean): string {
  if (type === 'json') return String(value).replaceAll(/[\r\n]/g, ' ');
  if (type === 'timestamp') return JSON.stringify(String(value).replace('Z', ''));
  return JSON.stringify(String(value));
}

/** How many bytes a text column of this type holds, at most the limit. */
export function capacity(stored: string, limit: ValueLimit): number {
  const size = Number(TYPE.exec(stored)?.[2] ?? LIMITS[limit]);
  return Math.min(size, LIMITS[limit]);
}

function isZoned(stored: string): boolean {
  return stored.startsWith('TIMESTAMP_TZ');
}
