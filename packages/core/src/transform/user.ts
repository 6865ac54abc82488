import type { ColumnType, Table, Value } from '@tdp-sync/sink';
import { SyncError } from '../errors.ts';
import { describeFile, type FileHit } from '../file.ts';
import { convert } from './convert.ts';
import { documentTable, documentTableOf, parseText } from './document.ts';
import { type Cell, type ExtractedTable, type Transform, Unfit } from './transform.ts';

/** What a column takes from a user's transform: a value of its type, or one that can be written as it without loss. */
export type UserValue =
  | Value
  | Date
  | undefined
  | readonly unknown[]
  | { readonly [key: string]: unknown };

/** The columns of a user's tables. */
export type UserTables = Readonly<Record<string, Readonly<Record<string, ColumnType>>>>;

/** A row of one of them; a column that is left out is null. */
export type UserRow<Columns> = { readonly [Column in keyof Columns]?: UserValue };

/** The rows of one file, by table; a table that is left out has none of it. */
export type UserRows<Tables extends UserTables> = {
  readonly [Name in keyof Tables]?: Iterable<UserRow<Tables[Name]>>;
};

/**
 * What the module of `transform:` exports as its default:
 *
 * ```ts
 * import type { TransformModule } from '@tdp-sync/core';
 *
 * const tables = { peaks: { name: 'string', area: 'float64' } } as const;
 *
 * export default {
 *   tables,
 *   rows: (file, document) => ({ peaks: document.peaks.map(({ name, area }) => ({ name, area })) }),
 * } satisfies TransformModule<typeof tables>;
 * ```
 */
export interface TransformModule<Tables extends UserTables = UserTables> {
  readonly tables: Tables;
  /**
   * The rows of one file. Called once per file, files in any order and several at once. An exception
   * lets the file fail, with its message and line.
   *
   * @param document What `JSON.parse` makes of the content: numbers are doubles.
   * @param content The content itself, for whoever needs every digit.
   */
  // biome-ignore lint/suspicious/noExplicitAny: a user's document has the shape that the user knows.
  rows(file: FileHit, document: any, content: string): UserRows<Tables> | Promise<UserRows<Tables>>;
}

/** Options of {@link userTransform}. */
export interface UserTransformOptions {
  /** Changes whenever the module does. */
  readonly fingerprint: string;
  /** The module's URL, to find the line of an exception in its stack. */
  readonly url: string;
  /** Name of the table that also keeps the whole document. Default: none does. */
  readonly keepDocument?: string | undefined;
}

/** Rows by a function of the user's. */
export function userTransform(module: TransformModule, options: UserTransformOptions): Transform {
  const { fingerprint, url, keepDocument } = options;
  const tables: readonly Table[] = Object.entries(module.tables).map(([name, columns]) => ({
    name,
    columns: Object.entries(columns).map(([column, type]) => ({ name: column, type })),
  }));
  const kept = keepDocument === undefined ? [] : [documentTableOf(keepDocument)];
  return {
    fingerprint: `user:${fingerprint}:${keepDocument ?? ''}`,
    // Nobody knows what a function looks at.
    readsAttributes: true,
    declared: [...kept, ...tables],
    extract: async (file, content) => {
      const { value, text } = parseText(file, content);
      const rows = await called(module, url, file, value, text);
      const unknown = Object.keys(rows).find((name) => !(name in module.tables));
      if (unknown !== undefined)
        throw wrong(file, `it gave rows for "${unknown}", which is not in its tables`);
      const extracted = tables.map((table) => extractedTable(table, rows[table.name] ?? [], file));
      const whole = keepDocument === undefined ? [] : [documentTable(keepDocument, text)];
      return { layout: `user ${fingerprint}`, tables: [...whole, ...extracted] };
    },
  };
}

async function called(
  module: TransformModule,
  url: string,
  file: FileHit,
  document: unknown,
  content: string,
): Promise<UserRows<UserTables>> {
  let rows: unknown;
  try {
    rows = await module.rows(file, document, content);
  } catch (error) {
    throw wrong(file, `it threw ${describeException(error, url)}`, error);
  }
  if (typeof rows === 'object' && rows !== null) return rows as UserRows<UserTables>;
  throw wrong(file, 'it gave no object of rows by table');
}

function extractedTable(
  { name, columns }: Table,
  rows: Iterable<UserRow<Record<string, ColumnType>>>,
  file: FileHit,
): ExtractedTable {
  const names = new Set(columns.map((column) => column.name));
  const cells = Array.from(rows, (row, index) => {
    const place = (column: string): string => `row ${index} of ${name}, column "${column}"`;
    const unknown = Object.keys(row).find((key) => !names.has(key));
    if (unknown !== undefined) throw wrong(file, `${place(unknown)}: there is no such column`);
    return columns.map(({ name: column, type }): Cell => {
      const cell = convert(plain(row[column]), type);
      if (cell instanceof Unfit)
        throw wrong(file, `${place(column)}: the value does not fit ${type}`);
      return cell;
    });
  });
  const described = columns.map((column) => ({ ...column, path: column.name, unfit: 0 }));
  return { path: name, name, columns: described, rows: cells };
}

/** What JSON would have in its place. */
function plain(value: UserValue): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Date ? value.toISOString() : value;
}

function wrong(file: FileHit, what: string, cause?: unknown): SyncError {
  return new SyncError(
    'TRANSFORM_FAILED',
    `The sync's transform failed on ${describeFile(file)}: ${what}. Its earlier rows stay; the file is tried again later.`,
    { cause },
  );
}

/** The message, and the line of the module where it was thrown. */
function describeException(error: unknown, url: string): string {
  if (!(error instanceof Error)) return String(error);
  const at = error.stack?.indexOf(`${url}:`) ?? -1;
  const line =
    at === -1 ? undefined : /^\d+/.exec(error.stack?.slice(at + url.length + 1) ?? '')?.[0];
  return `${error.name}: ${error.message}${line === undefined ? '' : ` (line ${line})`}`;
}
