import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { roomOf, violations } from './check.ts';
import { packagesIn } from './files.ts';
import { measure } from './report.ts';
import { ALL, TABLE } from './table.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A small house in which all is where it should be. */
const HOUSE: Readonly<Record<string, string>> = {
  'package.json': '{ "workspaces": ["packages/*", "apps/*"] }',
  'packages/sink/package.json': '{ "name": "@tdp-sync/sink" }',
  'packages/sink/src/index.ts': '',
  'packages/sink-duckdb/package.json': '{ "name": "@tdp-sync/sink-duckdb" }',
  'packages/sink-duckdb/src/index.ts': "import '@tdp-sync/sink';",
  'packages/core/package.json': '{ "name": "@tdp-sync/core" }',
  'packages/core/src/index.ts': "export * from './verify/verify.ts';",
  'packages/core/src/verify/verify.ts': "import '../sync/sync.ts';\nimport './look.ts';",
  'packages/core/src/verify/look.ts': "import type { Fault } from '../errors.ts';",
  'packages/core/src/sync/sync.ts': "import '@tdp-sync/sink/memory';\nimport 'undici';",
  'packages/core/src/errors.ts': "export type Fault = 'a text of ../verify/verify.ts';",
  'packages/core/test/verify/verify.test.ts': "import '../../src/verify/verify.ts';",
  'packages/core/dist/errors.js': "import '@tdp-sync/sink-duckdb';",
  'apps/cli/package.json': '{ "name": "tdp-sync" }',
  'apps/cli/src/sinks.ts':
    "import('@tdp-sync/core');\nexport const names = ['@tdp-sync/sink-duckdb'];",
};

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tdp-sync-rooms-'));
  await plant(HOUSE);
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

async function plant(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

const found = (): readonly string[] => violations(packagesIn(root), TABLE);

describe('the check of rooms', () => {
  it('finds nothing where all is in order', () => {
    expect(found()).toEqual([]);
  });

  const UP = 'but sync may import only tables, position, transform, source, ground, not verify';
  it.each([
    ['of values', "import { verify } from '../verify/verify.ts';"],
    ['of a type', "import type { Verify } from '../verify/verify.ts';"],
    ['of a type among values', "import { type Verify } from '../verify/verify.ts';"],
    ['passed on', "export { verify } from '../verify/verify.ts';"],
    ['of a type, passed on', "export type { Verify } from '../verify/verify.ts';"],
    ['of all, passed on', "export * from '../verify/verify.ts';"],
    ['at run time', "export const late = () => import('../verify/verify.ts');"],
  ])('names a room that reaches up by an import %s', async (_kind, line) => {
    await plant({ 'packages/core/src/sync/work.ts': `import 'undici';\n\n${line}\n` });
    expect(found()).toEqual([
      `packages/core/src/sync/work.ts:3: imports '../verify/verify.ts', ${UP}`,
    ]);
  });

  const ONLY = 'but this package may import of this repository';
  const TAKEN = "import type { Task } from '../../core/src/sync/sync.ts';";
  it.each([
    [
      'ground that reaches into a room',
      'packages/core/src/clock.ts',
      "import './sync/sync.ts';",
      "imports './sync/sync.ts', but ground may import nothing, not sync",
    ],
    [
      'a sink that core names',
      'packages/core/src/sync/run.ts',
      "import type { Sink } from '@tdp-sync/sink-duckdb';",
      `imports '@tdp-sync/sink-duckdb', ${ONLY} only @tdp-sync/sink`,
    ],
    [
      'a sink that core names in the midst of a type',
      'packages/core/src/sync/run.ts',
      "export type Sink = import('@tdp-sync/sink-duckdb/conformance').Sink;",
      `imports '@tdp-sync/sink-duckdb/conformance', ${ONLY} only @tdp-sync/sink`,
    ],
    [
      'a sink that reaches into core',
      'packages/sink-duckdb/src/load.ts',
      "import '@tdp-sync/core';",
      `imports '@tdp-sync/core', ${ONLY} only @tdp-sync/sink`,
    ],
    [
      'a test of the contract that reaches into another package',
      'packages/sink/test/load.test.ts',
      "import 'tdp-sync';",
      `imports 'tdp-sync', ${ONLY} nothing`,
    ],
    [
      'a relative import that leaves its package',
      'packages/sink-duckdb/test/load.ts',
      TAKEN,
      "imports '../../core/src/sync/sync.ts', but no relative import leaves its package",
    ],
    [
      'a source that imports a test',
      'packages/core/src/sync/run.ts',
      "import '../../test/verify/verify.test.ts';",
      "imports '../../test/verify/verify.test.ts', but src imports nothing that lies beside it",
    ],
    [
      'a type that the rule against circles does not see',
      'packages/core/src/verify/judge.ts',
      "export type Look = import('./look.ts').Look;",
      "imports './look.ts', but a type of this package is had by 'import type'",
    ],
  ])('names %s', async (_what, path, line, message) => {
    await plant({ [path]: line });
    expect(found()).toEqual([`${path}:1: ${message}`]);
  });

  it('asks for a place in the table for a new folder and a new package', async () => {
    await plant({
      'packages/core/src/attic/box.ts': '',
      'packages/lake/package.json': '{ "name": "@tdp-sync/lake" }',
      'packages/lake/src/index.ts': '',
    });
    expect(found()).toEqual([
      'packages/core/src/attic/box.ts: its room attic is not in tests/rooms/table.ts',
      'packages/lake: is not in tests/rooms/table.ts',
    ]);
  });

  it('counts what lies directly in src, the longest chain and who imports whom', () => {
    const core = packagesIn(root).find(({ name }) => name === '@tdp-sync/core');
    expect(core && measure(core)).toEqual({ rooms: 4, floors: 3, arrows: 3 });
  });

  it('counts where there is a circle, too', async () => {
    await plant({ 'packages/core/src/sync/work.ts': "import '../verify/verify.ts';" });
    const core = packagesIn(root).find(({ name }) => name === '@tdp-sync/core');
    expect(core && measure(core)).toMatchObject({ rooms: 4, arrows: 4 });
  });

  it('ends in red', async () => {
    await plant({ 'packages/core/src/clock.ts': "import './sync/sync.ts';" });
    await expect(node(join(ROOT, 'tests/rooms/main.ts'))).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('packages/core/src/clock.ts:1: imports'),
    });
  });
});

it('has no row and no room in its table that nobody lives in', () => {
  const packages = packagesIn(ROOT);
  expect(packages.map(({ folder }) => folder)).toEqual(Object.keys(TABLE).sort());
  for (const { folder, files } of packages) {
    const { rooms = {} } = TABLE[folder] ?? {};
    const lived = new Set([...files.keys()].map((file) => roomOf(file, rooms)));
    expect(Object.keys(rooms).filter((room) => !lived.has(room))).toEqual([]);
  }
});

it.each(Object.entries(TABLE))(
  'no room of %s may import one above it',
  (_folder, { rooms = {} }) => {
    const names = Object.keys(rooms);
    const up = Object.entries(rooms).filter(([room, allowed]) =>
      allowed.some((other) => other !== ALL && names.indexOf(other) <= names.indexOf(room)),
    );
    expect(up).toEqual([]);
    expect(Object.values(rooms).slice(1).flat()).not.toContain(ALL);
  },
);

it.each([
  ['of types', "import type { B } from './b.ts';\nexport type A = B;"],
  ['of a type, passed on', "export type { B } from './b.ts';\nexport type A = 1;"],
  ['of all, passed on', "export * from './b.ts';\nexport type A = 1;"],
  ['at run time', "export type A = 1;\nexport const late = () => import('./b.ts');"],
])('Biome names a circle that is closed by an import %s', async (_kind, text) => {
  await plant({
    'biome.json': JSON.stringify({ extends: [join(ROOT, 'biome.json')], vcs: { enabled: false } }),
    'packages/core/src/sync/a.ts': text,
    'packages/core/src/sync/b.ts': "import type { A } from './a.ts';\nexport type B = A;",
  });
  const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
  const { stderr } = await node(biome, 'lint').catch((error: { readonly stderr: string }) => error);
  expect(stderr).toContain('This import resolves to packages/core/src/sync/a.ts');
});

function node(...args: string[]): Promise<{ readonly stderr: string }> {
  return promisify(execFile)(process.execPath, args, { cwd: root });
}
