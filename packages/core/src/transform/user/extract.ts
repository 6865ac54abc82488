import type { Table } from '@tdp-sync/sink';
import { documentTable, documentTableOf } from '../document.ts';
import type { Extract, ExtractedTable, Transform } from '../transform.ts';
import type { RowsByTable } from './rows.ts';

/** What every user's transform has, wherever it runs. */
export interface UserTransformOptions {
  /** Changes whenever the module does. */
  readonly fingerprint: string;
  /** The module's URL, to find the line of an exception in its stack. */
  readonly url: string;
  /** Name of the table that also keeps the whole document. Default: none does. */
  readonly keepDocument?: string | undefined;
}

/** What a transform by these tables says of itself. */
export function describedBy(
  tables: readonly Table[],
  { fingerprint, keepDocument }: UserTransformOptions,
): Omit<Transform, 'extract'> {
  const kept = keepDocument === undefined ? [] : [documentTableOf(keepDocument)];
  return {
    fingerprint: `user:${fingerprint}:${keepDocument ?? ''}`,
    // Nobody knows what a function looks at.
    readsAttributes: true,
    declared: [...kept, ...tables],
  };
}

/** All that a file becomes, with its document where that is kept; `text` gives it. */
export function extractOf(
  tables: readonly Table[],
  rows: RowsByTable,
  { fingerprint, keepDocument }: UserTransformOptions,
  text: () => string,
): Extract {
  const whole = keepDocument === undefined ? [] : [documentTable(keepDocument, text())];
  const extracted = tables.map((table, index) => extractedTable(table, rows[index] ?? []));
  return { layout: `user ${fingerprint}`, tables: [...whole, ...extracted] };
}

function extractedTable({ name, columns }: Table, rows: RowsByTable[number]): ExtractedTable {
  const described = columns.map((column) => ({ ...column, path: column.name, unfit: 0 }));
  return { path: name, name, columns: described, rows };
}
