import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { load } from './load.ts';

// killed.ts <folder> <when>: replaces document 1, and is killed while it does so.
const [folder = '', when = ''] = process.argv.slice(2);

const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('SIGKILL was not obeyed');
};

if (when === 'between writing and renaming') {
  fs.rename = async () => die();
  syncBuiltinESMExports();
} else {
  const file = await fs.open(process.execPath);
  Object.getPrototypeOf(file).writeFile = async function (this: fs.FileHandle, text: string) {
    await this.write(text.slice(0, text.length / 2));
    die();
  };
  await file.close();
}
await load(folder, 1, 'new');
