import type { Column, ColumnType, Table } from '@tdp-sync/sink';
import { z } from 'zod';
import { SyncError } from '../errors.ts';
import { jsonOrUndefined } from '../json.ts';
import { COLUMN_TYPES } from '../transform/mapping/path.ts';
import type { ColumnNote } from '../transform/transform.ts';

/** A table that the sync has made, and which place in the documents each of its columns holds. */
export interface CatalogTable {
  /** Where its rows stand in the documents. */
  readonly path: string;
  readonly table: Table;
  /** Positions of its columns, by the path whose values, texts or rest they hold. */
  readonly positions: Readonly<Record<ColumnKind, ReadonlyMap<string, number>>>;
  /** What is known of its columns besides, by their positions. */
  readonly notes: readonly (KeptNote | undefined)[];
}

/** What is known of a column, and when it came. */
export interface KeptNote extends ColumnNote {
  /** By the local clock; `undefined` for one that came before this was noted. */
  readonly sinceMs?: number | undefined;
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

const noteSchema = z.object({
  path: z.string().optional(),
  original: z.string().optional(),
  description: z.string().optional(),
  unit: z.string().optional(),
  sinceMs: z.number().optional(),
});
/** Kind, path, name and type, and what is known besides. */
const columnSchema = z.tuple([
  ...([z.enum(KINDS), z.string(), z.string(), z.enum(COLUMN_TYPES)] as const),
  noteSchema.optional(),
]);
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
    tables: tables.map((table) => ({
      name: table.table.name,
      path: table.path,
      columns: columnsOf(table).map(({ kind, path, column: { name, type }, note }) =>
        note === undefined ? [kind, path, name, type] : [kind, path, name, type, note],
      ),
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
  const notes = columns.map(([, , , , note]) => note);
  const table = {
    name,
    columns: columns.map(([, , column, type], at) => described(column, type, notes[at])),
  };
  const positions = columns.reduce(
    (placed, [kind, columnPath], index) => withPosition(placed, { kind, path: columnPath }, index),
    NOWHERE,
  );
  return { path, table, positions, notes };
}

/** A column, with what it holds in words where that is known. */
export function described(name: string, type: ColumnType, note: ColumnNote | undefined): Column {
  const { description, unit } = note ?? {};
  const words = [description, unit === undefined ? undefined : `(${unit})`].filter(
    (part) => part !== undefined,
  );
  return words.length === 0 ? { name, type } : { name, type, description: words.join(' ') };
}

/** The positions with one more column. */
export function withPosition(
  positions: CatalogTable['positions'],
  { kind, path }: { readonly kind: ColumnKind; readonly path: string },
  position: number,
): CatalogTable['positions'] {
  return { ...positions, [kind]: new Map(positions[kind]).set(path, position) };
}

/** A column of the catalogue, and which place it holds. */
export interface CatalogColumn {
  readonly kind: ColumnKind;
  readonly path: string;
  readonly column: Column;
  readonly note: KeptNote | undefined;
}

/** The columns of a table, in their order. */
export function columnsOf({ table, positions, notes }: CatalogTable): readonly CatalogColumn[] {
  const found: CatalogColumn[] = [];
  for (const kind of KINDS) {
    for (const [path, at] of positions[kind]) {
      const column = table.columns[at];
      if (column !== undefined) found[at] = { kind, path, column, note: notes[at] };
    }
  }
  return found;
}

/** Whether two notes say the same of a column, whenever it came. */
export function isSameNote(a: KeptNote = {}, b: KeptNote): boolean {
  const { path, original, description, unit } = b;
  return (
    a.path === path && a.original === original && a.description === description && a.unit === unit
  );
}
