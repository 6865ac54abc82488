import { type Hit, ORG } from '../ask.ts';
import type { SearchNode } from '../node/node.ts';

type Row = Readonly<Record<string, unknown>>;

const PAGE = 5_000;

/** All documents of the node, by the S3 key of their files. */
export async function documentsOf(node: SearchNode): Promise<Map<string, Row>> {
  const all = new Map<string, Row>();
  for (let after: unknown[] | undefined, more = true; more; ) {
    const body = { size: PAGE, sort: ['fileId'], ...(after && { search_after: after }) };
    const { text } = await node.done('POST', `/${ORG}_*/_search`, body);
    const hits: Hit[] = JSON.parse(text).hits.hits;
    for (const { _source } of hits) all.set(String(at(_source, 'file.path')), _source ?? {});
    after = hits.at(-1)?.sort?.slice();
    more = hits.length === PAGE;
  }
  return all;
}

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (inner as Row | undefined)?.[key], value);
}

/** Columns of the files table, and where TDP's document has the same. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  file_id: 'fileId',
  loaded_file_id: 'fileId',
  path: 'file.path',
  bucket: 'file.bucket',
  file_path: 'filePath',
  category: 'category',
  source_id: 'source.id',
  source_name: 'source.name',
  source_type: 'source.type',
  integration_type: 'integration.type',
  ids_type: 'idsType',
  ids_version: 'idsTypeVersion',
  labels: 'labels',
  metadata: 'metadata',
  tags: 'tags',
  trace_id: 'traceId',
  raw_file_id: 'rawFileId',
  size: 'file.size',
  checksum: 'file.checksum',
  created_at: 'createdAt',
  indexed_at: 'indexedAt',
};
/** What a file without them has. */
const EMPTY: Readonly<Record<string, unknown>> = { labels: [] };

function text(column: string, value: unknown): string {
  if (value === undefined || value === null) return JSON.stringify(EMPTY[column] ?? null);
  if (column.endsWith('_at')) return new Date(`${value}`.replace(/Z?$/, 'Z')).toISOString();
  if (typeof value === 'object') return JSON.stringify(value);
  const isJson = ['labels', 'metadata', 'tags'].includes(column);
  return isJson ? JSON.stringify(JSON.parse(String(value))) : String(value);
}

/** Every difference between the documents and the rows of the files table that are loaded. */
export function unequal(documents: ReadonlyMap<string, Row>, rows: readonly Row[]): string[] {
  const held = new Map(rows.map((row) => [String(row['path']), row]));
  const found: string[] = [];
  for (const [path, document] of documents) {
    const row = held.get(path);
    if (row === undefined) {
      found.push(`missing ${path}`);
      continue;
    }
    for (const [column, field] of Object.entries(ATTRIBUTES)) {
      const [left, right] = [text(column, at(document, field)), text(column, row[column])];
      if (left !== right) found.push(`${column} of ${path}: ${left}, in the database ${right}`);
    }
  }
  for (const path of held.keys()) if (!documents.has(path)) found.push(`extra ${path}`);
  return found;
}
