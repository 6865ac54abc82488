import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { configText, differences, type World, world } from './world.ts';

const CLI = fileURLToPath(new URL('../../apps/cli/bin/tdp-sync.js', import.meta.url));

/** Runs the command where a process may have so many files open. */
function limited(
  { dir }: World,
  limit: number,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const given = ['-c', `ulimit -n ${limit}; exec "$0" "$@"`, process.execPath, CLI, ...args];
  return new Promise((resolve) => {
    const child = execFile('/bin/sh', given, { cwd: dir }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

describe.skipIf(process.platform === 'win32')('few files to open', () => {
  it.each([
    ['run', 40],
    ['run', 95],
    ['preview', 60],
    ['status', 60],
  ])('too few for %s: %d', async (command, limit) => {
    await using w = await world();
    w.addFiles(30);
    const { code, stderr } = await limited(w, limit, [command]);
    expect(stderr).toMatch(
      new RegExp(
        `may have ${limit} files .* too few: it wants 1104 for .* and 96 at least. .*ulimit -n`,
      ),
    );
    expect(code).toBe(2);
  });

  it('fewer than all of source.concurrency would want: it is held, which is told, and all is loaded', async () => {
    await using w = await world({ latencyMs: 20 });
    w.addFiles(600);
    const { code, stderr } = await limited(w, 100, ['run']);
    expect(stderr).toMatch(/may have 100 files .* is held to 10; for all of it, it wants 1104/);
    expect(stderr).not.toContain('EMFILE');
    expect(code).toBe(0);
    expect(await differences(w)).toEqual([]);
    const { stdout } = await limited(w, 100, ['check']);
    expect(stdout).toMatch(/open files +warning +This process may have 100 files/);
  }, 120_000);

  it.each([
    [
      'a connection',
      'content: ids',
      false,
      /could not be sent: no connection to 127\.0\.0\.1:\d+ can be opened/,
    ],
    [
      'a transform',
      'transform: ./lab.mjs',
      true,
      /The process of the sync's transform cannot be started/,
    ],
  ])(
    'none left for %s while it works: it is told with the limit, and no file is marked as failed',
    async (_for, sync, left, what) => {
      await using w = await world();
      w.addFiles(30);
      await writeFile(
        join(w.dir, 'greedy.mjs'),
        `import { closeSync, openSync } from 'node:fs';
       const validate = (value) => {
         let last;
         try { while (true) last = openSync('/dev/null'); } catch {}
         if (${left}) closeSync(last);
         return { value };
       };
       const config = { '~standard': { version: 1, vendor: 'greedy', validate } };
       export default { name: 'greedy', contract: 1, config, open: async () => undefined };`,
      );
      await writeFile(
        join(w.dir, 'lab.mjs'),
        `export default { tables: { things: { a: 'string' } }, rows: () => ({}) };`,
      );
      const { auth_token: token, org } = w.tdp.authFile();
      const inline = { url: w.tdp.url, auth: { token, org } };
      // The file of credentials could not be read either.
      await w.config(
        configText(sync)
          .replace('type: duckdb', 'type: ./greedy.mjs')
          .replace(/source:\n.*\n/, `source: ${JSON.stringify(inline)}\n`),
      );
      const { code, stderr } = await limited(w, 120, ['preview']);
      expect(stderr).toMatch(what);
      expect(stderr).toMatch(
        /\(EMFILE\).* may have 120 open at once\. Raise the limit: ulimit -n.* \[TOO_MANY_OPEN_FILES\]/,
      );
      expect(code).toBe(4);
    },
    120_000,
  );
});
