import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PACKAGES = ['dbt-core==1.11.16', 'dbt-duckdb==1.11.1'];
const NAME = 'dbt-core-1.11.16';
const PYTHONS = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
const RECENT = 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))';
const run = promisify(execFile);

/** A Python that has dbt with DuckDB, or why there is none. */
export type Found =
  | { readonly python: string; readonly reason?: undefined }
  | { readonly python?: undefined; readonly reason: string };

/** The environment in the cache, outside of the tree; made now where Python and PyPI are: once, in half a minute. */
export async function findDbt(): Promise<Found> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'tdp-sync', NAME);
  if (await isThere(pythonIn(folder))) return { python: pythonIn(folder) };
  const base = await recentPython();
  if (base === undefined) return { reason: 'install Python 3.10 to 3.13' };
  try {
    await make(base, folder);
    return { python: pythonIn(folder) };
  } catch (error) {
    return { reason: `dbt cannot be installed: ${String(error).split('\n')[0]}` };
  }
}

/** Under another name first, so that one that is half made is never taken for whole. */
async function make(base: string, folder: string): Promise<void> {
  await mkdir(join(folder, '..'), { recursive: true });
  const made = await mkdtemp(`${folder}.`);
  try {
    await run(base, ['-m', 'venv', made]);
    await run(pythonIn(made), ['-m', 'pip', 'install', '--quiet', ...PACKAGES]);
    await rename(made, folder).catch(async (error: unknown) => {
      if (!(await isThere(pythonIn(folder)))) throw error;
    });
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

async function recentPython(): Promise<string | undefined> {
  for (const python of PYTHONS) {
    const isRecent = await run(python, ['-c', RECENT]).then(
      () => true,
      () => false,
    );
    if (isRecent) return python;
  }
  return undefined;
}

function pythonIn(folder: string): string {
  return process.platform === 'win32'
    ? join(folder, 'Scripts', 'python.exe')
    : join(folder, 'bin', 'python');
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
