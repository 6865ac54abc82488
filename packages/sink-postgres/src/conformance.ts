import { randomBytes } from 'node:crypto';
import type { Value } from '@tdp-sync/sink';
import {
  type BreakableDatabase,
  breakableLine,
  type Damage,
  type SinkHarness,
  type TestDatabase,
} from '@tdp-sync/sink/conformance';
import { postgresSink } from './adapter.ts';
import { configSchema, type PostgresConfig, type PostgresInput } from './config.ts';
import { Sessions } from './connection.ts';
import { columnName, literal, quote } from './names.ts';
import { placeOf, readSettings } from './settings.ts';
import { qualified } from './sql.ts';
import { timestampText } from './values.ts';

/**
 * What the conformance suite needs to try this sink: each case gets a new schema in the database of the
 * config, dropped with all its tables afterwards. `config` is what a user would write; its `schema` is
 * not used. The role needs the right to create schemas (`GRANT CREATE ON DATABASE <database> TO <role>`).
 */
export function harness(config: PostgresInput): SinkHarness {
  const checked = configSchema.parse(config);
  const fresh = { adapter: postgresSink, fresh: () => freshSchema(checked) };
  const isSocket = placeOf(checked).login.host.startsWith('/');
  return isSocket ? fresh : { ...fresh, freshBreakable: () => freshBreakable(checked) };
}

/** A new schema that the sink reaches over a line which can be broken. */
async function freshBreakable(given: PostgresConfig): Promise<BreakableDatabase> {
  const { login, password, sslMode, caFile } = placeOf(given);
  const line = await breakableLine(login);
  const database = await freshSchema(given);
  const { url: _url, ...config } = database.config;
  // The line has another name than the server's certificate.
  const ssl = sslMode === 'verify-full' ? 'verify-ca' : sslMode;
  const place = { ...login, host: '127.0.0.1', port: line.port, password, ssl, caFile };
  return {
    ...database,
    config: { ...config, ...place },
    breakAfter: (messages) => line.breakAfter(messages),
    [Symbol.asyncDispose]: async () => {
      await line[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** A new schema, which the sink creates when it is opened. */
async function freshSchema(
  given: PostgresConfig,
): Promise<TestDatabase & { readonly config: PostgresConfig }> {
  const schema = `tdp_sync_case_${randomBytes(6).toString('hex')}`;
  const config = { ...given, schema };
  const context = { baseDir: process.cwd() };
  // Not the sink's: what it has not committed, these do not see.
  const sessions = new Sessions(await readSettings(config, context.baseDir));
  return {
    config,
    context,
    tables: async () => [...(await tableNames(sessions, schema)).keys()].sort(),
    read: (name) => readTable(sessions, schema, name),
    jsonText: async (name, column, key) => {
      const { table, columns } = await lookUp(sessions, schema, name);
      const stored = columns.find(({ called }) => called === column)?.stored ?? column;
      const text = `${quote(stored)} ->> ${literal(key)}`;
      const statement = `SELECT ${text} FROM ${table} ORDER BY "_file_key", "_row"`;
      return (await sessions.query(statement)).rows.map(([found]) => found ?? null);
    },
    damage: (name, damage) => damageTable(sessions, schema, name, damage),
    [Symbol.asyncDispose]: async () => {
      await sessions.query(`DROP SCHEMA IF EXISTS ${quote(schema)} CASCADE`);
      await sessions.close();
    },
  };
}

/** Names as they are stored, by what they are called: a comment says it where a name had to be cut. */
async function tableNames(
  sessions: Sessions,
  schema: string,
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sessions.query(
    "SELECT c.relname, obj_description(c.oid, 'pg_class') FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace " +
      "WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')",
    [schema],
  );
  return new Map(rows.map(([name, called]) => [called ?? String(name), String(name)]));
}

interface FoundColumn {
  readonly stored: string;
  readonly called: string;
  readonly type: string;
}

async function lookUp(
  sessions: Sessions,
  schema: string,
  name: string,
): Promise<{ readonly table: string; readonly columns: readonly FoundColumn[] }> {
  const table = qualified(schema, (await tableNames(sessions, schema)).get(name) ?? name);
  const { rows } = await sessions.query(
    'SELECT attname, col_description(attrelid, attnum), format_type(atttypid, NULL) FROM pg_attribute ' +
      'WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum',
    [table],
  );
  const columns = rows.map(([stored, comment, type]) => ({
    stored: String(stored),
    // A comment that is stored under this name is what the column is called; any other says what it holds.
    called: comment && columnName(comment) === stored ? comment : String(stored),
    type: String(type),
  }));
  return { table, columns };
}

/** What the server writes, in the forms of the contract; as it is, for all that is text there. */
const READINGS: Readonly<Record<string, (text: string) => Value>> = {
  boolean: (text) => text === 't',
  integer: BigInt,
  bigint: BigInt,
  'double precision': Number,
  'timestamp with time zone': timestampText,
};

async function readTable(
  sessions: Sessions,
  schema: string,
  name: string,
): Promise<readonly Record<string, Value>[]> {
  const { table, columns } = await lookUp(sessions, schema, name);
  const items = columns.map(({ stored }) => quote(stored)).join(', ');
  const { rows } = await sessions.query(
    `SELECT ${items} FROM ${table} ORDER BY "_file_key" COLLATE "C", "_row"`,
  );
  return rows.map((row) =>
    Object.fromEntries(
      columns.map(({ called, type }, at) => {
        const text = row[at] ?? null;
        const reading = READINGS[type] ?? String;
        return [called, text === null ? null : reading(text)] as const;
      }),
    ),
  );
}

async function damageTable(
  sessions: Sessions,
  schema: string,
  name: string,
  damage: Damage,
): Promise<void> {
  const { table, columns } = await lookUp(sessions, schema, name);
  if (damage.how === 'drop') {
    await sessions.query(`DROP TABLE ${table}`);
    return;
  }
  const which = `WHERE "_file_key" = ${literal(damage.id)} AND "_row" = ${damage.row}`;
  if (damage.how === 'delete') {
    await sessions.query(`DELETE FROM ${table} ${which}`);
    return;
  }
  if (damage.how === 'copy') {
    const cells = columns.map(({ stored }) => (stored === '_row' ? damage.as : quote(stored)));
    await sessions.query(`INSERT INTO ${table} SELECT ${cells.join(', ')} FROM ${table} ${which}`);
    return;
  }
  const stored = columns.find(({ called }) => called === damage.column)?.stored ?? damage.column;
  // The server makes of the text what the column is.
  const value = damage.value === null ? 'NULL' : literal(damage.value);
  await sessions.query(`UPDATE ${table} SET ${quote(stored)} = ${value} ${which}`);
}
