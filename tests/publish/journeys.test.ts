import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { codeBlocks } from '../docs/markdown.ts';
import { packAll, type Tarballs } from './pack.ts';
import { ROOT } from './packages.ts';
import { shell, strangersEnvironment, succeed } from './shell.ts';

const OFFICIAL = 'npm install @tdp-sync/sink-duckdb';

let tarballs: Tarballs;
let machine: string;
let project: string;
let emulator: ChildProcess | undefined;

/** What a user would do with `npm install <names>`, were the packages on npm. */
async function install(...names: readonly string[]): Promise<void> {
  const files = names.map((name) => tarballs.of(name)).join(' ');
  await succeed(`npm install --prefer-offline --no-audit --no-fund ${files}`, project);
}

/** Writes the config with another sink. */
async function useSink(sink: Readonly<Record<string, string>>): Promise<void> {
  const file = join(project, 'tdp-sync.yaml');
  const config = parse(await readFile(file, 'utf8'));
  await writeFile(file, stringify({ ...config, sink }));
}

/** Starts the emulator as its README says, and resolves to the address it tells. */
async function startEmulator(): Promise<string> {
  emulator = spawn(
    'npx',
    ['tdp-emulator', '--json', '--no-demo', '--files', '60', '--auth-file', '../auth.json'],
    {
      cwd: project,
      env: strangersEnvironment(),
      stdio: ['ignore', 'pipe', 'inherit'],
      // A group of its own, so that npx and what it started end together.
      detached: true,
    },
  );
  if (emulator.stdout === null) throw new Error('the emulator has no output');
  for await (const line of createInterface(emulator.stdout)) return JSON.parse(line).url;
  throw new Error('the emulator ended without a word');
}

// One empty machine for all journeys, in the order of the docs: the cost is in the installations.
beforeAll(async () => {
  tarballs = await packAll();
  machine = await mkdtemp(join(tmpdir(), 'tdp-sync-machine-'));
  project = join(machine, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  await install(
    'tdp-sync',
    '@tdp-sync/core',
    '@tdp-sync/queue',
    '@tdp-sync/sink',
    '@tdp-sync/emulator',
  );
  const url = await startEmulator();
  await succeed(`npx tdp-sync init --url ${url} --sync lab`, project);
}, 180_000);

afterAll(async () => {
  if (emulator?.pid !== undefined) process.kill(-emulator.pid, 'SIGTERM');
  await rm(machine, { recursive: true, force: true });
  await tarballs[Symbol.asyncDispose]();
});

describe('a user', () => {
  it('who has the command only is told what to install', async () => {
    await writeFile(join(project, '.env'), await environmentFile());
    const { code, output } = await shell('npx tdp-sync run', project);
    expect(output).toContain(OFFICIAL);
    expect(code).toBe(2);
  });

  it('who has installed the adapter fills a database; a second run fetches nothing', async () => {
    await install('@tdp-sync/sink-duckdb');
    for (const command of ['check', 'preview']) await succeed(`npx tdp-sync ${command}`, project);
    expect(await succeed('npx tdp-sync run', project)).toMatch(/lab: 60 files brought up to date/);
    expect(await succeed('npx tdp-sync run', project)).toMatch(/lab: nothing new/);
    await succeed('npx tdp-sync verify', project);
  });
});

describe('whoever uses a sink of somebody else', () => {
  it('names its package', async () => {
    await install('tdp-sync-sink-json');
    await useSink({ type: 'tdp-sync-sink-json', path: './lab.json' });
    expect(await succeed('npx tdp-sync run', project)).toMatch(/lab: 60 files brought up to date/);
    expect(Object.keys(JSON.parse(await text('lab.json')).ledgers.lab).length).toBe(60);
    expect(await succeed('npx tdp-sync run', project)).toMatch(/lab: nothing new/);
  });

  it('can try it against the contract', async () => {
    expect(await succeed('npx tdp-sync conformance', project)).toMatch(/(\d+) of \1 cases passed/);
  });
});

describe('whoever writes a sink', () => {
  const mine = () => join(machine, 'my-sink');

  it('copies the template by the documented commands, and it passes the suite', async () => {
    const doc = await readFile(join(ROOT, 'docs/write-a-sink.md'), 'utf8');
    const [copy] = codeBlocks(doc).filter(({ language }) => language === 'sh');
    if (copy === undefined) throw new Error('docs/write-a-sink.md has no commands');
    expect(copy.text).toContain('cp -r examples/sink-json ../my-sink');
    const lines = copy.text.replaceAll('../my-sink', mine());
    const output = await succeed(`set -e\n${lines}`, ROOT);
    expect(output).toMatch(/Tests .*\d{3} passed/);
    expect(output).not.toMatch(/failed|skipped/);
    expect(JSON.parse(await readFile(join(mine(), 'package.json'), 'utf8')).name).toBe('my-sink');
  });

  it.each([
    ["the package's folder", '../my-sink'],
    ['a module, in TypeScript too', '../my-sink/src/index.ts'],
  ])('names it by path: %s', async (_what, type) => {
    await useSink({ type, path: './mine.json' });
    await rm(join(project, 'mine.json'), { force: true });
    expect(await succeed('npx tdp-sync run', project)).toMatch(/lab: 60 files brought up to date/);
    expect(await succeed('npx tdp-sync conformance', project)).toMatch(/(\d+) of \1 cases passed/);
  });
});

async function text(name: string): Promise<string> {
  return await readFile(join(project, name), 'utf8');
}

/** The `.env` that `init` asks the user to make of `.env.example`. */
async function environmentFile(): Promise<string> {
  const { auth_token: token, org } = JSON.parse(await text('../auth.json'));
  const example = await text('.env.example');
  return example
    .replace('TS_AUTH_TOKEN=', `TS_AUTH_TOKEN=${token}`)
    .replace('ORG_SLUG=', `ORG_SLUG=${org}`);
}
