import { glob, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ALONE, SLOW } from '../slow.ts';
import { manifestOf, ROOT } from './packages.ts';
import { shell, succeed } from './shell.ts';

/** The test files of each project, as vitest finds them. */
const projects = new Map<string, readonly string[]>();
beforeAll(async () => {
  const listed = await succeed(
    `${join(ROOT, 'node_modules/.bin/vitest')} list --filesOnly --json 2>/dev/null`,
    ROOT,
  );
  const found = JSON.parse(listed) as readonly { file: string; projectName: string }[];
  for (const { file, projectName } of found)
    projects.set(projectName, [...(projects.get(projectName) ?? []), relative(ROOT, file)]);
});

async function filesOf(pattern: string): Promise<readonly string[]> {
  const exclude = ['**/node_modules', '**/dist', '**/.*'];
  return await Array.fromAsync(glob(pattern, { cwd: ROOT, exclude }));
}

it('every test file is run, by npm test, by what npm run test:all adds to it, or by a workflow of its own', async () => {
  expect([...projects.keys()].sort()).toEqual(['alone', 'quick', 'slow']);
  const run = [...projects.values()].flat();
  expect(run.toSorted()).toEqual((await filesOf('**/*.test.{ts,tsx,js,mjs}')).toSorted());
});

it.each([
  ['slow', SLOW],
  ['alone', ALONE],
] as const)('what is %s is there, each for one reason, and nothing else is', async (name, rows) => {
  const named: string[] = [];
  for (const pattern of rows.flatMap(({ files }) => files)) {
    const matched = await filesOf(pattern);
    expect(matched, `${pattern} in tests/slow.ts`).not.toEqual([]);
    named.push(...matched);
  }
  expect(named.toSorted()).toEqual(projects.get(name)?.toSorted());
});

describe('.ci/run', () => {
  it('counts the results that the two runs leave', async () => {
    const { test = '', 'test:all': all = '' } = manifestOf('.').scripts ?? {};
    const left = [test, all].map((script) => /--outputFile\.json=(\S+)/.exec(script)?.[1]);
    expect(all).toMatch(/^npm test && /);
    expect(await readFile(join(ROOT, '.ci/run'), 'utf8')).toContain(
      `node .ci/summary.mjs "$status" ${left.join(' ')}\n`,
    );
  });

  const passed = { success: true, numPassedTests: 5, numPendingTests: 0 };
  const skipping = { success: true, numPassedTests: 2, numPendingTests: 3, numTodoTests: 1 };
  const failing = { success: false, numPassedTests: 1, numFailedTests: 2 };
  const unloadable = { success: false, numPassedTests: 4 };

  it.each([
    ['all is well', 0, [passed, skipping], '7 passed, 0 failed, 4 skipped', 0],
    ['nothing is skipped', 0, [passed, passed], '10 passed, 0 failed', 0],
    ['the first fails', 1, [failing, passed], '6 passed, 2 failed', 1],
    ['the second fails', 1, [passed, failing], '6 passed, 2 failed', 1],
    ['a file cannot be loaded', 1, [passed, unloadable], '9 passed, 1 failed', 1],
    ['the second was not begun', 1, [passed, undefined], '5 passed, 1 failed', 1],
    ['neither was begun', 1, [undefined, undefined], '0 passed, 2 failed', 1],
    ['an error has no test', 1, [passed, passed], '10 passed, 1 failed', 1],
    ['one broke off in writing', 1, [passed, '{"success":true,'], '5 passed, 1 failed', 1],
  ] as const)('says so when %s', async (_what, status, runs, line, code) => {
    const folder = await mkdtemp(join(tmpdir(), 'tdp-sync-results-'));
    try {
      const none = { numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
      for (const [at, run] of runs.entries()) {
        const text = typeof run === 'string' ? run : JSON.stringify({ ...none, ...run });
        if (run !== undefined) await writeFile(join(folder, `${at}.json`), text);
      }
      const script = join(ROOT, '.ci/summary.mjs');
      const outcome = await shell(`node ${script} ${status} 0.json 1.json`, folder);
      expect(outcome).toEqual({ code, output: `${line}\n` });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
