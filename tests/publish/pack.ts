import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Package, packed, ROOT, tarballName } from './packages.ts';
import { succeed } from './shell.ts';

/** All packages as npm would publish them. */
export interface Tarballs extends AsyncDisposable {
  readonly folder: string;
  /** Path of the tarball of a package. */
  readonly of: (name: string) => string;
}

/** Packs every package of the workspace into a new folder. */
export async function packAll(): Promise<Tarballs> {
  const folder = await mkdtemp(join(tmpdir(), 'tdp-sync-tarballs-'));
  const which = packed.map(({ dir }) => `-w ${dir}`).join(' ');
  // What is built is packed, and nothing is built meanwhile: others read the same output.
  await succeed(`npm pack --silent --ignore-scripts --pack-destination ${folder} ${which}`, ROOT);
  return {
    folder,
    of: (name) => join(folder, tarballName(byName(name).manifest)),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

function byName(name: string): Package {
  const found = packed.find(({ manifest }) => manifest.name === name);
  if (found === undefined) throw new Error(`there is no package ${name}`);
  return found;
}
