import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Import, importsOf } from './imports.ts';

/** A package of a repository, and what each of its files imports. */
export interface Package {
  /** Where it lies: `packages/core`. */
  readonly folder: string;
  readonly name: string;
  /** By the path from the package's folder. */
  readonly files: ReadonlyMap<string, readonly Import[]>;
}

/** The packages of a repository, as its own `package.json` says where they are. */
export function packagesIn(root: string): readonly Package[] {
  const { workspaces } = manifest<{ readonly workspaces: readonly string[] }>(root);
  return globSync(
    workspaces.map((folder) => `${folder}/package.json`),
    { cwd: root },
  )
    .map(dirname)
    .sort()
    .map((folder) => ({
      folder,
      name: manifest<{ readonly name: string }>(join(root, folder)).name,
      files: filesIn(join(root, folder)),
    }));
}

function filesIn(folder: string): ReadonlyMap<string, readonly Import[]> {
  const exclude = (path: string): boolean => /(^|\/)(node_modules|dist)$/.test(path);
  const paths = globSync('**/*.{ts,mts,js,mjs}', { cwd: folder, exclude }).sort();
  return new Map(paths.map((path) => [path, importsOf(join(folder, path))]));
}

function manifest<Fields>(folder: string): Fields {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Fields;
}
