import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Engine } from '../sim/engine.ts';
import type { Defect } from './defect.ts';

const SOURCES = fileURLToPath(new URL('../../../packages/core/src', import.meta.url));
/** Inside the repository, so that a copy finds the packages that core imports. */
const COPIES = fileURLToPath(new URL('../.mutants', import.meta.url));

/** A copy of core with this defect. */
export async function wrongEngine({
  name,
  edits,
}: Pick<Defect, 'name' | 'edits'>): Promise<Engine> {
  const folder = join(COPIES, name.replaceAll(/[^a-z0-9]+/gi, '-'));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(SOURCES, folder, { recursive: true });
  for (const { file, find, replace } of edits) {
    const path = join(folder, file);
    const source = await readFile(path, 'utf8');
    const times = source.split(find).length - 1;
    if (times !== 1)
      throw new Error(
        `the defect "${name}" is out of date: in ${file} its snippet stands ${times} times`,
      );
    await writeFile(
      path,
      source.replace(find, () => replace),
    );
  }
  return (await import(/* @vite-ignore */ pathToFileURL(join(folder, 'index.ts')).href)) as Engine;
}
