import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBDecimalValue, type DuckDBValue } from '@duckdb/node-api';
import type { Value } from '@tdp-sync/sink';
import type { Damage, SinkHarness, TestDatabase } from '@tdp-sync/sink/conformance';
import { duckdbSink } from './adapter.ts';
import { configSchema, type DuckdbInput } from './config.ts';
import { Database } from './database.ts';
import { DATABASE, quote } from './sql.ts';

/**
 * What the conformance suite needs to try this sink: each case gets a new file in a temporary folder.
 * `config` is what a user would write; its `path` is not used.
 */
export function harness(config: Partial<DuckdbInput> = {}): SinkHarness {
  return { adapter: duckdbSink, fresh: () => freshFile(config) };
}

async function freshFile(given: Partial<DuckdbInput>): Promise<TestDatabase> {
  const baseDir = await realpath(await mkdtemp(join(tmpdir(), 'tdp-sync-duckdb-')));
  const config = configSchema.parse({ ...given, path: 'conformance.duckdb' });
  // The same instance as the sink's, but a connection of its own. Opened once: to open it takes the turn of a writer.
  let opened: Promise<Database> | undefined;
  const read = async <Result>(
    query: (connection: DuckDBConnection) => Promise<Result>,
  ): Promise<Result> => {
    opened ??= Database.open(config, { baseDir });
    const connection = await (await opened).connect();
    try {
      return await query(connection.raw);
    } finally {
      connection.close();
    }
  };
  const table = (name: string) => `${DATABASE}.${quote(config.schema)}.${quote(name)}`;
  return {
    config,
    context: { baseDir },
    tables: async () => {
      const sql = `SELECT '|' || table_name AS name FROM information_schema.tables WHERE table_catalog = '${DATABASE}' ORDER BY ALL`;
      return (await read((connection) => select(connection, sql))).map((row) =>
        String(row['name']),
      );
    },
    read: (name) => read((connection) => readTable(connection, table(name))),
    jsonText: async (name, column, key) => {
      const sql = `SELECT '|' || (${quote(column)} ->> '$."${key}"') AS text FROM ${table(name)} ORDER BY _file_key, _row`;
      const rows = await read((connection) => select(connection, sql));
      return rows.map(({ text }) => (text === null ? null : String(text)));
    },
    damage: (name, damage) => read((connection) => damageTable(connection, table(name), damage)),
    [Symbol.asyncDispose]: async () => {
      (await opened)?.close();
      await rm(baseDir, { recursive: true, force: true });
    },
  };
}

async function damageTable(
  connection: DuckDBConnection,
  table: string,
  damage: Damage,
): Promise<void> {
  if (damage.how === 'drop') {
    await connection.run(`DROP TABLE ${table}`);
    return;
  }
  const which = `"_file_key" = '${damage.id}' AND "_row" = ${damage.row}`;
  if (damage.how === 'delete') await connection.run(`DELETE FROM ${table} WHERE ${which}`);
  else if (damage.how === 'copy') {
    const row = `SELECT * REPLACE (${damage.as} AS "_row") FROM ${table} WHERE ${which}`;
    await connection.run(`INSERT INTO ${table} ${row}`);
  } else {
    // DuckDB makes of the text what the column is.
    const set = `${quote(damage.column)} = $1::VARCHAR`;
    await connection.run(`UPDATE ${table} SET ${set} WHERE ${which}`, [damage.value]);
  }
}

type Rows = readonly Record<string, Value>[];

/**
 * Times are turned to text in SQL, where they are exact. Every text comes behind a mark, since the driver
 * drops a byte order mark at the beginning of one.
 */
async function readTable(connection: DuckDBConnection, table: string): Promise<Rows> {
  const columns = await connection.runAndReadAll(`DESCRIBE ${table}`);
  const items = columns.getRows().map(([name, type]) => asContract(String(name), String(type)));
  return select(connection, `SELECT ${items.join(', ')} FROM ${table} ORDER BY _file_key, _row`);
}

function asContract(name: string, type: string): string {
  const column = quote(name);
  if (type === 'DATE') return `'|' || strftime(${column}, '%Y-%m-%d') AS ${column}`;
  if (type === 'INTEGER') return `${column}::BIGINT AS ${column}`;
  if (type === 'VARCHAR' || type === 'JSON') return `'|' || ${column} AS ${column}`;
  if (type !== 'TIMESTAMP WITH TIME ZONE') return column;
  const utc = `make_timestamp(epoch_us(${column}))`;
  return `'|' || strftime(${utc}, '%Y-%m-%dT%H:%M:%S.%fZ') AS ${column}`;
}

async function select(connection: DuckDBConnection, sql: string): Promise<Rows> {
  const result = await connection.runAndReadAll(sql);
  const names = result.columnNames();
  return result
    .getRows()
    .map((row) => Object.fromEntries(row.map((value, at) => [names[at] ?? '', plain(value)])));
}

function plain(value: DuckDBValue): Value {
  if (value instanceof DuckDBDecimalValue) return value.toString();
  return typeof value === 'string' ? value.slice(1) : (value as Value);
}
