import { filesTable } from '@tdp-sync/core';
import type { Sink } from '@tdp-sync/sink';
import { type FailureGroup, FailureGroups } from '../failures.ts';

/** A file that could not be loaded, and why. */
export interface FailedFile {
  readonly path: string | null;
  readonly fileId: string;
  readonly errorCode: string;
  readonly error: string;
  /** Where in the file, where that can be said. */
  readonly errorAt: string | null;
  readonly attempts: number;
  readonly retryAt: string;
}

/** A sync's failed files. */
export interface Failures {
  readonly files: number;
  /** The largest first. Of more than {@link READ} files, those of the first ones. */
  readonly groups: readonly FailureGroup[];
  /** The first of the files for each reason, at most {@link NAMED}. */
  readonly named: readonly FailedFile[];
}

/** Failed files that are named; all of them are in the files table. */
const NAMED = 100;
/** So many for one and the same reason, to leave room for others. */
const NAMED_ALIKE = 20;
/** So many are read, to be grouped by their reasons. */
const READ = 10_000;

/** Counts a sync's failed files by their reasons. */
export async function failuresOf(name: string, sink: Sink): Promise<Failures> {
  const ids: string[] = [];
  let files = 0;
  for await (const { id } of sink.documents(name, { status: 'failed' })) {
    files += 1;
    if (ids.length < READ) ids.push(id);
  }
  const named: FailedFile[] = [];
  const groups = new FailureGroups();
  for await (const file of ids.length === 0 ? [] : failedFiles(name, sink, ids)) {
    const { errorCode, error, path, fileId } = file;
    const alike = groups.add({ errorCode, error, first: path ?? fileId });
    if (named.length < NAMED && alike <= NAMED_ALIKE) named.push(file);
  }
  return { files, groups: groups.all, named };
}

async function* failedFiles(
  name: string,
  sink: Sink,
  ids: readonly string[],
): AsyncGenerator<FailedFile> {
  const table = filesTable(name);
  for await (const { row } of sink.rows(table, ids)) {
    const cell = new Map(table.columns.map((column, index) => [column.name, row[index] ?? null]));
    const text = (column: string): string => String(cell.get(column) ?? '');
    yield {
      path: text('file_path') || text('path') || null,
      fileId: text('file_id'),
      errorCode: text('error_code'),
      error: text('error'),
      errorAt: text('error_at') || null,
      attempts: Number(cell.get('attempts')),
      retryAt: text('retry_at'),
    };
  }
}
