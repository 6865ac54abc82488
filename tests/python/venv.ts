import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What is to be installed. */
export interface Wanted {
  /** Of the folder in the cache: another one when the packages change. */
  readonly name: string;
  /** For pip. */
  readonly packages: readonly string[];
  /** The last minor version of Python 3 that they are made for. Default: any later one. */
  readonly lastMinor?: number;
}

/** A Python that has what is wanted, or why there is none. */
export type Found =
  | { readonly python: string; readonly reason?: undefined }
  | { readonly python?: undefined; readonly reason: string };

const PYTHONS = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
const run = promisify(execFile);

/** An environment of Python in the cache, made now where Python 3.10 or later is: once. */
export async function venvWith({ name, packages, lastMinor }: Wanted): Promise<Found> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'tdp-sync', name);
  if (await works(access(pythonIn(folder)))) return { python: pythonIn(folder) };
  const base = await recentPython(lastMinor);
  if (base === undefined) {
    const upTo = lastMinor === undefined ? 'or later' : `to 3.${lastMinor}`;
    return { reason: `install Python 3.10 ${upTo}` };
  }
  process.stderr.write(`Installing ${packages.join(', ')} into ${folder}, once.\n`);
  try {
    await make(base, folder, packages);
    return { python: pythonIn(folder) };
  } catch (error) {
    return { reason: `pip cannot install it: ${String(error).split('\n')[0]}` };
  }
}

/** Made under another name, so that one that is half made is never taken for whole. Of two at once the first stays. */
async function make(base: string, folder: string, packages: readonly string[]): Promise<void> {
  await mkdir(join(folder, '..'), { recursive: true });
  const made = await mkdtemp(`${folder}.`);
  try {
    await run(base, ['-m', 'venv', made]);
    await run(pythonIn(made), ['-m', 'pip', 'install', '--quiet', ...packages]);
    await rename(made, folder).catch(async (error: unknown) => {
      if (!(await works(access(pythonIn(folder))))) throw error;
    });
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

async function recentPython(lastMinor = 99): Promise<string | undefined> {
  const check = `import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, ${lastMinor}))`;
  for (const python of PYTHONS) if (await works(run(python, ['-c', check]))) return python;
  return undefined;
}

function pythonIn(folder: string): string {
  return process.platform === 'win32'
    ? join(folder, 'Scripts', 'python.exe')
    : join(folder, 'bin', 'python');
}

function works(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}
