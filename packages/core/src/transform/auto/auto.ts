import { SyncError } from '../../errors.ts';
import { describeFile, type FileHit, fileKey } from '../../file.ts';
import { storableJson } from '../../json.ts';
import type { ColumnPlan } from '../columns/plan.ts';
import { documentTable, documentTableOf, parseDocument } from '../document.ts';
import type { ExtractedTable, Transform } from '../transform.ts';
import { CubePoints } from './cubes-points.ts';
import { flatten } from './flatten.ts';
import { type DocumentPlan, DocumentPlans, type FindSchema } from './layouts.ts';
import { pathBeforeRename } from './names.ts';

/** How documents become tables by themselves. */
export interface AutoOptions {
  /** Prefix of every table name. Default ''. */
  readonly prefix?: string;
  /** Data cubes: `rows` (default) one row per point, `json` as JSON columns, `none` left out. */
  readonly datacubes?: 'rows' | 'json' | 'none';
  /** Whether there are `uuid` and `parent_uuid` as Athena users know them. Default true. */
  readonly uuids?: boolean;
  /** What documents without an IDS type are called: the name of the sync. */
  readonly fallbackName: string;
  /** Table that also keeps the whole document. */
  readonly keepDocument?: string;
  /** Where schemas come from, for the order of columns. Documents become the same tables without. */
  readonly schemas?: FindSchema;
  /** What columns are to be called, and which hold hashes. Nothing is taken out of documents here. */
  readonly columns?: ColumnPlan | undefined;
}

/** Grows when the same options give other rows. */
const RULES = 1;

/**
 * Documents as relational tables, by the rules of TDP's own SQL tables: one row per file in
 * `<idsType>_v<major>_root`, objects flattened into columns, arrays of objects as tables of their own.
 */
export function autoTransform(options: AutoOptions): Transform {
  const { prefix = '', datacubes = 'rows', uuids = true, fallbackName, keepDocument } = options;
  const { schemas, columns } = options;
  const plans = new DocumentPlans(prefix, fallbackName, schemas, columns);
  const kept = keepDocument ?? null;
  const renames = columns?.renames ? [columns.renames] : [];
  const choices = [RULES, prefix, datacubes, uuids, fallbackName, kept, ...renames];
  const tablesOf = (
    file: FileHit,
    document: unknown,
    plan: DocumentPlan,
  ): readonly ExtractedTable[] =>
    flatten(Array.isArray(document) ? plan.items : plan.root, document, {
      uuidStem: uuids ? uuidStem(fileKey(file)) : undefined,
      datacubes,
      points: new CubePoints(plan.pointsName, uuids),
    });
  return {
    fingerprint: `auto:${JSON.stringify(choices)}`,
    readsAttributes: false,
    declared: keepDocument === undefined ? [] : [documentTableOf(keepDocument)],
    extract: async (file, content, signal) => {
      const document = parseDocument(file, content);
      const plan = await plans.planFor(document, file, signal);
      const tables = flattened(file, () => tablesOf(file, document, plan));
      if (columns?.renames) refuseTaken(file, tables);
      const kept = keepDocument === undefined ? [] : [wholeDocument(keepDocument, content)];
      return { layout: plan.name, tables: [...tables, ...kept] };
    },
  };
}

/** The only thing that can go wrong with a document that was read is that JSON text of it nests too deeply for the stack. */
function flattened<Result>(file: FileHit, flatten: () => Result): Result {
  try {
    return flatten();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SyncError(
      'TRANSFORM_FAILED',
      `${describeFile(file)} cannot become tables: it is nested too deeply.`,
      { cause: error },
    );
  }
}

/** Databases do not tell names apart by their case. */
function refuseTaken(file: FileHit, tables: readonly ExtractedTable[]): void {
  for (const { name: table, columns } of tables) {
    for (const { path, name } of columns) {
      const renamed = pathBeforeRename(path);
      const other = columns.find(
        (one) => one.path !== path && one.name.toLowerCase() === name.toLowerCase(),
      );
      if (renamed === undefined || other === undefined) continue;
      const taken = pathBeforeRename(other.path) ?? other.path;
      throw new SyncError(
        'TRANSFORM_FAILED',
        `The table ${table} would have two columns ${JSON.stringify(name)} for ${describeFile(file)}: \`columns\` calls ${JSON.stringify(renamed)} so, and ${JSON.stringify(taken)} has that name already. Choose another one.`,
      );
    }
  }
}

/** The content has been parsed before, so it is JSON. The decoder leaves out a byte order mark. */
function wholeDocument(name: string, content: Buffer): ExtractedTable {
  return documentTable(name, storableJson(new TextDecoder().decode(content)));
}

/**
 * The beginning of all uuids of a file, in the layout of version 8 of RFC 9562: 74 bits of the file's
 * key. The digest of the table and the row's position complete it.
 */
function uuidStem(key: string): string {
  const variant = '89ab'[Number.parseInt(key.charAt(18), 16) % 4];
  return `${key.slice(0, 8)}-${key.slice(8, 12)}-8${key.slice(12, 15)}-${variant}${key.slice(15, 18)}-`;
}
