import { SinkError } from './errors.ts';
import type { Document, Status, Table, Target } from './sink.ts';
import { isStorableText } from './values.ts';

const ID = /^[0-9a-f]{32}$/;
const ORDER = /^[!-~]{1,128}$/;
const STATUSES: ReadonlySet<unknown> = new Set<Status>(['loaded', 'failed', 'deleted']);
const RESERVED_COLUMNS: ReadonlySet<string> = new Set(['_file_key', '_row']);
const RESERVED_PREFIX = '_tdp_sync';

/** Throws `INVALID_VALUE` unless the names of the sync, its tables and columns are what the contract allows. */
export function checkTarget(target: Target): void {
  checkSync(target.sync);
  if (target.ledger !== undefined) checkSync(target.ledger);
  if (target.since !== undefined) checkState(target.since);
  checkTables(target.tables);
}

/** Throws `INVALID_VALUE` unless the names of these tables and of their columns are what the contract allows. */
export function checkTables(tables: readonly Table[]): void {
  checkNames('Tables', tables);
  for (const table of tables) checkTable(table);
}

/** Throws `INVALID_VALUE` unless this can be the name of a sync. */
export function checkSync(sync: string): void {
  if (isStorableText(sync) && sync.length >= 1 && sync.length <= 64) return;
  throw new SinkError(
    'INVALID_VALUE',
    'The name of a sync has 1 to 64 characters, none of them NUL or half a surrogate pair.',
  );
}

/** Throws `INVALID_VALUE` unless this can be a state. */
export function checkState(state: string): void {
  if (isStorableText(state)) return;
  throw new SinkError(
    'INVALID_VALUE',
    'A state is well-formed text without NUL; this one is not. It is kept as it was.',
  );
}

/**
 * Throws `INVALID_VALUE` unless id, order, status and the tables named are what the contract allows.
 * Rows are not looked at: they can be read only once, so `checkRow` checks each as it is staged.
 */
export function checkDocument(document: Document, tables: ReadonlyMap<string, Table>): void {
  const { id, order, status, rows, replaces } = document;
  if (!ID.test(id)) {
    throw new SinkError(
      'INVALID_VALUE',
      'A document id is 32 lower-case hex digits; this one is not.',
    );
  }
  if (!ORDER.test(order)) {
    throw new SinkError(
      'INVALID_VALUE',
      `Document ${id}: the order is not 1 to 128 printable ASCII characters without blanks.`,
    );
  }
  if (typeof replaces === 'string' && !ORDER.test(replaces)) {
    throw new SinkError(
      'INVALID_VALUE',
      `Document ${id}: the order that it replaces is not 1 to 128 printable ASCII characters without blanks.`,
    );
  }
  if (!STATUSES.has(status)) {
    throw new SinkError(
      'INVALID_VALUE',
      `Document ${id}: the status is not loaded, failed or deleted.`,
    );
  }
  for (const name of rows.keys()) {
    if (!tables.has(name)) {
      const shown = JSON.stringify(name);
      throw new SinkError(
        'INVALID_VALUE',
        `Document ${id} names table ${shown}, not in the target.`,
      );
    }
  }
}

function checkTable({ name, columns }: Table): void {
  const shown = JSON.stringify(name);
  if (name.toLowerCase().startsWith(RESERVED_PREFIX)) {
    throw new SinkError(
      'INVALID_VALUE',
      `Table ${shown}: names in ${RESERVED_PREFIX} are reserved.`,
    );
  }
  if (columns.length === 0) {
    throw new SinkError('INVALID_VALUE', `Table ${shown} has no columns; at least one is needed.`);
  }
  checkNames(`Columns of table ${shown}`, columns);
  const reserved = columns.find((column) => RESERVED_COLUMNS.has(column.name.toLowerCase()));
  if (reserved === undefined) return;
  throw new SinkError(
    'INVALID_VALUE',
    `Table ${shown}: column ${reserved.name} is the sink's own.`,
  );
}

function checkNames(where: string, named: readonly { readonly name: string }[]): void {
  const seen = new Set<string>();
  for (const { name } of named) {
    const shown = JSON.stringify(name);
    if (!isStorableText(name) || name.length < 1 || name.length > 128) {
      throw new SinkError(
        'INVALID_VALUE',
        `${where}: ${shown} is no name; 1 to 128 characters, none of them NUL or half a surrogate pair.`,
      );
    }
    const folded = name.toLowerCase();
    if (seen.has(folded)) {
      throw new SinkError(
        'INVALID_VALUE',
        `${where}: ${shown} is there twice when compared without case.`,
      );
    }
    seen.add(folded);
  }
}
