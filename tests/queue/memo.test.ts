import { expect, test } from 'vitest';
import { configSchema } from '../../packages/queue-postgres/src/config.ts';
import { Database } from '../../packages/queue-postgres/src/database.ts';
import { Memo } from '../../packages/queue-postgres/src/memo.ts';
import { readSettings } from '../../packages/queue-postgres/src/settings.ts';
import { canStart, ownServer, title } from '../../packages/sink-postgres/test/server.ts';
import { sql } from './lab.ts';

test.skipIf(!canStart)(
  title('the memo forgets what nobody needs any more, of its own queue', canStart),
  async () => {
    await using server = await ownServer();
    const url = server.url('postgres');
    await sql(url, 'CREATE SCHEMA memo');
    const { client } = await readSettings(configSchema.parse({ url }), process.cwd());
    const database = new Database(client);
    const [memo, other] = [new Memo('memo', 'lab'), new Memo('memo', 'other')];
    await memo.prepare(database);
    for (const one of [memo, other]) {
      await one.look(database, 'gone', null);
      await one.note(database, 'note', 1);
      for (const id of ['still there', 'removed']) await one.taken(database, 'gone', id);
    }
    await sql(url, "UPDATE memo.tdp_sync_memo SET last_on = now() - interval '6 minutes'");
    await memo.taken(database, 'here', 'just now');
    await memo.tidy(database, ['still there']);
    const seen = await memo.look(database, 'here', 'hello');
    expect([...seen.takings.keys()].sort()).toEqual(['just now', 'still there']);
    expect(await memo.takenBy(database, 'here')).toEqual(['just now']);
    const names = async (queue: string) =>
      (await sql(url, `SELECT name FROM memo.tdp_sync_memo WHERE queue = '${queue}'`)).map(
        ({ name }) => name,
      );
    expect(await names('lab')).toContain('gone');
    await sql(url, "UPDATE memo.tdp_sync_memo SET last_on = now() - interval '2 days'");
    await memo.look(database, 'here', 'still here');
    await memo.tidy(database, []);
    expect((await names('lab')).sort()).toEqual(['here', 'note']);
    expect((await names('other')).sort()).toEqual(['gone', 'note', 'removed', 'still there']);
    await database.close(1_000);
  },
);
