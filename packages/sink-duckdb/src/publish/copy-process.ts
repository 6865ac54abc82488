import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PublishTrouble } from './trouble.ts';

const ENTRY = fileURLToPath(new URL(`./copy-child${extname(import.meta.url)}`, import.meta.url));

/**
 * Copies files, each `[from, to]`, in a process of its own. DuckDB holds its file by a lock that belongs to the process: the system takes
 * it away as soon as this process closes the file once, through whatever it was opened, and another program could write to it then.
 */
export async function copyFiles(files: readonly (readonly [string, string])[]): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', ENTRY, ...files.flat()],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code, signal] = await once(child, 'close');
  if (code === 0) return;
  const reason = /^COPY_FAILED (\w+)$/m.exec(said)?.[1];
  if (reason !== undefined) throw Object.assign(new Error('copying failed'), { code: reason });
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  throw new PublishTrouble(`the process that copies was ended ${how}`);
}
