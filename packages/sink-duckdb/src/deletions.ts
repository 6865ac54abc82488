import type { Connection } from './database.ts';
import type { Room } from './room.ts';
import * as sql from './sql.ts';

/** What a commit is about to delete, at most. */
export interface Deletions {
  readonly place: sql.Place;
  /** The names of the tables, the ledger's among them. */
  readonly tables: readonly string[];
  readonly documents: number;
  /** The fewest rows that a row group is taken to have. */
  readonly rowsPerGroup: number;
}

/**
 * Makes room for the deletions of a commit, whose winners have been picked. DuckDB holds a block of memory for each row group in
 * which it deletes, until the log is folded in. A deletion that finds none leaves marks that no ROLLBACK removes: DuckDB
 * then sees a conflict with itself for as long as the process has the file open. So it must never come to that.
 */
export async function makeRoomFor(
  deletions: Deletions,
  connection: Connection,
  room: Room,
): Promise<void> {
  if (room.suffices(await mostGroups(deletions, connection))) return;
  const most = deletions.documents * deletions.tables.length;
  // To count goes through the ids of all rows, which few documents are not worth.
  await room.hold(room.suffices(most) ? most : await touchedGroups(deletions, connection));
}

/** How many row groups all tables together have at most, by the number of their rows. */
async function mostGroups(
  { place, rowsPerGroup }: Deletions,
  connection: Connection,
): Promise<number> {
  const given = [place.database, place.schema];
  const [row] = await connection.rows(sql.sumRowGroups(rowsPerGroup), given);
  return Number(row?.[0]);
}

/** In how many row groups something is deleted at most. */
async function touchedGroups(
  { place, tables }: Deletions,
  connection: Connection,
): Promise<number> {
  let groups = 0;
  for (const table of tables) {
    const [counted] = await connection.rows(sql.countRowsOfWinners(place, table));
    const rows = Number(counted?.[0]);
    if (rows === 0) continue;
    const [stored] = await connection.rows(sql.countBlocks(place, table));
    groups += Math.min(rows, Number(stored?.[0]));
  }
  return groups;
}
