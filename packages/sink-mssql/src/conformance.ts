import { randomBytes } from 'node:crypto';
import type { Value } from '@tdp-sync/sink';
import type { Damage, SinkHarness, TestDatabase } from '@tdp-sync/sink/conformance';
import { mssqlSink } from './adapter.ts';
import { configSchema, type MssqlConfig, type MssqlInput } from './config.ts';
import { Connections } from './connection.ts';
import { literal, quote } from './names.ts';
import { qualified } from './sql.ts';
import { timestampText } from './values.ts';

/**
 * What the conformance suite needs to try this sink: each case gets a new schema in the database of the
 * config, dropped with all its tables afterwards. `config` is what a user would write; its `schema` is
 * not used. The login needs the right to create schemas (`GRANT CREATE SCHEMA TO <user>`).
 */
export function harness(config: MssqlInput): SinkHarness {
  const checked = configSchema.parse(config);
  return { adapter: mssqlSink, fresh: () => freshSchema(checked) };
}

/** A new schema, which the sink creates when it is opened. */
async function freshSchema(given: MssqlConfig): Promise<TestDatabase> {
  const schema = `tdp_sync_case_${randomBytes(6).toString('hex')}`;
  const config = { ...given, schema };
  // Not the sink's: what it has not committed, this does not see.
  const connection = await Connections.open(config, { min: 0, max: 1 });
  const tables = () => tableNames(connection, schema);
  return {
    config,
    context: { baseDir: process.cwd() },
    tables,
    read: (name) => readTable(connection, schema, name),
    jsonText: async (name, column, key) => {
      const text = `JSON_VALUE(${quote(column)}, ${literal(`$.${key}`)})`;
      const [rows = []] = await connection.query(
        `SELECT ${text} AS [text] FROM ${qualified(schema, name)} ORDER BY [_file_key], [_row]`,
      );
      return rows.map(([text]) => (text === null ? null : String(text)));
    },
    damage: (name, damage) => damageTable(connection, qualified(schema, name), damage),
    [Symbol.asyncDispose]: async () => {
      for (const name of await tables()) {
        await connection.batch(`DROP TABLE ${qualified(schema, name)}`);
      }
      await connection.batch(
        `IF SCHEMA_ID(${literal(schema)}) IS NOT NULL EXEC(${literal(`DROP SCHEMA ${quote(schema)}`)})`,
      );
      await connection.close();
    },
  };
}

async function tableNames(connection: Connections, schema: string): Promise<readonly string[]> {
  const [rows = []] = await connection.query(
    `SELECT TABLE_NAME AS [name] FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ${literal(schema)}`,
  );
  return rows.map(([name]) => String(name)).sort();
}

async function damageTable(connection: Connections, table: string, damage: Damage): Promise<void> {
  if (damage.how === 'drop') {
    await connection.batch(`DROP TABLE ${table}`);
    return;
  }
  const which = `WHERE [_file_key] = ${literal(damage.id)} AND [_row] = ${damage.row}`;
  if (damage.how === 'delete') await connection.batch(`DELETE FROM ${table} ${which}`);
  else if (damage.how === 'copy') {
    // Under a name of its own while its number changes: two rows of a document have not the same.
    await connection.batch(
      `SELECT * INTO #row FROM ${table} ${which}; UPDATE #row SET [_row] = ${damage.as}; ` +
        `INSERT INTO ${table} SELECT * FROM #row; DROP TABLE #row`,
    );
  } else {
    // The server makes of the text what the column is. A datetime2 has no zone.
    const value = damage.value === null ? 'NULL' : literal(withoutZone(damage.value));
    await connection.batch(`UPDATE ${table} SET ${quote(damage.column)} = ${value} ${which}`);
  }
}

function withoutZone(text: string): string {
  return /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(text) ? text.slice(0, -1) : text;
}

type Rows = readonly Record<string, Value>[];

/** How a column type is read, and what becomes of what the driver gives. */
interface Reading {
  readonly select: (column: string) => string;
  readonly value: (read: unknown) => Value;
}

const asText = (value: unknown): Value => String(value);
const asIs: Reading = { select: (column) => column, value: (read) => read as Value };

/** The driver rounds decimals to doubles and times to milliseconds, so both are turned to text on the server. */
const READINGS: Readonly<Record<string, Reading>> = {
  int: { select: (column) => column, value: (read) => BigInt(Number(read)) },
  bigint: { select: (column) => column, value: (read) => BigInt(String(read)) },
  decimal: { select: (column) => `CONVERT(nvarchar(50), ${column})`, value: asText },
  numeric: { select: (column) => `CONVERT(nvarchar(50), ${column})`, value: asText },
  date: { select: (column) => `CONVERT(nvarchar(10), ${column}, 23)`, value: asText },
  datetime2: {
    select: (column) => `CONVERT(nvarchar(40), ${column}, 126)`,
    value: (read) => timestampText(String(read)),
  },
};

async function readTable(connection: Connections, schema: string, name: string): Promise<Rows> {
  const [columns = []] = await connection.query(
    'SELECT COLUMN_NAME AS [name], DATA_TYPE AS [type] FROM INFORMATION_SCHEMA.COLUMNS ' +
      `WHERE TABLE_SCHEMA = ${literal(schema)} AND TABLE_NAME = ${literal(name)} ORDER BY ORDINAL_POSITION`,
  );
  const read = columns.map(([column, type]) => ({
    column: String(column),
    reading: READINGS[String(type).toLowerCase()] ?? asIs,
  }));
  const items = read.map(
    ({ column, reading }, at) => `${reading.select(`t.${quote(column)}`)} AS [c${at}]`,
  );
  const [rows = []] = await connection.query(
    `SELECT ${items.join(', ')} FROM ${qualified(schema, name)} AS t ORDER BY t.[_file_key], t.[_row]`,
  );
  return rows.map((row) => {
    const cells = read.map(({ column, reading }, at) => {
      const value = row[at] ?? null;
      return [column, value === null ? null : reading.value(value)] as const;
    });
    return Object.fromEntries(cells);
  });
}
