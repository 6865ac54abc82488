import type { Column, ColumnType, Table, Value } from '@tdp-sync/sink';
import type { FileHit } from '../../file.ts';
import { COLUMN_TYPES } from '../mapping/path.ts';
import { nameIssues } from '../names.ts';
import { isRecord, kindOf } from './kinds.ts';

/** What a column takes from a user's transform: a value of its type, or one that can be written as it without loss. */
export type UserValue =
  | Value
  | Date
  | undefined
  | readonly unknown[]
  | { readonly [key: string]: unknown };

/** The columns of a user's tables. */
export type UserTables = Readonly<Record<string, Readonly<Record<string, ColumnType>>>>;

/** A row of one of them; a column that is left out, or `undefined`, is null. */
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
   * The rows of one file. Called once per file, files in any order, in a process of its own one after the other. An
   * exception lets the file fail, with its message and line; so does what is no rows of these tables.
   *
   * @param document What `JSON.parse` makes of the content: numbers are doubles.
   * @param content The content itself, for whoever needs every digit.
   */
  // biome-ignore lint/suspicious/noExplicitAny: a user's document has the shape that the user knows.
  rows(file: FileHit, document: any, content: string): UserRows<Tables> | Promise<UserRows<Tables>>;
}

/** A module that is no transform. Every mistake is an issue, each a sentence that names table and column. */
export class TransformModuleError extends Error {
  override readonly name = 'TransformModuleError';
  readonly issues: readonly string[];

  constructor(issues: readonly string[], cause?: unknown) {
    super(issues.join('\n'), cause === undefined ? undefined : { cause });
    this.issues = issues;
  }
}

/** A user's module whose tables are in order. */
export interface CheckedModule {
  readonly module: Pick<TransformModule, 'rows'>;
  readonly tables: readonly Table[];
}

/** Checks what a module exports as its default. @throws TransformModuleError with all that is wrong with it. */
export function checkModule(exported: unknown): CheckedModule {
  if (!isTransform(exported))
    throw new TransformModuleError([
      'it has no default export with tables and rows; docs/tables.md shows one',
    ]);
  const issues = Object.keys(exported)
    .filter((key) => key !== 'tables' && key !== 'rows')
    .map((key) => `its default export has ${JSON.stringify(key)}; there are only tables and rows`);
  for (const { name, message } of nameIssues(Object.keys(exported.tables), 'table'))
    issues.push(name === undefined ? message : `table ${JSON.stringify(name)}: ${message}`);
  const tables = Object.entries(exported.tables).map(([name, columns]) => ({
    name,
    columns: columnsOf(name, columns, issues),
  }));
  if (issues.length > 0) throw new TransformModuleError(issues);
  return { module: exported, tables };
}

function columnsOf(table: string, columns: unknown, issues: string[]): readonly Column[] {
  const where = `table ${JSON.stringify(table)}`;
  if (!isRecord(columns)) {
    issues.push(`${where} has ${kindOf(columns)} in place of its columns, by name and type`);
    return [];
  }
  for (const { name, message } of nameIssues(Object.keys(columns), 'column'))
    issues.push(
      `${where}${name === undefined ? '' : `, column ${JSON.stringify(name)}`}: ${message}`,
    );
  return Object.entries(columns).flatMap(([name, wanted]) => {
    const type = COLUMN_TYPES.find((known) => known === wanted);
    if (type !== undefined) return [{ name, type }];
    const shown = typeof wanted === 'string' ? JSON.stringify(wanted) : kindOf(wanted);
    const types = COLUMN_TYPES.join(', ');
    issues.push(
      `${where}, column ${JSON.stringify(name)}: ${shown} is no type; there are ${types}`,
    );
    return [];
  });
}

function isTransform(
  value: unknown,
): value is Pick<TransformModule, 'rows'> & { readonly tables: Readonly<Record<string, unknown>> } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'rows' in value &&
    typeof value.rows === 'function' &&
    'tables' in value &&
    isRecord(value.tables)
  );
}
