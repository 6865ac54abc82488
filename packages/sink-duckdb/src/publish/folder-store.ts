import {
  access,
  constants,
  mkdir,
  readdir,
  readFile,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { MANIFEST, type Manifest, manifestIn, manifestText, othersThan } from './manifest.ts';
import { clearNext, nextTo, putInPlace, syncFile, syncFolder, unlessMissing } from './put.ts';
import type { ParquetStore } from './store.ts';
import { PublishTrouble } from './trouble.ts';

/** A folder of this machine. */
export class FolderStore implements ParquetStore {
  readonly name: string;

  constructor(path: string) {
    this.name = path;
  }

  async begin(): Promise<string> {
    await mkdir(this.name, { recursive: true });
    return this.name;
  }

  async keep(files: readonly string[]): Promise<void> {
    for (const file of files) await syncFile(join(this.name, file));
    for (const folder of new Set(files.map(dirname))) await syncFolder(join(this.name, folder));
    await syncFolder(this.name);
  }

  async check(): Promise<void> {
    let folder = resolve(this.name);
    // It is created when missing, in the nearest that is there.
    while ((await unlessMissing(stat(folder))) === undefined) folder = dirname(folder);
    if (!(await stat(folder)).isDirectory()) throw new PublishTrouble(`${folder} is a file`);
    await access(folder, constants.W_OK | constants.X_OK);
  }

  async sizesOf(files: readonly string[]): Promise<readonly (number | undefined)[]> {
    const sizes: (number | undefined)[] = [];
    for (const file of files) sizes.push((await unlessMissing(stat(join(this.name, file))))?.size);
    return sizes;
  }

  async readManifest(): Promise<Manifest | undefined> {
    const text = await unlessMissing(readFile(join(this.name, MANIFEST), 'utf8'));
    return text === undefined ? undefined : manifestIn(text);
  }

  async writeManifest(manifest: Manifest): Promise<void> {
    const path = join(this.name, MANIFEST);
    const next = nextTo(path);
    await writeFile(next, manifestText(manifest), { flag: 'wx' });
    await syncFile(next);
    await putInPlace(next, path);
  }

  async removeOthers(manifest: Manifest | undefined): Promise<void> {
    await clearNext(join(this.name, MANIFEST));
    for (const entry of await readdir(this.name, { withFileTypes: true }))
      if (entry.isDirectory()) await this.#removeFrom(entry.name, manifest);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing of it is open.
  }

  async #removeFrom(folder: string, manifest: Manifest | undefined): Promise<void> {
    const files = (await readdir(join(this.name, folder))).map((file) => `${folder}/${file}`);
    const others = othersThan(manifest, files);
    for (const file of others) await rm(join(this.name, file), { force: true });
    // One that held only what is gone now. Somebody else's may be empty, too.
    if (others.length > 0 && others.length === files.length) await rmdir(join(this.name, folder));
  }
}
