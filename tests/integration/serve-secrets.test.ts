import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { serving, until } from './serving.ts';
import { world } from './world.ts';

const SECRETS = {
  CONTROL: 'control-secret-"quoted"-0123456789',
  SINK_PASSWORD: 'sink-password-4711;x',
  CONNECTION: 'Server=tcp:db,1433;User Id=sa;Password=in-the-string-99;Encrypt=true',
  PROXY: 'proxy-p%40ss-word',
};

/** A sink that says in every error everything it was told, as a careless driver would. */
const LOOSE_SINK = `
import duckdb from '@tdp-sync/sink-duckdb';
import { SinkError } from '@tdp-sync/sink';
import { existsSync } from 'node:fs';
const { '~standard': standard } = duckdb.config;
export default {
  name: 'loose', contract: 1,
  config: { '~standard': { ...standard, validate: (value) => ({ value }) } },
  open: async (config, context) => {
    if (existsSync(context.baseDir + '/fail'))
      throw new SinkError('SINK_UNAVAILABLE', 'no login with ' + JSON.stringify(config) + ' ' + process.env.HTTP_PROXY + ' ' + config.password, { retryable: true });
    if (existsSync(context.baseDir + '/crash')) throw new Error('crash with ' + config.connectionString);
    const { value } = await standard.validate({ path: './lab.duckdb' });
    return duckdb.open(value, context);
  },
};
`;

it('no secret that the config knows is in any stream, answer, metric or journal', async () => {
  await using w = await world();
  w.addFiles(3);
  const token = w.tdp.authFile().auth_token;
  await writeFile(
    join(w.dir, 'loose.mjs'),
    LOOSE_SINK.replaceAll(
      "from '@tdp",
      `from '${new URL('../../node_modules/', import.meta.url).pathname}@tdp`,
    )
      .replaceAll("sink-duckdb'", "sink-duckdb/dist/index.js'")
      .replaceAll("sync/sink'", "sync/sink/dist/index.js'"),
  );
  await w.config(`source:
  url: ${w.tdp.url}
  auth: { token: "\${TS_AUTH_TOKEN}", org: "${w.tdp.org}" }
sink:
  type: ./loose.mjs
  password: \${SINK_PASSWORD}
  connectionString: \${CONNECTION}
serve:
  listen: 127.0.0.1:0
  controlToken: \${CONTROL}
syncs:
  docs: { every: 300ms, settle: 100ms, sweep: never, verify: 500ms, filter: [ { term: { category: IDS } } ] }
`);
  const environment = {
    ...SECRETS,
    TS_AUTH_TOKEN: token,
    HTTP_PROXY: `http://user:${SECRETS.PROXY}@proxy.example:3128`,
    NO_PROXY: '127.0.0.1,localhost',
  };
  await using t = await serving(w, environment);
  const seen: string[] = [];
  const look = async (): Promise<void> => {
    for (const path of ['/status.json', '/metrics', '/readyz', '/progressz', '/'])
      seen.push((await t.get(path)).text);
  };
  await t.rest();
  expect(await t.post('/syncs/docs/run', SECRETS.CONTROL)).toBe(202);
  expect(await t.post('/syncs/docs/run', 'wrong')).toBe(401);
  await look();
  w.tdp.faults.random('any', { kind: '403' }, 1);
  await until(async () => (await t.sync()).error !== null);
  await look();
  w.tdp.faults.clear();
  w.tdp.revoke(token);
  await until(async () => (await t.sync()).error?.code === 'AUTH_REJECTED');
  await look();
  await writeFile(join(w.dir, 'fail'), '');
  await until(async () => (await t.sync()).error?.code === 'SINK_UNAVAILABLE');
  await until(async () => (await t.get('/readyz')).text.includes('no login with'));
  await look();
  t.signal('SIGHUP');
  const other = await w.cli(['run'], environment);
  const checked = await w.cli(['check'], environment);
  await rm(join(w.dir, 'fail'));
  await writeFile(join(w.dir, 'crash'), '');
  const crashed = await w.cli(['run'], environment);
  expect([other.stderr, checked.stdout, crashed.stderr].join('\n')).toContain('[redacted]');
  t.signal('SIGTERM');
  await t.ended;
  await rm(join(w.dir, 'crash'));
  const journal = JSON.stringify(await w.sql('SELECT * FROM docs_runs'));
  const everything = [
    ...seen,
    t.output(),
    journal,
    ...[other, checked, crashed].flatMap(({ stdout, stderr }) => [stdout, stderr]),
  ].join('\n');
  expect(everything).toContain('[redacted]');
  const forms = [token, ...Object.values(SECRETS), 'in-the-string-99', 'proxy-p@ss-word'];
  for (const secret of forms)
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
      expect(everything.includes(form), form).toBe(false);
});
