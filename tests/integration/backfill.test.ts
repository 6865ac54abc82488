import { afterEach, beforeEach, expect, it } from 'vitest';
import { configText, differences, type World, world } from './world.ts';

let w: World;
beforeEach(async () => {
  w = await world();
});
afterEach(async () => {
  await w[Symbol.asyncDispose]();
});

function put(path: string, at: string): void {
  const indexedAt = Date.parse(at);
  w.tdp.lake.put({ path, content: '{}', category: 'IDS', createdAt: indexedAt, indexedAt });
}

const PATHS = 'SELECT file_path FROM docs_files ORDER BY file_path';

it('run --from --to brings in the files of that stretch, says which it was, and leaves the position where it is', async () => {
  put('/a.json', '2023-12-31T23:59:59.999Z');
  put('/b.json', '2024-01-01T00:00:00Z');
  put('/c.json', '2024-06-30T23:59:59.999Z');
  put('/d.json', '2024-07-01T00:00:00Z');
  const { code, stdout, stderr } = await w.cli([
    ...['run', '--from', '2024-01', '--to', '2024-07', '--sync', 'docs'],
  ]);
  const stretch = 'from 2024-01-01 00:00:00 UTC on and before 2024-07-01 00:00:00 UTC';
  expect(code).toBe(0);
  expect(stderr).toContain(`Only files that TDP has indexed ${stretch}.`);
  expect(stdout).toContain(`docs: 2 files indexed ${stretch}, all looked at`);
  expect(stdout).toMatch(/position +none yet: "tdp-sync run" brings in the rest/);
  expect(await w.sql(PATHS)).toEqual([{ file_path: '/b.json' }, { file_path: '/c.json' }]);
  expect(await w.sql('SELECT kind, loaded FROM docs_runs')).toEqual([
    { kind: 'backfill', loaded: '2' },
  ]);
  expect((await w.cli(['run'])).stdout).toMatch(/loaded +2 /);
  expect(await differences(w)).toEqual([]);
  const again = await w.cli(['run', '--to', '2024-07', '--json']);
  expect(JSON.parse(again.stdout).results).toMatchObject([
    { files: 3, loaded: 0, known: 3, window: { to: '2024-07-01T00:00:00.000Z' } },
  ]);
});

it('a stretch that has not come yet, or not settled, is called by its name', async () => {
  put('/a.json', '2024-01-01T00:00:00Z');
  expect((await w.cli(['run', '--from', '2999'])).stdout).toContain(
    'docs: nothing to look at: 2999-01-01 00:00:00 UTC is in the future\n',
  );
  const justNow = new Date(Math.floor(Date.now() / 1000) * 1000 - 2000).toISOString();
  expect((await w.cli(['run', '--from', justNow])).stdout).toMatch(
    /nothing to look at: what was indexed from .* UTC on has not settled yet, and is for the next run/,
  );
});

it.each([
  [['--from', '2024-07', '--to', '2024-07'], '', '--to (2024-07-01 00:00:00 UTC) must be later'],
  [['--from', '2024-02-30'], '', 'It must be a year, month, day or time in UTC'],
  [['--from', '2023'], 'since: 2024-01-01', '"docs" is about files indexed from 2024-01-01'],
  [['--to', '2023'], 'since: 2024-01-01', '"docs" is about files indexed from 2024-01-01'],
])('run %j with %j is refused', async (stretch, sync, message) => {
  await w.config(configText(`content: ids\n    ${sync}`));
  const { code, stderr } = await w.cli(['run', ...stretch]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});
