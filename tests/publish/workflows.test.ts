import { execFileSync } from 'node:child_process';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { manifestOf, ROOT } from './packages.ts';
import { shell } from './shell.ts';

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly 'timeout-minutes'?: number;
  readonly uses?: string;
  readonly steps?: readonly { readonly uses?: string; readonly run?: string }[];
}

interface Workflow {
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const paths = (await Array.fromAsync(glob('.github/workflows/*.yml', { cwd: ROOT }))).sort();
const hasActionlint = isThere('actionlint');

function isThere(program: string): boolean {
  try {
    execFileSync(program, ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function workflow(path: string): Promise<{ text: string; parsed: Workflow }> {
  const text = await readFile(join(ROOT, path), 'utf8');
  return { text, parsed: parse(text) };
}

it('there are the workflows that CONTRIBUTING tells of', () => {
  const names = paths.map((path) => path.replace('.github/workflows/', ''));
  expect(names).toEqual(
    expect.arrayContaining([
      'bigquery.yml',
      'ci.yml',
      'mssql.yml',
      'postgres.yml',
      'release.yml',
      'snowflake.yml',
    ]),
  );
});

describe.each(paths)('%s', (path) => {
  it('pins every action to a commit, and says which version that is', async () => {
    const { text } = await workflow(path);
    const used = [...text.matchAll(/uses: (.+)$/gm)].map(([, action = '']) => action);
    const foreign = used.filter((action) => !action.startsWith('./'));
    expect(used.length).toBeGreaterThan(0);
    expect(
      foreign.filter((action) => !/^[\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action)),
    ).toEqual([]);
  });

  it('may only read unless a job says what for', async () => {
    const { parsed } = await workflow(path);
    expect(parsed.permissions).toEqual({ contents: 'read' });
    const writing = Object.entries(parsed.jobs)
      .filter(([, { permissions = {} }]) => permissions['contents'] === 'write')
      .map(([name]) => name);
    expect(writing).toEqual(path.endsWith('/release.yml') ? ['publish'] : []);
  });

  it('ends by itself, and runs only scripts of npm that there are', async () => {
    const { parsed } = await workflow(path);
    for (const job of Object.values(parsed.jobs)) {
      if (job.uses === undefined) expect(job['timeout-minutes']).toBeGreaterThan(0);
      const runs = (job.steps ?? []).map(({ run = '' }) => run).join('\n');
      const scripts = [...runs.matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script);
      expect(Object.keys(manifestOf('.').scripts ?? {})).toEqual(expect.arrayContaining(scripts));
    }
  });
});

it('only the job that publishes can get a token of npm, after approval', async () => {
  const { parsed } = await workflow('.github/workflows/release.yml');
  const able = Object.entries(parsed.jobs).filter(
    ([, { permissions = {} }]) => permissions['id-token'] === 'write',
  );
  expect(able.map(([name, { environment }]) => [name, environment])).toEqual([['publish', 'npm']]);
});

const skipped = hasActionlint
  ? ''
  : ' (skipped: no actionlint; go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12)';

it.skipIf(!hasActionlint)(`actionlint has nothing to say${skipped}`, async () => {
  const { output } = await shell('actionlint', ROOT);
  expect(output).toBe('');
});
