import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Crew } from '../../../apps/cli/src/serve/crew/crew.ts';
import type { Engine } from '../sim/engine.ts';
import type { Defect } from './defect.ts';

const CORE = fileURLToPath(new URL('../../../packages/core', import.meta.url));
const APP = fileURLToPath(new URL('../../../apps/cli', import.meta.url));
/** Inside the repository, so that a copy finds the packages that it imports. */
const COPIES = fileURLToPath(new URL('../.mutants', import.meta.url));

type Wrong = Pick<Defect, 'name' | 'edits'>;

/** A copy of core with this defect. */
export async function wrongEngine(defect: Wrong): Promise<Engine> {
  return (await wrongCopy(CORE, 'index.ts', defect)) as Engine;
}

/** A copy of what makes a service one of several replicas, with this defect; its files are below the app's sources. */
export async function wrongCrew(defect: Wrong): Promise<typeof Crew> {
  const { Crew: wrong } = (await wrongCopy(APP, 'serve/crew/crew.ts', defect)) as {
    readonly Crew: typeof Crew;
  };
  return wrong;
}

async function wrongCopy(
  workspace: string,
  entry: string,
  { name, edits }: Wrong,
): Promise<unknown> {
  const folder = join(COPIES, name.replaceAll(/[^a-z0-9]+/gi, '-'));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(join(workspace, 'package.json'), join(folder, 'package.json'));
  await cp(join(workspace, 'src'), join(folder, 'src'), { recursive: true });
  for (const { file, find, replace } of edits) {
    const path = join(folder, 'src', file);
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
  return import(/* @vite-ignore */ pathToFileURL(join(folder, 'src', entry)).href);
}
