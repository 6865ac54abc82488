import type { Document, Row } from '@tdp-sync/sink';
import type { SyncError } from '../errors.ts';
import { type FileHit, withoutFile } from '../file.ts';
import { formatOrder, type Stage } from '../position/order.ts';
import { filesRow, filesTable, type Standing } from '../tables/files-table.ts';
import type { CatalogSnapshot } from '../tables/snapshot.ts';
import type { Version } from './decide.ts';
import type { Run } from './run.ts';

/** Stages that a file can have which TDP shows. */
export type ShownStage = Exclude<Stage, { is: 'missing' | 'unmatched' }>;

/** A file whose row of the files table says how it stands, and with these rows in the data tables. */
export interface Filed {
  readonly id: string;
  readonly hit: FileHit;
  readonly version: Version;
  readonly stage: ShownStage;
  readonly rows?: ReadonlyMap<string, Iterable<Row>> | undefined;
  readonly error?: SyncError | undefined;
}

/** The document of a file: the rows that are given, and its row of the files table. */
export function documentOf(run: Run, { id, hit, version, stage, rows, error }: Filed): Document {
  const syncedAtMs = run.nowMs();
  const standing: Standing = {
    status: stage.is,
    loadedFileId: version.loadedFileId,
    syncedAtMs,
    ...(error === undefined ? {} : { error: shared(error, hit) }),
    ...(stage.is === 'failed' ? { attempts: stage.attempts, retryAtMs: stage.retryAtMs } : {}),
    ...(stage.is === 'deleted' ? { deletedAtMs: syncedAtMs } : {}),
  };
  return {
    id,
    order: formatOrder({ ...version, stage }),
    status: stage.is,
    rows: new Map([...(rows ?? []), [filesTable(run.name).name, [filesRow(hit, standing)]]]),
  };
}

/** What files may have in common: the row itself names the file, and a column of its own says where in it. */
function shared({ code, reason, where }: SyncError, hit: FileHit): NonNullable<Standing['error']> {
  return { code, reason: withoutFile(reason, hit), where };
}

/** The tables of these layouts, named without rows, so that what a file has there goes. */
export function emptied(
  catalog: CatalogSnapshot,
  layouts: readonly number[],
): Map<string, Iterable<Row>> {
  const names = layouts.flatMap((layout) => catalog.tablesOf(layout));
  return new Map(names.map((name) => [name, []]));
}
