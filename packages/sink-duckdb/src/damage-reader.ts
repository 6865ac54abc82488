import type { RowDamage, Table } from '@tdp-sync/sink';
import type { Connection } from './connection.ts';
import { isOutOfMemory } from './errors.ts';
import {
  type ComparedTable,
  CREATE_DAMAGES,
  findDamages,
  READ_DAMAGES,
  SORT_DAMAGES,
} from './records.ts';
import type { Room } from './room.ts';
import { comparableColumns } from './schema.ts';
import type { Place } from './sql.ts';

/** How much of what was found is read at once. */
const PORTION = 20_000n;

/** What is to be compared, and where. */
export interface Comparison {
  readonly place: Place;
  readonly sync: string;
  readonly tables: readonly Table[];
  /** Is told of a table that lacks something. */
  readonly onMissing: (table: Table) => void;
}

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

  /** Compares. The connection is the reader's alone; `room` is for texts that do not fit into the limit. */
  static async compare(
    connection: Connection,
    room: Room,
    comparison: Comparison,
  ): Promise<DamageReader> {
    for (;;) {
      try {
        await find(connection, comparison);
        return new DamageReader(connection, comparison.tables);
      } catch (error) {
        await connection.run('ROLLBACK').catch(() => undefined);
        if (!isOutOfMemory(error) || !(await room.grow())) throw error;
      }
    }
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

async function find(
  connection: Connection,
  { place, sync, tables, onMissing }: Comparison,
): Promise<void> {
  await connection.run('BEGIN TRANSACTION');
  await connection.run(CREATE_DAMAGES);
  const stored = await comparableColumns(connection, place, tables);
  for (const [at, table] of tables.entries()) {
    const compared: ComparedTable = { table, at, stored: stored[at] };
    if (compared.stored?.found.size !== table.columns.length) onMissing(table);
    await connection.run(findDamages(place, compared), [sync]);
  }
  await connection.run(SORT_DAMAGES);
  await connection.run('COMMIT');
}
