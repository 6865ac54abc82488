import type { RowDamage, Table } from '@tdp-sync/sink';
import type { Connection } from './connection.ts';
import {
  type ComparedTable,
  CREATE_DAMAGES,
  findDamages,
  READ_DAMAGES,
  SORT_DAMAGES,
} from './records.ts';
import { comparableColumns } from './schema.ts';
import type { Place } from './sql.ts';

/** How much of what was found is read at once. */
const PORTION = 20_000n;

/**
 * Compares rows with what was recorded of them, and gives portion by portion what differs. It is found in one transaction, so
 * that all of it is of one moment; what was found is in a temporary table then, and no transaction is open any more.
 */
export class DamageReader {
  readonly #connection: Connection;
  readonly #tables: readonly Table[];
  #at = 0n;
  #hasMore = true;

  private constructor(connection: Connection, tables: readonly Table[]) {
    this.#connection = connection;
    this.#tables = tables;
  }

  /** Compares. The connection is the reader's alone. `onMissing` is told of tables that lack something. */
  static async compare(
    connection: Connection,
    place: Place,
    sync: string,
    tables: readonly Table[],
    onMissing: (table: Table) => void,
  ): Promise<DamageReader> {
    await connection.run(CREATE_DAMAGES);
    await connection.run('BEGIN TRANSACTION');
    const stored = await comparableColumns(connection, place, tables);
    for (const [at, table] of tables.entries()) {
      const compared: ComparedTable = { table, at, stored: stored[at] };
      if (compared.stored?.found.size !== table.columns.length) onMissing(table);
      await connection.run(findDamages(place, compared), [sync]);
    }
    await connection.run('COMMIT');
    await connection.run(SORT_DAMAGES);
    return new DamageReader(connection, tables);
  }

  /** Whether there may be more. */
  get hasMore(): boolean {
    return this.#hasMore;
  }

  /** Reads the next portion. */
  async next(): Promise<readonly RowDamage[]> {
    const rows = await this.#connection.rows(READ_DAMAGES, [this.#at, this.#at + PORTION]);
    this.#at += PORTION;
    this.#hasMore = BigInt(rows.length) === PORTION;
    return rows.map(([id, at, recorded, found]) => ({
      id: String(id).slice(1),
      table: this.#tables[Number(at)]?.name ?? '',
      recorded: recorded === null ? undefined : Number(recorded),
      found: Number(found),
    }));
  }
}
