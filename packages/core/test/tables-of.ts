import type { ColumnType, Table } from '@tdp-sync/sink';
import type { FileHit } from '../src/file.ts';
import { parseDocument } from '../src/transform/document.ts';
import {
  type Cell,
  type ExtractedTable,
  type Transform,
  Unfit,
} from '../src/transform/transform.ts';

/** A document for {@link tablesOf}: its kind, and rows by table; a text is a string, a number a float64, `!x` a text that does not fit one. */
export interface TestDocument {
  readonly kind: string;
  readonly tables: Readonly<Record<string, readonly Readonly<Record<string, string | number>>[]>>;
}

/** A transform that does what the document says. */
export function tablesOf(
  options: {
    readonly fingerprint?: string;
    readonly declared?: readonly Table[];
    readonly readsAttributes?: boolean;
  } = {},
): Transform {
  const { fingerprint = 'as it says', declared = [], readsAttributes = false } = options;
  return {
    fingerprint,
    declared,
    readsAttributes,
    extract: async (file: FileHit, content: Buffer) => {
      const { kind, tables } = parseDocument(file, content) as TestDocument;
      return { layout: kind, tables: Object.entries(tables).map(extracted) };
    },
  };
}

function extracted([name, rows]: [string, TestDocument['tables'][string]]): ExtractedTable {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = names.map((column) => {
    const given = rows.flatMap((row) => row[column] ?? []);
    const type: ColumnType = given.some((one) => typeof one === 'number') ? 'float64' : 'string';
    const unfit = type === 'float64' ? given.filter((one) => typeof one === 'string').length : 0;
    return { path: column, name: column.toLowerCase(), type, unfit };
  });
  const cells = rows.map((row) =>
    columns.map(({ path, type }): Cell => {
      const value = row[path] ?? null;
      return type === 'float64' && typeof value === 'string' ? new Unfit(value) : value;
    }),
  );
  return { path: name, name: name.toLowerCase(), columns, rows: cells };
}

/** The content of a file for {@link tablesOf}. */
export function contentOf(kind: string, tables: TestDocument['tables']): { content: string } {
  return { content: JSON.stringify({ kind, tables } satisfies TestDocument) };
}
