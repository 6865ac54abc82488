import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What stands in for Snowflake (https://pypi.org/project/fakesnow), and with it sqlglot, which parses its SQL. */
const PACKAGES = ['fakesnow[server]==0.12.1', 'snowflake-connector-python<5'];
const NAME = 'fakesnow-0.12.1';
/** Names a Python whose packages hold fakesnow. */
const VARIABLE = 'TDP_SYNC_TEST_FAKESNOW_PYTHON';
const PYTHONS = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
const RECENT = 'import sys; sys.exit(sys.version_info < (3, 10))';
const run = promisify(execFile);

/** A Python that has fakesnow, or why there is none. */
export type Found =
  | { readonly python: string; readonly reason?: undefined }
  | { readonly python?: undefined; readonly reason: string };

/** The environment in the cache, made now where Python 3.10 or later is: once, in half a minute. */
export async function findPython(log: (line: string) => void): Promise<Found> {
  const named = process.env[VARIABLE];
  if (named !== undefined && named !== '') return { python: named };
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'tdp-sync', NAME);
  if (await isThere(pythonIn(folder))) return { python: pythonIn(folder) };
  const base = await recentPython();
  if (base === undefined) return { reason: `install Python 3.10 or later, or set ${VARIABLE}` };
  log(`Installing fakesnow into ${folder}, once.`);
  try {
    await make(base, folder);
    return { python: pythonIn(folder) };
  } catch (error) {
    return { reason: `fakesnow cannot be installed: ${String(error).split('\n')[0]}` };
  }
}

/** Made under another name, so that one that is half made is never taken for whole. */
async function make(base: string, folder: string): Promise<void> {
  await mkdir(join(folder, '..'), { recursive: true });
  const made = await mkdtemp(`${folder}.`);
  try {
    await run(base, ['-m', 'venv', made]);
    await run(pythonIn(made), ['-m', 'pip', 'install', '--quiet', ...PACKAGES]);
    // Programs in it have the path of before; nobody calls them. Of two that are made at once the first stays.
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
