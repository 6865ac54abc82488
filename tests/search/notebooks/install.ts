import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PACKAGES = ['requests==2.32.5', 'aiohttp==3.13.2'];
const NAME = 'notebooks-1';
const RECENT = 'import sys; sys.exit(sys.version_info < (3, 9))';
const run = promisify(execFile);

/** A Python with what notebooks use, or why there is none. */
export type Found =
  | { readonly python: string; readonly reason?: undefined }
  | { readonly python?: undefined; readonly reason: string };

/** The environment in the cache folder, made now where Python 3.9 or later is: once, in a few seconds. */
export async function findPython(log: (line: string) => void): Promise<Found> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'tdp-sync', NAME);
  const python = join(folder, 'bin', 'python');
  if (await works(access(python))) return { python };
  if (!(await works(run('python3', ['-c', RECENT]))))
    return { reason: 'install Python 3.9 or later' };
  log(`Installing requests and aiohttp into ${folder}, once.`);
  try {
    await make(folder);
    return { python };
  } catch (error) {
    return { reason: `requests and aiohttp cannot be installed: ${String(error).split('\n')[0]}` };
  }
}

/** Made under another name, so that one that is half made is never taken for whole. Of two at once the first stays. */
async function make(folder: string): Promise<void> {
  await mkdir(join(folder, '..'), { recursive: true });
  const made = await mkdtemp(`${folder}.`);
  try {
    await run('python3', ['-m', 'venv', made]);
    await run(join(made, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...PACKAGES]);
    await rename(made, folder).catch(async (error: unknown) => {
      if (!(await works(access(folder)))) throw error;
    });
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

function works(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}
