import { randomBytes } from 'node:crypto';
import type { Value } from '@tdp-sync/sink';
import type { Damage, SinkHarness, TestDatabase } from '@tdp-sync/sink/conformance';
import { snowflakeSink } from './adapter.ts';
import { configSchema, type SnowflakeConfig, type SnowflakeInput } from './config.ts';
import { literal, type Place, qualified, quote, schemaOf, storedName } from './names.ts';
import { Session } from './session.ts';
import { readSettings } from './settings.ts';
import { describeTable } from './sql.ts';
import { selected } from './values.ts';

/**
 * What the conformance suite needs to try this sink: each case gets a new schema in the database of the config, dropped with all its
 * tables afterwards. `config` is what a user would write; its `schema` is not used. The role needs the right to create schemas (`GRANT
 * CREATE SCHEMA ON DATABASE <database> TO ROLE <role>`). No connection is broken: the driver tries again for minutes.
 */
export function harness(config: SnowflakeInput): SinkHarness {
  const checked = configSchema.parse(config);
  return { adapter: snowflakeSink, fresh: () => freshSchema(checked) };
}

/** A new schema, which the sink creates when it is opened. */
async function freshSchema(given: SnowflakeConfig): Promise<TestDatabase> {
  const schema = `TDP_SYNC_CASE_${randomBytes(6).toString('hex').toUpperCase()}`;
  const config = { ...given, schema };
  const context = { baseDir: process.cwd() };
  const settings = readSettings(config, context.baseDir);
  const { place } = settings;
  /** Each time a new session: one that was open may not see what another has just committed. */
  const asked = async <T>(task: (session: Session) => Promise<T>): Promise<T> => {
    const session = await Session.open(settings, { keepsAwake: false });
    try {
      return await task(session);
    } finally {
      await session.close();
    }
  };
  return {
    config,
    context,
    tables: () => asked((session) => tableNames(session, place)),
    read: (name) => asked((session) => readTable(session, place, name)),
    jsonText: (name, column, key) =>
      asked(async (session) => {
        const text = `${quote(storedName(place.identifiers, column))}[${literal(key)}]::VARCHAR`;
        const { rows } = await session.query(
          `SELECT ${text} FROM ${tableOf(place, name)} ${inOrder(place)}`,
        );
        return rows.map(([found]) => found ?? null);
      }),
    damage: (name, damage) => asked((session) => damageTable(session, place, name, damage)),
    [Symbol.asyncDispose]: () =>
      asked(async (session) => {
        await session.query(`DROP SCHEMA IF EXISTS ${schemaOf(place)} CASCADE`);
      }),
  };
}

function tableOf(place: Place, name: string): string {
  return qualified(place, storedName(place.identifiers, name));
}

function inOrder({ identifiers }: Place): string {
  const [key, row] = ['_file_key', '_row'].map((name) => quote(storedName(identifiers, name)));
  return `ORDER BY ${key}, ${row}`;
}

async function tableNames(session: Session, place: Place): Promise<readonly string[]> {
  const { rows } = await session.query(`SHOW TABLES IN SCHEMA ${schemaOf(place)}`);
  return rows.map((row) => String(row[1])).sort();
}

interface FoundColumn {
  readonly stored: string;
  readonly type: string;
}

async function columnsOf(
  session: Session,
  place: Place,
  name: string,
): Promise<readonly FoundColumn[]> {
  const { rows } = await session.query(describeTable(place, storedName(place.identifiers, name)));
  return rows.map(([stored, type]) => ({ stored: String(stored), type: String(type) }));
}

interface Reading {
  readonly type: RegExp;
  /** The value as a text made by the server. */
  readonly text: (column: string, type: string) => string;
  readonly value: (text: string) => Value;
}

const asText =
  (type: 'string' | 'int64' | 'float64' | 'date' | 'timestamp' | 'json') =>
  (column: string, stored: string) =>
    selected(type, stored, column);
const READINGS: readonly Reading[] = [
  { type: /^BOOLEAN/, text: asText('int64'), value: (text) => text === 'true' },
  { type: /^NUMBER\(\d+,0\)/, text: asText('int64'), value: BigInt },
  { type: /^NUMBER/, text: asText('int64'), value: String },
  { type: /^FLOAT/, text: asText('float64'), value: Number },
  { type: /^DATE/, text: asText('date'), value: String },
  { type: /^TIMESTAMP/, text: asText('timestamp'), value: (text) => `${text}Z` },
  { type: /^VARIANT/, text: asText('json'), value: String },
  { type: /^/, text: asText('string'), value: String },
];

async function readTable(
  session: Session,
  place: Place,
  name: string,
): Promise<readonly Record<string, Value>[]> {
  const columns = await columnsOf(session, place, name);
  const read = columns.map(({ stored, type }) => {
    const reading = READINGS.find((one) => one.type.test(type));
    return { stored, item: reading?.text(quote(stored), type) ?? quote(stored), reading };
  });
  const items = read.map(({ item }, at) => `${item} AS "c${at}"`).join(', ');
  const { rows } = await session.query(
    `SELECT ${items} FROM ${tableOf(place, name)} ${inOrder(place)}`,
  );
  return rows.map((row) =>
    Object.fromEntries(
      read.map(({ stored, reading }, at) => {
        const text = row[at] ?? null;
        return [stored, text === null ? null : (reading?.value(text) ?? text)] as const;
      }),
    ),
  );
}

async function damageTable(
  session: Session,
  place: Place,
  name: string,
  damage: Damage,
): Promise<void> {
  const table = tableOf(place, name);
  if (damage.how === 'drop') {
    await session.query(`DROP TABLE ${table}`);
    return;
  }
  const [key, number] = ['_file_key', '_row'].map((column) =>
    quote(storedName(place.identifiers, column)),
  );
  const which = `WHERE ${key} = ${literal(damage.id)} AND ${number} = ${damage.row}`;
  if (damage.how === 'delete') {
    await session.query(`DELETE FROM ${table} ${which}`);
    return;
  }
  const columns = await columnsOf(session, place, name);
  if (damage.how === 'copy') {
    const cells = columns.map(({ stored }) => quote(stored));
    const copied = cells.map((cell) => (cell === number ? String(damage.as) : cell));
    await session.query(
      `INSERT INTO ${table} (${cells.join(', ')}) SELECT ${copied.join(', ')} FROM ${table} ${which}`,
    );
    return;
  }
  const stored = storedName(place.identifiers, damage.column);
  const type = columns.find((column) => column.stored === stored)?.type ?? 'VARCHAR';
  await session.query(
    `UPDATE ${table} SET ${quote(stored)} = ${asColumn(damage.value, type)} ${which}`,
  );
}

/** The server makes of the text what the column is. */
function asColumn(text: string | null, type: string): string {
  if (text === null) return 'NULL';
  if (type.startsWith('VARIANT')) return `PARSE_JSON(${literal(text)})`;
  if (type.startsWith('TIMESTAMP_NTZ')) return `${literal(text.replace('Z', ''))}::${type}`;
  if (type.startsWith('TIMESTAMP_TZ')) return `${literal(text.replace('Z', '+00:00'))}::${type}`;
  return `${literal(text)}::${type}`;
}
