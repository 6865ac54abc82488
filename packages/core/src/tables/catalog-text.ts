import type { Table } from '@tdp-sync/sink';
import { z } from 'zod';
import { SyncError } from '../errors.ts';
import { jsonOrUndefined } from '../json.ts';
import { COLUMN_TYPES } from '../transform/mapping/path.ts';

/** A table that the sync has made, and which place in the documents each of its columns holds. */
export interface CatalogTable {
  /** Where its rows stand in the documents. */
  readonly path: string;
  readonly table: Table;
  /** Positions of its columns, by the path whose values, texts or rest they hold. */
  readonly positions: Readonly<Record<ColumnKind, ReadonlyMap<string, number>>>;
}

/** Files whose rows go to the same tables. */
export interface Layout {
  readonly name: string;
  readonly tables: Iterable<string>;
}

/** What a column holds: the values at a path, the texts of those that did not fit there, or all that had no column. */
export type ColumnKind = 'value' | 'text' | 'more';

const KINDS = ['value', 'text', 'more'] as const;
/** The positions of a table without columns. */
export const NOWHERE: CatalogTable['positions'] = {
  value: new Map(),
  text: new Map(),
  more: new Map(),
};

/** Kind, path, name and type. */
const columnSchema = z.tuple([z.enum(KINDS), z.string(), z.string(), z.enum(COLUMN_TYPES)]);
const schema = z.object({
  version: z.literal(1),
  layouts: z.array(z.object({ name: z.string(), tables: z.array(z.string()) })),
  tables: z.array(z.object({ name: z.string(), path: z.string(), columns: z.array(columnSchema) })),
});

/** The catalogue as text. */
export function formatCatalog(layouts: readonly Layout[], tables: readonly CatalogTable[]): string {
  return JSON.stringify({
    version: 1,
    layouts: layouts.map(({ name, tables }) => ({ name, tables: [...tables] })),
    tables: tables.map(({ path, table, positions }) => ({
      name: table.name,
      path,
      columns: formatColumns(table, positions),
    })),
  });
}

/** @throws SyncError `STATE_UNREADABLE` when another version of tdp-sync wrote it. */
export function parseCatalog(text: string): {
  readonly layouts: readonly Layout[];
  readonly tables: readonly CatalogTable[];
} {
  const result = schema.safeParse(jsonOrUndefined(text));
  if (!result.success) {
    throw new SyncError(
      'STATE_UNREADABLE',
      "The catalogue of the sync's tables was not written by this version of tdp-sync. Nothing was changed. Use the version that wrote it.",
      { cause: result.error },
    );
  }
  const { layouts, tables } = result.data;
  return { layouts, tables: tables.map(tableOf) };
}

function tableOf({ name, path, columns }: z.infer<typeof schema>['tables'][number]): CatalogTable {
  const table = { name, columns: columns.map(([, , column, type]) => ({ name: column, type })) };
  const positions = columns.reduce(
    (placed, [kind, columnPath], index) => withPosition(placed, { kind, path: columnPath }, index),
    NOWHERE,
  );
  return { path, table, positions };
}

/** The positions with one more column. */
export function withPosition(
  positions: CatalogTable['positions'],
  { kind, path }: { readonly kind: ColumnKind; readonly path: string },
  position: number,
): CatalogTable['positions'] {
  return { ...positions, [kind]: new Map(positions[kind]).set(path, position) };
}

/** Kind, path, name and type of each column, in their order. */
function formatColumns(
  { columns }: Table,
  positions: CatalogTable['positions'],
): readonly (readonly (string | undefined)[])[] {
  const formatted: (readonly (string | undefined)[])[] = [];
  for (const kind of KINDS)
    for (const [path, at] of positions[kind])
      formatted[at] = [kind, path, columns[at]?.name, columns[at]?.type];
  return formatted;
}
