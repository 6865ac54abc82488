import type { Column } from './parse.ts';
import type { Answer } from './server.ts';
import type { Cell } from './tokens.ts';

const ROW = 8_060;
const FIXED: Readonly<Record<string, number>> = {
  bit: 1,
  int: 4,
  bigint: 8,
  'float(53)': 8,
  'decimal(38,9)': 17,
  date: 3,
  'datetime2(6)': 8,
};

/** What the server says of rows of which one does not fit into a page, however many of its texts are moved out of it. */
export function tooWide(
  columns: readonly Column[],
  rows: readonly ReadonlyMap<string, Cell>[],
): Answer | undefined {
  const widest = Math.max(0, ...rows.map((row) => widthOf(columns, row)));
  if (widest <= ROW) return undefined;
  const message = `Cannot create a row of size ${widest} which is greater than the allowable maximum row size of ${ROW}.`;
  return { error: { number: 511, message } };
}

/** What the server says of a bulk load that was to be in an order, and is not. */
export function outOfOrder(
  order: readonly string[],
  rows: readonly ReadonlyMap<string, Cell>[],
): Answer | undefined {
  const key = (row: ReadonlyMap<string, Cell> | undefined): string =>
    order.map((name) => sortable(row?.get(name) ?? null)).join(' ');
  const isWrong = rows.some((row, at) => at > 0 && key(row) < key(rows[at - 1]));
  if (!isWrong) return undefined;
  const message = 'Cannot bulk load. The bulk data stream was incorrectly specified as sorted.';
  return { error: { number: 4819, message } };
}

/** A text, or an int. */
function sortable(value: Cell): string {
  return typeof value === 'object' && value !== null
    ? String(value.int).padStart(10, '0')
    : String(value);
}

/** What the server says of a table of which no row at all would fit. */
export function tooWideToMake(columns: readonly Column[]): Answer | undefined {
  const answer = tooWide(columns, [new Map()]);
  return answer && { error: { number: 1701, message: 'Creating or altering table failed.' } };
}

function widthOf(columns: readonly Column[], row: ReadonlyMap<string, Cell>): number {
  const cells = columns.map(({ name, type }) => cellWidth(type, row.get(name) ?? null));
  return cells.reduce((sum, width) => sum + width, 8 + Math.ceil(columns.length / 8));
}

function cellWidth(type: string, value: Cell): number {
  const fixed = FIXED[type] ?? Number(/^char\((\d+)\)/.exec(type)?.[1]);
  if (!Number.isNaN(fixed)) return fixed;
  if (typeof value !== 'string') return 0;
  const bytes = type.startsWith('n') ? value.length * 2 : value.length;
  // The key does not move out.
  return 2 + (type === 'nvarchar(128)' ? bytes : Math.min(bytes, 24));
}
