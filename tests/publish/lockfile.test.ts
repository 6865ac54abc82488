import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './packages.ts';

/** What package-lock.json says of one package. */
interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock: Readonly<Record<string, Locked>> = JSON.parse(
  await readFile(join(ROOT, 'package-lock.json'), 'utf8'),
).packages;
const entries = Object.entries(lock);

/** Looks for a package where Node would from a folder: in its own node_modules, then further up. */
function locked(name: string, from: string): Locked | undefined {
  const folders = from.split('/');
  for (let depth = folders.length; depth >= 0; depth -= 1) {
    const found = lock[[...folders.slice(0, depth), 'node_modules', name].join('/')];
    if (found !== undefined) return found;
  }
  return undefined;
}

// npm locks what it could fetch on the machine where the lock was made, and leaves out the rest without a word. `npm ci` then goes
// through on a Mac, and the database's binding is not there.
it('names all that a locked package needs, for every platform', () => {
  const needed = entries.flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.entries({ ...dependencies, ...optionalDependencies }).map(([name, range]) => ({
      by: path === '' ? 'this repository' : path,
      path,
      name,
      range,
    })),
  );
  const missing = needed.filter(({ name, path }) => locked(name, path) === undefined);
  expect(missing.map(({ by, name, range }) => `${name}@${range}, of ${by}`)).toEqual([]);
  const platforms = needed.filter(({ name, path }) => locked(name, path)?.cpu !== undefined);
  expect(platforms.length).toBeGreaterThan(50);
});

it('names the version of a platform that its package asks for, with its checksum, as one that may be left out', () => {
  for (const [path, { optionalDependencies = {} }] of entries)
    for (const [name, range] of Object.entries(optionalDependencies)) {
      const found = locked(name, path);
      if (found?.os === undefined && found?.cpu === undefined) continue;
      expect(found, `${name}, of ${path}`).toMatchObject({
        integrity: expect.stringMatching(/^sha512-/),
        optional: true,
      });
      // Ranges are of what is no binary of the same release.
      if (/^\d/.test(range)) expect(found.version, `${name}, of ${path}`).toBe(range);
    }
});

it('names no host to download from: that is the choice of who installs', () => {
  const hosts = entries.filter(([, { resolved, link }]) => resolved !== undefined && link !== true);
  expect(hosts.map(([path, { resolved }]) => `${path}: ${resolved}`)).toEqual([]);
});
