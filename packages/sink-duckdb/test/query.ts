import { configSchema, type DuckdbInput } from '../src/config.ts';
import type { ResultRow } from '../src/connection.ts';
import { Database } from '../src/database.ts';
import { DATABASE } from '../src/sql.ts';
import type { Folder } from './folder.ts';

/** Asks the file directly, on a connection of its own. */
export async function query(
  folder: Folder,
  sql: string,
  config: Partial<DuckdbInput> = {},
): Promise<readonly ResultRow[]> {
  const database = await Database.open(configSchema.parse({ path: 'lab.duckdb', ...config }), {
    baseDir: folder.path,
  });
  const connection = await database.connect();
  try {
    await connection.run(`USE ${DATABASE}`);
    return await connection.rows(sql);
  } finally {
    connection.close();
    database.close();
  }
}
