import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PostgresServer } from '../../packages/sink-postgres/test/server/postgres.ts';
import {
  canStart,
  createDatabase,
  ownServer,
  title,
} from '../../packages/sink-postgres/test/server.ts';
import { type World, world } from './world.ts';

const IDS = 'lab/reading:v1.0.0';
const GOOD = 150;

function whole(more: string): string {
  return `{"@idsType":"reading","@idsNamespace":"lab",${more}}`;
}

/** Each 100 characters, which are moved out of the row: what stays of each are eighteen bytes. */
function texts(count: number): string {
  return Array.from(
    { length: count },
    (_, n) => `"t${n}":"${String(n).repeat(50).slice(0, 100)}"`,
  ).join(',');
}

describe.skipIf(!canStart)(title('into PostgreSQL', canStart), () => {
  let server: PostgresServer;
  let w: World;
  beforeAll(async () => {
    server = await ownServer();
    await createDatabase(server, 'lab');
    w = await world();
    await w.config(config(server.url('lab')));
    for (let n = 0; n < GOOD; n += 1) put(`good-${n}`, whole(`"reading":${n}`));
  });
  afterAll(async () => {
    await w[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  function config(url: string): string {
    const sink = `sink:\n  type: postgres\n  url: ${url}\n  schema: tdp\n`;
    const syncs = 'syncs:\n  docs:\n    content: ids\n  auto:\n    tables: auto\n';
    return `source:\n  auth: ./auth.json\n${sink}${syncs}`;
  }

  function put(name: string, content: string): void {
    const indexedAt = Date.now() - 2 * 3_600_000;
    w.tdp.lake.put({ path: `/${name}.json`, category: 'IDS', ids: IDS, content, indexedAt });
  }

  async function sql(statement: string): Promise<readonly unknown[]> {
    const client = new Client({ connectionString: server.url('lab') });
    await client.connect();
    try {
      return (await client.query({ text: statement, rowMode: 'array' })).rows;
    } finally {
      await client.end();
    }
  }

  describe('check writes on trial, as a role that', () => {
    /** What check says of the database. */
    async function sinkFinding(): Promise<unknown> {
      const { stdout } = await w.cli(['check', '--json']);
      const { results } = JSON.parse(stdout) as { results: { check: string }[] };
      return results.find(({ check }) => check === 'sink');
    }
    const noted =
      'SELECT count(*) FROM tdp._tdp_sync_state UNION ALL SELECT count(*) FROM tdp._tdp_sync_documents';
    const login = 'poor';

    beforeAll(async () => {
      await w.cli(['run', '--sync', 'docs']);
      await sql(`CREATE ROLE ${login} LOGIN PASSWORD 'poor'`);
      await sql('REVOKE TEMPORARY ON DATABASE lab FROM PUBLIC');
      await sql(`GRANT USAGE ON SCHEMA tdp TO ${login}`);
      await sql(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tdp TO ${login}`);
      await w.config(config(server.url('lab').replace(/\/\/[^@]*@/, `//${login}:poor@`)));
    });
    afterAll(async () => {
      await w.config(config(server.url('lab')));
      await sql(`DROP OWNED BY ${login}`);
      await sql(`DROP ROLE ${login}`);
    });

    it('may all that a run does: finds it well, and leaves nothing', async () => {
      await sql(`GRANT TEMPORARY ON DATABASE lab TO ${login}`);
      const before = await sql(noted);
      expect(await sinkFinding()).toMatchObject({ result: 'ok' });
      expect(await sql(noted)).toEqual(before);
      await sql(`REVOKE TEMPORARY ON DATABASE lab FROM ${login}`);
    });

    it('may make no temporary tables', async () => {
      expect(await sinkFinding()).toMatchObject({
        result: 'failed',
        detail: expect.stringMatching(/SINK_PERMISSION/),
      });
    });

    it.each([
      ['the ledger', '_tdp_sync_documents'],
      ['the table of files', 'docs_files'],
    ])('may not read %s', async (_what, table) => {
      await sql(`GRANT TEMPORARY ON DATABASE lab TO ${login}`);
      await sql(`REVOKE SELECT ON tdp.${table} FROM ${login}`);
      expect(await sinkFinding()).toMatchObject({
        result: 'failed',
        detail: expect.stringMatching(/SINK_PERMISSION/),
      });
      await sql(`GRANT SELECT ON tdp.${table} TO ${login}`);
    });

    it('may only read', async () => {
      await sql(`ALTER ROLE ${login} SET default_transaction_read_only = on`);
      expect(await sinkFinding()).toMatchObject({ result: 'failed' });
    });
  });

  it('a file that PostgreSQL cannot hold fails by itself, a row that is too wide is held in part as JSON, and what is there is proven', async () => {
    put('number', whole('"reading":1,"far":1e200000'));
    put('wide', whole(`"reading":1,${texts(700)}`));
    const { code, stderr, stdout } = await w.cli(['run']);
    expect(`${stdout}${stderr}`).not.toMatch(/SINK_FAILED|at .*\.js:/);
    expect(code, stderr).toBe(6);
    const failed =
      "SELECT file_path, error_code, error FROM tdp.docs_files WHERE status = 'failed'";
    expect(await sql(failed)).toEqual([
      ['/number.json', expect.any(String), expect.stringMatching(/SQLSTATE 22003/)],
    ]);
    expect(await sql(failed.replace('docs_files', 'auto_files'))).toEqual([]);
    const more = 'SELECT count(*) FROM tdp.reading_v1_root WHERE _more IS NOT NULL';
    expect(await sql(more)).toEqual([['1']]);
    const counts =
      'SELECT (SELECT count(*) FROM tdp.docs), (SELECT count(reading) FROM tdp.reading_v1_root)';
    expect(await sql(counts)).toEqual([[String(GOOD + 1), String(GOOD + 2)]]);
    const verified = await w.cli(['verify']);
    expect(verified.code, verified.stderr).toBe(7);
    // It is the one that is known to have failed.
    expect(verified.stdout.match(/^docs: 1 difference,|^ {2}failed {5}1$/gm)?.length).toBe(2);
    expect(verified.stdout).toMatch(/^auto: equal/m);
  }, 120_000);
});
