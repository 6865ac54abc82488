import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryFolder } from './folder.ts';

const SCRIPT = fileURLToPath(new URL('./child/few-files.ts', import.meta.url));

/** What a process says that may have 80 files open, and of these leaves so many free. Fails where it ends by itself. */
async function said(when: 'open' | 'commit', left: number): Promise<string> {
  await using folder = await temporaryFolder();
  const command = 'ulimit -n 80; exec "$0" "$@"';
  const given = ['-c', command, process.execPath, SCRIPT, folder.path, when, String(left)];
  const { stdout } = await promisify(execFile)('/bin/sh', given);
  return stdout;
}

/** Windows has no such limit. */
test.skipIf(process.platform === 'win32')(
  'too few files to open are told as such, and end neither the process nor in a conflict',
  async () => {
    for (const left of [0, 1, 2, 3]) {
      const text = await said('open', left);
      expect(text).toMatch(
        /^SINK_UNAVAILABLE true DuckDB can open no more files for .*lab\.duckdb/,
      );
      expect(text).toMatch(/Nothing was written\. Raise the limit \(ulimit -n\)/);
    }
    expect(await said('commit', 0)).toMatch(/^SINK_UNAVAILABLE true DuckDB can open no more files/);
    expect(await said('commit', 4)).toBe('committed\n');
  },
);
