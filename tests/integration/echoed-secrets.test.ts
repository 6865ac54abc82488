import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Between, between } from './between.ts';
import { serveConfig, serving, until } from './serving.ts';
import { type CliResult, configText, type World, world } from './world.ts';

/** Nothing about it looks like a token. */
const TOKEN = 'q7Zp-4711.opaque.token.of-the-lab_0123456789';
const PASSWORD = 'sink pass/word "4711"+x';

let w: World;
let tdp: Between;
beforeEach(async () => {
  w = await world({ tokens: [TOKEN] });
  tdp = await between(w.tdp.url);
  const auth = { auth_token: TOKEN, org: w.tdp.org, api_url: tdp.url };
  await writeFile(join(w.dir, 'auth.json'), JSON.stringify(auth));
  w.addFiles(8);
});
afterEach(async () => {
  await tdp[Symbol.asyncDispose]();
  await w[Symbol.asyncDispose]();
});

/** How a server may say a secret again. */
function echoes(secret: string): readonly string[] {
  return [
    secret,
    JSON.stringify({ 'ts-auth-token': secret }),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(`user:${secret}`).toString('base64'),
    `${secret.slice(0, 20)}...`,
    // Whoever cuts after 500 characters cuts within it.
    'x'.repeat(485) + secret,
    secret.slice(0, 17),
  ];
}

/** No nine characters of it are left anywhere. */
function expectNone(text: string, secret: string): void {
  // It may be what was cut in its place.
  expect(text.includes('[redac'), text.slice(-1000)).toBe(true);
  for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])
    for (let at = 0; at + 9 <= form.length; at += 1)
      expect(text.includes(form.slice(at, at + 9)), form.slice(at, at + 9)).toBe(false);
}

async function inDatabase(): Promise<string> {
  const tables = ['docs_files', 'docs_runs', '_tdp_sync_state', '_tdp_sync_documents'];
  const rows = await Promise.all(
    tables.map((table) => w.sql(`SELECT * FROM ${table}`).catch(() => [])),
  );
  return JSON.stringify(rows);
}

function said(results: readonly CliResult[]): string {
  return results.map(({ stdout, stderr }) => stdout + stderr).join('\n');
}

it('a token that TDP says again is in no file’s error, no journal, no log and no page', async () => {
  let count = 0;
  const all = echoes(TOKEN);
  tdp.answer(({ url }) => {
    if (url?.includes('retrieve') !== true) return undefined;
    count += 1;
    return { status: 418, body: JSON.stringify({ message: `wrong: ${all[count % all.length]}` }) };
  });
  const failures = 'failures: { consecutive: 100, share: 1 }';
  await w.config(configText(failures));
  const results = [await w.cli(['run', '--log-level', 'trace'])];
  expect(results[0]?.code).toBe(6);
  const errors = await w.sql(`SELECT error FROM docs_files WHERE status = 'failed'`);
  expect(errors).toHaveLength(8);
  for (const { error } of errors) expect(error).toMatch(/TDP says: wrong: /);
  for (const args of [['status'], ['status', '--json'], ['preview'], ['check'], ['retry']])
    results.push(await w.cli(args));
  expectNone((await inDatabase()) + said(results), TOKEN);
  await w.config(
    serveConfig({ docs: `every: 300ms, settle: 100ms, sweep: never, verify: 300ms, ${failures}` }),
  );
  await using t = await serving(w);
  await until(async () => (await t.sync()).failing > 0);
  const served = await Promise.all(['/status.json', '/metrics'].map((path) => t.get(path)));
  expectNone(served.map(({ text }) => text).join('\n') + t.output(), TOKEN);
});

it.each([
  [400, echoes(TOKEN)],
  [403, echoes(TOKEN).slice(4)],
  [503, echoes(TOKEN).slice(6, 7)],
])('nor when a search is answered with %d', async (status, all) => {
  for (const echo of all) {
    const body = JSON.stringify({ message: `wrong: ${echo}`, more: 'said' });
    const headers = { 'retry-after': '0' };
    tdp.answer(({ url }) => (url?.includes('search') ? { status, headers, body } : undefined));
    await w.config(configText());
    const run = await w.cli(['run', '--json']);
    expect(run.stdout).toContain('TDP says: wrong: ');
    expectNone((await inDatabase()) + said([run]), TOKEN);
  }
});

it('a secret of the environment or the config that a transform or a sink throws is stored nowhere', async () => {
  await writeFile(
    join(w.dir, 'throws.mjs'),
    `let count = 0;
     export default {
       tables: { things: { a: 'string' } },
       rows: () => {
         count += 1;
         throw new Error('no login with ' + [process.env.LAB_PASSWORD, encodeURIComponent(process.env.LAB_PASSWORD), process.env.LAB_PASSWORD.slice(0, 12) + '...'][count % 3]);
       },
     };`,
  );
  const sync = 'transform: ./throws.mjs\n    failures: { consecutive: 100, share: 1 }';
  await w.config(configText(sync, '', '  tempDirectory: ./${LAB_PASSWORD}'));
  const run = await w.cli(['run', '--json'], { LAB_PASSWORD: PASSWORD });
  expect(run.code).toBe(6);
  const stored = await inDatabase();
  expect(stored).toContain('no login with [redacted]');
  expectNone(stored + said([run]), PASSWORD);
});

it('what storage says of a presigned URL is stored nowhere', async () => {
  const signed = 'X-Amz-Credential=AKIAEXAMPLE&X-Amz-Signature=5ec2e70123456789';
  tdp.answer(({ url }) => {
    if (url?.includes('retrieve') === true)
      return { status: 200, body: JSON.stringify({ url: `${tdp.url}/bucket/key?${signed}` }) };
    if (url?.includes('/bucket/') !== true) return undefined;
    return { status: 404, body: `<Error><CanonicalQuery>${signed}</CanonicalQuery></Error>` };
  });
  await w.config(configText('failures: { consecutive: 100, share: 1 }'));
  const run = await w.cli(['run', '--log-level', 'trace']);
  expect(run.code).toBe(6);
  const everything = (await inDatabase()) + said([run]);
  expect(everything).toContain('FILE_NOT_FOUND');
  for (const part of ['AKIAEXAMPLE', '5ec2e7', 'X-Amz']) expect(everything).not.toContain(part);
});
