import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TableMapping } from '@tdp-sync/core';

/** Documents of one kind, in a folder: whoever reads them there has nothing else of theirs in memory. */
export interface Corpus {
  readonly name: string;
  readonly folder: string;
  readonly documents: number;
  /** Of all documents together. */
  readonly bytes: number;
  /** Three tables of them, where they are a kind of the demo lab's. */
  readonly mapping?: Readonly<Record<string, TableMapping>> | undefined;
}

/** Writes documents into a folder of their own below `parent`. */
export async function writeCorpus(
  parent: string,
  name: string,
  contents: readonly Uint8Array[],
  mapping?: Corpus['mapping'],
): Promise<Corpus> {
  const folder = join(parent, name);
  await mkdir(folder);
  for (const [index, content] of contents.entries()) {
    await writeFile(join(folder, `${String(index).padStart(5, '0')}.json`), content);
  }
  const bytes = contents.reduce((sum, { length }) => sum + length, 0);
  return { name, folder, documents: contents.length, bytes, mapping };
}

/** The documents in a folder. */
export async function readCorpus(folder: string): Promise<readonly Buffer[]> {
  const names = (await readdir(folder)).sort();
  return Promise.all(names.map((name) => readFile(join(folder, name))));
}
