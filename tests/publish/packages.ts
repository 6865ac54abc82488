import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

/** What of a package.json these tests look at. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly engines?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

/** A package that is packed: one that goes to npm, or the template of a sink. */
export interface Package {
  /** Its folder, from the root. */
  readonly dir: string;
  readonly manifest: Manifest;
}

/** The template of a sink; packed as a stranger would, never published from here. */
export const TEMPLATE = 'examples/sink-json';

/** Reads a package.json. */
export function manifestOf(dir: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, dir, 'package.json'), 'utf8'));
}

const folders = await Array.fromAsync(glob('{packages,apps}/*/package.json', { cwd: ROOT }));

/** Every package that goes to npm. */
export const published: readonly Package[] = folders
  .sort()
  .map((path) => path.replace('/package.json', ''))
  .map((dir) => ({ dir, manifest: manifestOf(dir) }))
  .filter(({ manifest }) => manifest.private !== true);

/** Those and the template. */
export const packed: readonly Package[] = [
  ...published,
  { dir: TEMPLATE, manifest: manifestOf(TEMPLATE) },
];

/** The file that `npm pack` makes of a package. */
export function tarballName({ name, version }: Manifest): string {
  return `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
}
