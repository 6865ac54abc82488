import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packAll, type Tarballs } from './pack.ts';
import { manifestOf, packed, published, ROOT, TEMPLATE } from './packages.ts';
import { shell, succeed } from './shell.ts';

const BIN = join(ROOT, 'node_modules/.bin');
const ALWAYS = ['LICENSE', 'README.md', 'package.json'];

let tarballs: Tarballs;
beforeAll(async () => {
  tarballs = await packAll();
}, 120_000);
afterAll(() => tarballs[Symbol.asyncDispose]());

/** Unpacks a tarball, and gives its folder and the files in it. */
async function unpacked(name: string): Promise<{ folder: string; files: readonly string[] }> {
  const folder = join(tarballs.folder, basename(name));
  await mkdir(folder, { recursive: true });
  await succeed(`tar xzf ${tarballs.of(name)} --strip-components 1`, folder);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return { folder, files };
}

describe.each(packed.map(({ dir, manifest }) => ({ name: manifest.name, dir, manifest })))(
  'the tarball of $name',
  ({ name, dir, manifest }) => {
    it('holds what is declared, its licence and README, and no test', async () => {
      const { folder, files } = await unpacked(name);
      const declared = (manifest.files ?? []).filter((entry) => !entry.startsWith('!'));
      const top = new Set(files.map((file) => file.split('/')[0]));
      expect([...top].sort()).toEqual([...ALWAYS, ...declared].sort());
      expect(
        files.filter((file) => /(^|\/)test|\.test\.|tsbuildinfo|\.env|\.tgz/.test(file)),
      ).toEqual([]);
      const licence = await readFile(join(folder, 'LICENSE'), 'utf8');
      expect(licence).toBe(await readFile(join(ROOT, 'LICENSE'), 'utf8'));
    });

    it('holds the source that every source map points to', async () => {
      const { folder, files } = await unpacked(name);
      const maps = files.filter((file) => file.endsWith('.map'));
      expect(maps.length).toBeGreaterThan(0);
      for (const map of maps) {
        const { sources } = JSON.parse(await readFile(join(folder, map), 'utf8'));
        for (const source of sources) {
          const file = join(dirname(map), source);
          // A tree that is worked in holds output of sources that are gone; what CI packs must not.
          const isStale = !existsSync(join(ROOT, dir, file)) && process.env['CI'] === undefined;
          if (!isStale) expect(files, `rebuild ${dir}/dist from nothing`).toContain(file);
        }
      }
    });

    it('satisfies publint', async () => {
      const { folder } = await unpacked(name);
      const { messages } = await publint({ pkgDir: folder, strict: true, pack: false });
      const found = messages.map((message) => formatMessage(message, manifest));
      expect(found).toEqual([]);
    });

    it('has nothing that npm would correct when it publishes', async () => {
      const { folder } = await unpacked(name);
      await succeed('npm pkg fix', folder);
      expect(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))).toEqual(manifest);
    });

    it('satisfies attw: its types are found as its code is', async () => {
      // A command is run, not imported, and has no types.
      const commands = Object.values(manifest.bin ?? {});
      const without = commands.length === 0 ? '' : `--exclude-entrypoints ${commands.join(' ')}`;
      const line = `${BIN}/attw --profile esm-only --format ascii --no-emoji ${tarballs.of(name)} ${without}`;
      const { code, output } = await shell(line, tarballs.folder);
      // It names each entry that it has looked at.
      expect(`${output} exit ${code}`).toMatch(new RegExp(`"${name}[\\s\\S]* exit 0$`));
    });

    it('is described in package.json as npm and its users need it', () => {
      expect(manifest).toMatchObject({
        type: 'module',
        license: 'Apache-2.0',
        sideEffects: false,
        engines: manifestOf('.').engines,
        description: expect.stringMatching(/^.{20,}[^.]$/),
        keywords: expect.arrayContaining(['tdp-sync', 'tetrascience']),
      });
      for (const target of Object.values(manifest.exports ?? {}))
        if (typeof target !== 'string') expect(Object.keys(target)).toEqual(['types', 'default']);
      if (dir !== TEMPLATE)
        expect(manifest).toMatchObject({
          repository: {
            type: 'git',
            url: 'git+https://github.com/tdp-sync/tdp-sync.git',
            directory: dir,
          },
          publishConfig: { access: 'public', provenance: true },
        });
    });
  },
);

it('a sink has the contract as a peer, and nothing else of tdp-sync', () => {
  const sinks = packed.filter(({ manifest }) => /sink-/.test(manifest.name));
  expect(sinks.length).toBe(6);
  for (const { manifest } of sinks) {
    // What only some need is for them to install.
    const needed = Object.keys(manifest.peerDependencies ?? {}).filter(
      (name) => manifest.peerDependenciesMeta?.[name]?.optional !== true,
    );
    expect(needed).toEqual(['@tdp-sync/sink']);
    const others = Object.keys(manifest.dependencies ?? {}).filter((name) =>
      name.includes('tdp-sync'),
    );
    expect(others, manifest.name).toEqual([]);
  }
});

it('each package of ours that another needs is one that is published, in a range that takes its version', () => {
  const versions = new Map(published.map(({ manifest }) => [manifest.name, manifest.version]));
  for (const { manifest } of packed) {
    for (const [name, range] of Object.entries({
      ...manifest.dependencies,
      ...manifest.peerDependencies,
    })) {
      if (!name.includes('tdp-sync')) continue;
      const [major] = (versions.get(name) ?? 'none').split('.');
      expect(range, `${manifest.name} needs ${name}`).toMatch(new RegExp(`^\\^${major}\\.`));
    }
  }
});
