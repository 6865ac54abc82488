import { DuckDBInstance } from '@duckdb/node-api';
import Table from 'cli-table3';

/** Runs queries on a DuckDB file, without writing to it. */
export async function query(
  file: string,
  ...statements: readonly string[]
): Promise<readonly string[]> {
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const tables: string[] = [];
    for (const statement of statements) {
      const reader = await connection.runAndReadAll(statement);
      tables.push(draw(reader.columnNames(), reader.getRowsJson()));
    }
    return tables;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function draw(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const table = new Table({ head: [...head], style: { head: [], border: [] } });
  table.push(...rows.map((row) => row.map((value) => (value === null ? '' : String(value)))));
  return table.toString();
}
