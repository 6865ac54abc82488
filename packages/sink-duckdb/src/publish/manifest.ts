import { readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { clearNext, nextTo, putInPlace, syncFile } from './put.ts';

/** One table of a version. */
export interface PublishedTable {
  readonly rows: number;
  /** From the folder of the manifest. */
  readonly files: readonly string[];
}

/** Which files are the newest version. */
export interface Manifest {
  /** Grows when a reader would have to change. */
  readonly format: 1;
  readonly release: string;
  readonly publishedAt: string;
  /** By the name of the table. */
  readonly tables: Readonly<Record<string, PublishedTable>>;
  /** Files of earlier versions, and until when they stay. */
  readonly superseded: readonly {
    readonly release: string;
    readonly until: string;
    readonly files: readonly string[];
  }[];
}

const manifestSchema: z.ZodType<Manifest> = z.object({
  format: z.literal(1),
  release: z.string(),
  publishedAt: z.string(),
  tables: z.record(z.string(), z.object({ rows: z.number(), files: z.array(z.string()) })),
  superseded: z.array(
    z.object({ release: z.string(), until: z.string(), files: z.array(z.string()) }),
  ),
});

const NAME = 'manifest.json';
/** Files that are called otherwise are not tdp-sync's. */
const OURS = /^\d{8}T\d{6}Z-[0-9a-f]{8}\.parquet$/;

/** The manifest of a folder; `undefined` where there is none that can be read. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(join(folder, NAME), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Puts a manifest in the place of the one of before, at once. From then on its files are the newest version. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const path = join(folder, NAME);
  const next = nextTo(path);
  await writeFile(next, `${JSON.stringify(manifest, undefined, 2)}\n`, { flag: 'wx' });
  await syncFile(next);
  await putInPlace(next, path);
}

/** Removes tdp-sync's files that the manifest does not name, those of processes that were killed included, and folders that are empty then. */
export async function removeOthers(folder: string, manifest: Manifest | undefined): Promise<void> {
  await clearNext(join(folder, NAME));
  const { tables = {}, superseded = [] } = manifest ?? {};
  const named = new Set([...Object.values(tables), ...superseded].flatMap(({ files }) => files));
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    await removeFrom(folder, entry.name, named);
  }
}

async function removeFrom(
  folder: string,
  table: string,
  named: ReadonlySet<string>,
): Promise<void> {
  const files = await readdir(join(folder, table));
  const others = files.filter((file) => OURS.test(file) && !named.has(`${table}/${file}`));
  for (const file of others) await rm(join(folder, table, file), { force: true });
  // One that held only what is gone now. Somebody else's may be empty, too.
  if (others.length > 0 && others.length === files.length) await rmdir(join(folder, table));
}
