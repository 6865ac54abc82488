import type { FileHit } from '../../../src/file.ts';
import { type AutoOptions, autoTransform } from '../../../src/transform/auto/auto.ts';
import type { Extract, ExtractedTable } from '../../../src/transform/transform.ts';
import { hitOf } from '../../hits.ts';

/** A file without IDS type. */
export function plainHit(fields: Partial<FileHit> = {}): FileHit {
  return hitOf('f1', { idsType: undefined, idsVersion: undefined, ids: undefined, ...fields });
}

/** What a document, given as JSON text or as a value, becomes. */
export async function extractOf(
  document: unknown,
  options: Partial<AutoOptions> = {},
  file: FileHit = plainHit(),
): Promise<Extract> {
  const json = typeof document === 'string' ? document : JSON.stringify(document);
  const transform = autoTransform({ fallbackName: 'docs', uuids: false, ...options });
  return transform.extract(file, Buffer.from(json), new AbortController().signal);
}

/** Tables as `name: column, column` and their rows, for reading in tests. */
export function shown({ tables }: Extract): Record<string, unknown> {
  return Object.fromEntries(
    tables.map(({ name, columns, rows }) => [
      `${name}: ${columns.map((column) => `${column.name} ${column.type}`).join(', ')}`,
      [...rows],
    ]),
  );
}

/** The one table of that name. */
export function tableOf({ tables }: Extract, name: string): ExtractedTable {
  const found = tables.filter((table) => table.name === name);
  if (found[0] === undefined || found.length > 1)
    throw new RangeError(`${found.length} tables ${name} of ${tables.map((table) => table.name)}`);
  return found[0];
}
