import type { Table } from '@tdp-sync/sink';
import type { CatalogTable, Layout } from './catalog-text.ts';

/** The catalogue as it was at one moment. */
export interface CatalogSnapshot {
  /** @throws RangeError for a table that was not there. */
  readonly table: (name: string) => Table;
  /** The tables of a layout; none for a number that there was not. */
  readonly tablesOf: (layout: number) => readonly string[];
}

/** These tables and layouts as they are now. */
export function snapshotOf(
  now: ReadonlyMap<string, CatalogTable>,
  layoutsNow: readonly Layout[],
): CatalogSnapshot {
  const tables = new Map(now);
  const layouts = layoutsNow.map((layout) => [...layout.tables]);
  return {
    table: (name) => {
      const found = tables.get(name);
      if (found === undefined) throw new RangeError(`There is no table ${name} in the catalogue`);
      return found.table;
    },
    tablesOf: (layout) => layouts[layout - 1] ?? [],
  };
}
