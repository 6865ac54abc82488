import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

test('a command whose own files are replaced while it runs says so, and ends', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tdp-sync-gone-'));
  try {
    for (const part of ['bin', 'dist', 'package.json'])
      await cp(join(PACKAGE, part), join(dir, part), { recursive: true });
    await symlink(MODULES, join(dir, 'node_modules'));
    // It is loaded when there is an error to tell.
    await rm(join(dir, 'dist', 'exit.js'));
    const args = [join(dir, 'bin', 'tdp-sync.js'), 'status', '--config', join(dir, 'none.yaml')];
    const ended = spawnSync(process.execPath, args, {
      timeout: 20_000,
      killSignal: 'SIGKILL',
      encoding: 'utf8',
    });
    expect(ended.signal).toBeNull();
    expect(ended.status).toBe(1);
    expect(ended.stderr).toMatch(/own files cannot be read: .*exit\.js.*start it again/);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
