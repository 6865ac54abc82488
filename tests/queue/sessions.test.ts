import { expect, test } from 'vitest';
import { configSchema } from '../../packages/queue-postgres/src/config.ts';
import { Database } from '../../packages/queue-postgres/src/database.ts';
import { readSettings } from '../../packages/queue-postgres/src/settings.ts';
import {
  canStart,
  createDatabase,
  ownServer,
  title,
} from '../../packages/sink-postgres/test/server.ts';

const SETTINGS = {
  search_path: 'pg_catalog',
  standard_conforming_strings: 'on',
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  extra_float_digits: '1',
  default_transaction_isolation: 'read committed',
  client_encoding: 'UTF8',
  synchronous_commit: 'on',
};

test.skipIf(!canStart)(
  title('sessions are what the queue counts on, whatever somebody has set', canStart),
  async () => {
    await using server = await ownServer();
    await createDatabase(server, 'lab');
    const url = server.url('lab');
    const { client } = await readSettings(configSchema.parse({ url }), process.cwd());
    const database = new Database(client);
    const names = Object.keys(SETTINGS);
    const statement = 'SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name';
    const { rows } = await database.executeSql(statement, [names]);
    expect(Object.fromEntries(rows.map(({ name, value }) => [name, value]))).toEqual(SETTINGS);
    await database.close(1_000);
  },
);
