import { afterEach, beforeEach, expect, it } from 'vitest';
import { configText, type World, world } from './world.ts';

let w: World;
beforeEach(async () => {
  w = await world();
  for (const [at, path] of ['/lab/x/a.json', '/lab/x/b.json', '/lab/y/c.json'].entries()) {
    const indexedAt = Date.now() - (3 - at) * 3_600_000;
    const content = JSON.stringify({ at });
    w.tdp.lake.put({ path, content, category: 'IDS', createdAt: indexedAt, indexedAt });
  }
  await w.cli(['run']);
});
afterEach(async () => {
  await w[Symbol.asyncDispose]();
});

/** The files that a reload names, all of which it must have retrieved. */
async function reloaded(args: readonly string[]): Promise<readonly string[]> {
  const before = w.tdp.stats.retrieves;
  const { code, stderr } = await w.cli(['reload', 'docs', ...args]);
  const named = stderr.match(/(?<=^ {2})\/lab.*$/gm) ?? [];
  expect([code, w.tdp.stats.retrieves - before]).toEqual([0, named.length]);
  return named.sort();
}

it('reload --where loads the files anew that the condition means, says which, and no others', async () => {
  const before = w.tdp.stats.retrieves;
  const { code, stdout, stderr } = await w.cli([
    ...['reload', 'docs', '--where', `file_path LIKE '%/x/%' AND status = 'loaded'`],
  ]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/2 files of "docs":\n {2}\/lab\/x\/.\.json\n {2}\/lab\/x\/.\.json/);
  expect(stdout).toMatch(/docs: 2 of 2 files loaded anew/);
  expect(w.tdp.stats.retrieves - before).toBe(2);
  expect(await w.sql('SELECT kind, loaded FROM docs_runs ORDER BY ended_at DESC LIMIT 1')).toEqual([
    { kind: 'reload', loaded: '2' },
  ]);
  expect((await w.cli(['verify'])).code).toBe(0);
});

it('files are chosen by path and by fileId, too, and each choice narrows the others', async () => {
  const [{ file_id: id } = {}] = await w.sql(
    `SELECT file_id FROM docs_files WHERE file_path = '/lab/x/b.json'`,
  );
  expect(await reloaded(['--path', '/lab/x/*'])).toEqual(['/lab/x/a.json', '/lab/x/b.json']);
  expect(await reloaded(['--path', '/lab/x/a.json', '/lab/y/*'])).toEqual([
    '/lab/x/a.json',
    '/lab/y/c.json',
  ]);
  expect(await reloaded(['--file-id', String(id)])).toEqual(['/lab/x/b.json']);
  expect(await reloaded(['--file-id', String(id), '--path', '/lab/y/*'])).toEqual([]);
});

it('rows that somebody has changed are those of TDP again', async () => {
  await w.config(configText('content: ids\n    history: true'));
  await w.cli(['run']);
  expect(await reloaded(['--where', `size > 0 AND indexed_at < '2100'`])).toHaveLength(3);
  expect(await w.sql('SELECT DISTINCT change FROM docs_history')).toEqual([{ change: 'known' }]);
});

it('a version that TDP does not show any more is told', async () => {
  w.tdp.lake.put({ path: '/lab/x/a.json', content: '{"at":9}', category: 'IDS' });
  const { code, stdout } = await w.cli(['reload', 'docs', '--path', '/lab/*', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout).results).toMatchObject([{ chosen: 3, loaded: 2, notShown: 1 }]);
});

it('a path or fileId that means no file is told, also where no file is meant at all', async () => {
  const some = ['reload', 'docs', '--path', '/lab/y/*', 'nosuch', '/lab/z/*'];
  const person = await w.cli(some);
  expect(person.stderr).toMatch(
    /No file is meant by:\n {2}--path nosuch\n {2}--path \/lab\/z\/\*\n/,
  );
  const { results } = JSON.parse((await w.cli([...some, '--json'])).stdout);
  expect(results).toMatchObject([{ chosen: 1, notFound: ['--path nosuch', '--path /lab/z/*'] }]);
  const none = await w.cli(['reload', 'docs', '--file-id', 'wrong', '--json']);
  expect(none.code).toBe(0);
  expect(JSON.parse(none.stdout)).toMatchObject({
    command: 'reload',
    results: [{ sync: 'docs', outcome: 'complete', chosen: 0, notFound: ['--file-id wrong'] }],
  });
});

it('many are only loaded by who says so', async () => {
  w.addFiles(101);
  await w.cli(['run']);
  const asked = await w.cli(['reload', 'docs', '--where', `status = 'loaded'`]);
  expect([asked.code, asked.stderr]).toEqual([
    2,
    expect.stringMatching(/and 99 more\n(?:.*\n)*.*104 files would be retrieved again. Add --yes/),
  ]);
  const done = await w.cli(['reload', 'docs', '--where', `status = 'loaded'`, '--yes']);
  expect([done.code, done.stdout]).toEqual([0, expect.stringMatching(/104 of 104 files/)]);
});

it.each([
  [['reload', 'docs'], 'Say which files: --where'],
  [['reload', 'docs', '--where', 'filepath = 1'], 'did you mean file_path?'],
  [['reload', 'docs', '--where', "upper(file_path) = 'X'"], 'upper(…), and there are no functions'],
  [['reload', 'docs', '--where', "file_path = lower('X')"], 'lower(…), and there are no functions'],
  [['reload', 'dogs', '--path', '*'], 'Did you mean docs?'],
])('%j is refused', async (args, message) => {
  const { code, stderr } = await w.cli(args);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});
