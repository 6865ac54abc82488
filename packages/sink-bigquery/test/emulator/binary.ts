import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Names a binary of the emulator. */
const VARIABLE = 'TDP_SYNC_TEST_BIGQUERY_EMULATOR';
const MODULE = 'github.com/goccy/bigquery-emulator';
const VERSION = 'v0.8.1';
const run = promisify(execFile);

/** Where the emulator is, or why there is none. */
export type Found =
  | { readonly binary: string; readonly reason?: undefined }
  | { readonly binary?: undefined; readonly reason: string };

/**
 * The emulator (github.com/goccy/bigquery-emulator): named by the environment, in the cache, on the PATH, or built now
 * where Go is installed, which takes about five minutes once.
 */
export async function findEmulator(log: (line: string) => void): Promise<Found> {
  const named = process.env[VARIABLE];
  if (named !== undefined && named !== '') return { binary: named };
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const cached = join(cache, 'tdp-sync', `bigquery-emulator-${VERSION}`);
  if (await isExecutable(cached)) return { binary: cached };
  const onPath = await inPath('bigquery-emulator');
  if (onPath !== undefined) return { binary: onPath };
  const go = await inPath('go');
  if (go === undefined) {
    return { reason: `set ${VARIABLE} to a binary of ${MODULE}, or install Go to have it built` };
  }
  log(`Building ${MODULE}@${VERSION} into ${cached}: about five minutes, once.`);
  try {
    await buildOnce(go, cached);
    return { binary: cached };
  } catch (error) {
    return { reason: `${MODULE} could not be built: ${String(error).split('\n')[0]}` };
  }
}

/** How long a build may take, in milliseconds; a lock that is older was left by one that was killed. */
const BUILD_MS = 900_000;

/** Builds, or waits for whoever is building. */
async function buildOnce(go: string, target: string): Promise<void> {
  await mkdir(join(target, '..'), { recursive: true });
  const lock = `${target}.lock`;
  while (!(await isExecutable(target))) {
    if (await isTaken(lock)) {
      await sleep(1_000);
      continue;
    }
    try {
      await build(go, target);
    } finally {
      await rm(lock, { recursive: true, force: true });
    }
  }
}

/** Whether somebody else has the lock; otherwise it is ours now. */
async function isTaken(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return false;
  } catch {
    const age = await stat(lock).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > BUILD_MS) await rm(lock, { recursive: true, force: true });
    return true;
  }
}

/** Builds as a dependency of an empty module: `go install` asks a module proxy for a list that not every one has. */
async function build(go: string, target: string): Promise<void> {
  const folder = await mkdtemp(`${target}.`);
  try {
    const inFolder = { cwd: folder, env: { ...process.env, GOFLAGS: '-mod=mod' } };
    await run(go, ['mod', 'init', 'emulator'], inFolder);
    await run(go, ['mod', 'edit', `-require=${MODULE}@${VERSION}`], inFolder);
    const main = `package emulator\n\nimport _ "${MODULE}/cmd/bigquery-emulator"\n`;
    await writeFile(join(folder, 'emulator.go'), main);
    const built = join(folder, 'built');
    await run(go, ['build', '-o', built, `${MODULE}/cmd/bigquery-emulator`], inFolder);
    // Two that build at once each finish with a whole file.
    await rename(built, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function inPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (folder !== '' && (await isExecutable(path))) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
