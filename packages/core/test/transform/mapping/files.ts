import type { FileHit } from '../../../src/file.ts';
import { mappingTransform, type TableMapping } from '../../../src/transform/mapping/mapping.ts';
import { type Cell, type Extract, Unfit } from '../../../src/transform/transform.ts';
import { hitOf } from '../../hits.ts';

/** Tables as a user writes them. */
export type Mapping = Readonly<Record<string, TableMapping>>;

/** What a document, given as JSON text or as a value, becomes. */
export async function extractOf(
  tables: Mapping,
  document: unknown,
  file: FileHit = hitOf('f1'),
  keepDocument?: string,
): Promise<Extract> {
  const json = typeof document === 'string' ? document : JSON.stringify(document);
  const transform = mappingTransform(tables, { keepDocument });
  return transform.extract(file, Buffer.from(json), new AbortController().signal);
}

/** The rows by table. */
export function rowsOf({
  tables,
}: Extract): Readonly<Record<string, readonly (readonly Cell[])[]>> {
  return Object.fromEntries(tables.map(({ name, rows }) => [name, [...rows]]));
}

/** The rows of a table of these columns, called `t`. */
export async function rowsOfTable(
  table: TableMapping,
  document: unknown,
  file?: FileHit,
): Promise<readonly (readonly Cell[])[]> {
  return rowsOf(await extractOf({ t: table }, document, file))['t'] ?? [];
}

/** The one cell of the one row of a column. */
export async function cellOf(
  column: TableMapping['columns'][string],
  document: unknown,
  file?: FileHit,
): Promise<Cell | undefined> {
  const [row] = await rowsOfTable({ columns: { c: column } }, document, file);
  return row?.[0];
}

export { Unfit };
