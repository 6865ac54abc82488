import { type ColumnType, type Row, type RowRoom, SinkError, type Table } from '@tdp-sync/sink';

/*
 * SQL Server keeps a row within a page, and moves texts out of it until it fits. A pointer stays behind:
 * https://learn.microsoft.com/sql/relational-databases/pages-and-extents-architecture-guide#large-row-support
 */

/** The bytes of a row: https://learn.microsoft.com/sql/sql-server/maximum-capacity-specifications-for-sql-server */
const ROW = 8_060;
/** Says where a text ends. */
const OFFSET = 2;
/** What is left of a text that was moved out. A shorter one stays as it is. */
const POINTER = 24;
/** Before the columns, and the number of them and of the texts: the same page's formulas as for `nullBits`. */
const HEADER = 4 + 2 + 2;
/** What row versioning adds: https://learn.microsoft.com/sql/relational-databases/sql-server-transaction-locking-and-row-versioning-guide */
const VERSION = 14;
/** `_file_key` and `_row`. */
const KEYS = 32 + 4;
/** `_file_key` as versions up to 1.0 made it. */
const OLD_KEYS = 64 + OFFSET + 4;
const MOST_COLUMNS = 1_024;
/**
 * A row of a compressed table must fit as it is and compressed, where each column has four bits and each thirty a byte
 * (https://learn.microsoft.com/sql/relational-databases/data-compression/data-compression: the row size with the overhead of compression).
 */
const COMPRESSION = Math.ceil(MOST_COLUMNS / 2) + Math.ceil(MOST_COLUMNS / 30);

/** What takes its width even where a row has no value. */
const FIXED: Readonly<Partial<Record<ColumnType, number>>> = {
  boolean: 1,
  int64: 8,
  float64: 8,
  decimal: 17,
  date: 3,
  timestamp: 8,
};

/** In bytes, for any table and its staging table: there decimals, dates and timestamps are texts, which take more. */
export const ROW_ROOM: RowRoom = {
  total: ROW - HEADER - COMPRESSION - VERSION - OLD_KEYS,
  of: {
    boolean: 1,
    int64: 8,
    float64: 8,
    decimal: POINTER + OFFSET,
    string: POINTER + OFFSET,
    date: 10 + OFFSET,
    timestamp: POINTER + OFFSET,
    json: POINTER + OFFSET,
  },
};

/** What a table needs of a row that has no value in it; more than {@link ROW} cannot be created (errors 1701 and 1702). */
export function leastWidth({ columns }: Table): number {
  const fixed = columns.reduce((sum, { type }) => sum + (FIXED[type] ?? 0), 0);
  return HEADER + nullBits(columns.length + 2) + KEYS + fixed;
}

/** Whether even the least of a table is more than a row may have. */
export function isTooWide(table: Table): boolean {
  return leastWidth(table) > ROW;
}

/** Whether every row of a table fits, whatever is in it. */
export function hasRoom({ columns }: Table): boolean {
  return columns.reduce((sum, { type }) => sum + ROW_ROOM.of[type], 0) <= ROW_ROOM.total;
}

/** What there is to check of each row of a table: nothing, where whatever comes fits. */
export function widthCheck(table: Table): ((row: Row) => void) | undefined {
  if (hasRoom(table)) return undefined;
  const least = leastWidth(table);
  const texts = table.columns.flatMap(({ type }, at) => (FIXED[type] === undefined ? at : []));
  return (row) => {
    const width = texts.reduce((sum, at) => sum + textWidth(row[at]), least);
    if (width > ROW) throw tooWide(table, width);
  };
}

function textWidth(value: Row[number] | undefined): number {
  return typeof value === 'string' ? Math.min(value.length * 2, POINTER) + OFFSET : 0;
}

function tooWide({ name, columns }: Table, width: number): SinkError {
  return new SinkError(
    'INVALID_VALUE',
    `A row of table ${JSON.stringify(name)}, which has ${columns.length} columns, needs ${width} bytes at least, and SQL Server holds ${ROW} in a row. ` +
      'Divide the table in the mapping, or leave columns out.',
  );
}

/** https://learn.microsoft.com/sql/relational-databases/databases/estimate-the-size-of-a-clustered-index */
function nullBits(columns: number): number {
  return Math.ceil(columns / 8);
}
