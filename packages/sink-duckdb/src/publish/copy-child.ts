/** Copies the files of its arguments, from and to in turns, and waits until they are on the disk. */
import { constants } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { syncFile } from './put.ts';

const paths = process.argv.slice(2);
try {
  for (let at = 0; at + 1 < paths.length; at += 2) {
    const [from = '', to = ''] = paths.slice(at, at + 2);
    // Where the file system can, both share their blocks until one changes.
    await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    await syncFile(to);
  }
} catch (error) {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
  process.stderr.write(`COPY_FAILED ${code}\n`);
  process.exitCode = 1;
}
