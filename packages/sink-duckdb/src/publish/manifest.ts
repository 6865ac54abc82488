import { z } from 'zod';
import { PublishTrouble } from './trouble.ts';

/** One table of a version. */
export interface PublishedTable {
  readonly rows: number;
  /** Of all its files. */
  readonly bytes: number;
  /** From the place of the manifest. */
  readonly files: readonly string[];
}

/** Which files are the newest version. */
export interface Manifest {
  /** Grows when a reader would have to change. */
  readonly format: 1;
  /** Whose copy it is: the id of the database. */
  readonly database: string;
  /** What the database held. */
  readonly version: string;
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
  database: z.string(),
  version: z.string(),
  release: z.string(),
  publishedAt: z.string(),
  tables: z.record(
    z.string(),
    z.object({ rows: z.number(), bytes: z.number(), files: z.array(z.string()) }),
  ),
  superseded: z.array(
    z.object({ release: z.string(), until: z.string(), files: z.array(z.string()) }),
  ),
});

/** What a manifest is called. */
export const MANIFEST = 'manifest.json';

/** Files that are called otherwise are not tdp-sync's. */
const OURS = /^[^/]+\/\d{8}T\d{6}Z-[0-9a-f]{8}\.parquet$/;

/** What a manifest says. @throws PublishTrouble for what is none of tdp-sync's, since it may be all that somebody has. */
export function manifestIn(text: string): Manifest {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    throw new PublishTrouble(
      `its ${MANIFEST} cannot be read: this tdp-sync has not written it. Give another place in "publish"; or delete it, if nobody needs it`,
    );
  }
}

/** A manifest as it is written. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** Of these files those that are tdp-sync's, and that the manifest does not name. */
export function othersThan(
  manifest: Manifest | undefined,
  files: readonly string[],
): readonly string[] {
  const { tables = {}, superseded = [] } = manifest ?? {};
  const named = new Set([...Object.values(tables), ...superseded].flatMap((one) => one.files));
  return files.filter((file) => OURS.test(file) && !named.has(file));
}
