import { filesTable } from '@tdp-sync/core';
import type { Sink } from '@tdp-sync/sink';

/** A file that could not be loaded, and why. */
export interface FailedFile {
  readonly path: string | null;
  readonly fileId: string;
  readonly errorCode: string;
  readonly error: string;
  readonly attempts: number;
  readonly retryAt: string;
}

/** Failed files that are named; all of them are in the files table. */
const NAMED = 100;

/** The first of a sync's failed files. */
export async function failedFiles(name: string, sink: Sink): Promise<readonly FailedFile[]> {
  const ids: string[] = [];
  for await (const { id } of sink.documents(name, { status: 'failed' })) {
    if (ids.push(id) === NAMED) break;
  }
  const table = filesTable(name);
  const found: FailedFile[] = [];
  for await (const { row } of sink.rows(table, ids)) {
    const cell = new Map(table.columns.map((column, index) => [column.name, row[index] ?? null]));
    const text = (column: string): string => String(cell.get(column) ?? '');
    found.push({
      path: text('file_path') || text('path') || null,
      fileId: text('file_id'),
      errorCode: text('error_code'),
      error: text('error'),
      attempts: Number(cell.get('attempts')),
      retryAt: text('retry_at'),
    });
  }
  return found;
}
