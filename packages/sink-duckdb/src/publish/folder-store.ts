import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MANIFEST, type Manifest, manifestIn, manifestText, othersThan } from './manifest.ts';
import { clearNext, nextTo, putInPlace, syncFile, syncFolder } from './put.ts';
import type { ParquetStore } from './store.ts';

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

  async readManifest(): Promise<Manifest | undefined> {
    const text = await readFile(join(this.name, MANIFEST), 'utf8').catch(() => '');
    return manifestIn(text);
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
