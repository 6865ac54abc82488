import { SinkError, type Table } from '@tdp-sync/sink';
import { isTooWide } from './row-room.ts';

/** Two of a table's columns are the sink's own, and SQL Server holds 1,024. */
const COLUMNS = 1_022;

/** A name in quotes, whatever it holds. Brackets would do on SQL Server, but not on every server that speaks TDS. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as a literal of T-SQL. */
export function literal(text: string): string {
  return `N'${text.replaceAll("'", "''")}'`;
}

/**
 * How the name of a sync is stored. SQL Server takes texts for equal that differ in blanks at their end
 * only, under every collation; so such a name gets a mark. No two names become one.
 */
export function syncKey(sync: string): string {
  return /[ |]$/.test(sync) ? `${sync}|` : sync;
}

/**
 * Throws `INVALID_VALUE` when SQL Server would hold a name as another one, or cannot hold a table: a
 * blank at the end does not count in comparisons, and `#` makes a table temporary.
 */
export function checkHeld(tables: readonly Table[]): void {
  for (const table of tables) {
    const { name, columns } = table;
    const shown = `Table ${JSON.stringify(name)}`;
    if (name.startsWith('#')) throw refusal(`${shown}: SQL Server makes # tables temporary.`);
    if (name.endsWith(' ')) throw refusal(`${shown}: its name ends with a blank.`);
    if (columns.length > COLUMNS) {
      throw refusal(`${shown} has ${columns.length} columns; ${COLUMNS} are possible.`);
    }
    if (isTooWide(table)) {
      throw refusal(
        `${shown}: its ${columns.length} columns need more than the 8,060 bytes of a row.`,
      );
    }
    const odd = columns.find((column) => column.name.endsWith(' '));
    if (odd !== undefined) {
      throw refusal(`${shown}: the name of column ${JSON.stringify(odd.name)} ends with a blank.`);
    }
  }
}

function refusal(message: string): SinkError {
  return new SinkError('INVALID_VALUE', `${message} Choose another name or mapping.`);
}
