import type { Document, Row, Status } from '@tdp-sync/sink';
import type { SyncError } from '../errors.ts';
import { type FileHit, fileKey } from '../file.ts';
import { formatOrder, type Stage } from '../position/order.ts';
import type { CatalogSnapshot } from '../tables/catalog.ts';
import { filesRow, filesTable, type Standing } from '../tables/files-table.ts';
import type { Settled } from '../tables/resolve.ts';
import type { Extract } from '../transform/transform.ts';
import type { Draft, HeldRows } from './batch.ts';
import type { Version } from './decide.ts';
import type { RecentLayouts } from './recent-layouts.ts';

/** What drafting a document needs besides the file. */
export interface DraftContext {
  readonly sync: string;
  readonly recent: RecentLayouts;
  /** Layouts of the catalogue that a file without known rows may have rows in. */
  readonly inherited: () => number;
  /** TDP's clock, as far as it is known by now. */
  readonly nowMs: () => number;
}

/** Stages in which a file's rows may be those of the version that its order names. */
export type HeldStage = Exclude<Stage, { is: 'failed' }>;

/** A file whose content has been read, before it is settled where its rows go. */
export interface Extracted {
  readonly after: string;
  readonly hit: FileHit;
  readonly version: Version;
  readonly stage: HeldStage;
  readonly status: Status;
  readonly attempt: number;
  /** `undefined` for a file without content that becomes rows. */
  readonly extract: Extract | undefined;
  readonly bytes: number;
  readonly retrieval?: 'succeeded';
}

const NO_ROWS: HeldRows = { layout: 0, loadedFileId: undefined };

/** The document that replaces all rows of a file, also those that it has in tables of another layout. */
export function replacing(
  { hit, version, stage, status }: Extracted,
  settled: Settled | undefined,
  context: DraftContext,
): Draft {
  const id = fileKey(hit);
  const layout = settled?.layout ?? 0;
  const layouts = [...new Set([layout, ...layoutsBefore(id, version, context)])];
  context.recent.note(id, layout);
  const document = (catalog: CatalogSnapshot): Document => {
    const rows = new Map<string, Iterable<Row>>();
    for (const one of layouts) for (const name of catalog.tablesOf(one)) rows.set(name, []);
    for (const table of settled?.tables ?? [])
      rows.set(table.name, table.rows(catalog.table(table.name)));
    // Of a file that TDP does not show, the files table says all that there is to say.
    return stage.is === 'loaded'
      ? build(id, hit, { ...version, layout }, stage, rows, context)
      : { id, status, order: formatOrder({ ...version, layout, stage }), rows };
  };
  return { id, layouts, needsHeld: false, document };
}

/** In which layouts a file may have rows. */
function layoutsBefore(id: string, version: Version, context: DraftContext): Iterable<number> {
  const inherited = version.layout === 0 ? context.inherited() : 0;
  return [
    version.layout,
    ...context.recent.of(id),
    ...Array.from({ length: inherited }, (_, index) => index + 1),
  ];
}

/** The document that takes away what a deleted file has in the data tables. */
export function removing(hit: FileHit, version: Version, context: DraftContext): Draft {
  const id = fileKey(hit);
  const bare = { ...version, layout: 0, loadedFileId: undefined };
  const document = (catalog: CatalogSnapshot, held: HeldRows = NO_ROWS): Document =>
    build(id, hit, bare, { is: 'deleted' }, emptied(catalog, held.layout), context);
  return { id, layouts: [version.layout], needsHeld: true, document };
}

/** The tables of a layout, named without rows. */
export function emptied(
  catalog: CatalogSnapshot,
  layout: number,
): ReadonlyMap<string, Iterable<Row>> {
  return new Map(catalog.tablesOf(layout).map((name) => [name, []]));
}

/** The document that replaces only a file's row of the files table. `rows`: those that it is known to have; else, those of the ledger. */
export function keeping(
  hit: FileHit,
  version: Version,
  stage: Exclude<Stage, { is: 'missing' }>,
  context: DraftContext,
  rows?: HeldRows,
  error?: SyncError,
): Draft {
  const id = fileKey(hit);
  const document = (_catalog: CatalogSnapshot, held: HeldRows = NO_ROWS): Document => {
    const { layout, loadedFileId } = rows ?? held;
    return build(id, hit, { ...version, layout, loadedFileId }, stage, new Map(), context, error);
  };
  return { id, layouts: [], needsHeld: rows === undefined, document };
}

function build(
  id: string,
  hit: FileHit,
  version: Version,
  stage: Exclude<Stage, { is: 'missing' }>,
  rows: ReadonlyMap<string, Iterable<Row>>,
  context: DraftContext,
  error?: SyncError,
): Document {
  const syncedAtMs = context.nowMs();
  const standing: Standing = {
    status: stage.is,
    loadedFileId: version.loadedFileId,
    syncedAtMs,
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
    ...(stage.is === 'failed' ? { attempts: stage.attempts, retryAtMs: stage.retryAtMs } : {}),
    ...(stage.is === 'deleted' ? { deletedAtMs: syncedAtMs } : {}),
  };
  return {
    id,
    order: formatOrder({ ...version, stage }),
    status: stage.is,
    rows: new Map([...rows, [filesTable(context.sync).name, [filesRow(hit, standing)]]]),
  };
}
