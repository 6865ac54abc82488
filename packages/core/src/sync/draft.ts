import type { Document, SinkError, Status } from '@tdp-sync/sink';
import { redacted, SyncError } from '../errors.ts';
import { describeFile, fileKey } from '../file.ts';
import { formatOrder } from '../position/order.ts';
import { concernsOneFile, retryDelayOfFileMs } from '../source/failures.ts';
import type { CatalogSnapshot } from '../tables/snapshot.ts';
import type { Version } from './decide.ts';
import { documentOf, emptied, type ShownStage } from './document.ts';
import type { SyncEvent } from './events.ts';
import type { Run } from './run.ts';
import type { Action, Draft, Extracted, HeldRows, HeldStage, Place, Task } from './shapes.ts';
import type { Uncommitted } from './uncommitted.ts';

/** Finds the tables for the rows of each file, in the order in which they are committed, and drafts its document. */
export async function* draft(
  run: Run,
  extracted: AsyncIterable<Extracted | Place>,
  uncommitted: Uncommitted,
): AsyncGenerator<Draft | Place> {
  for await (const one of extracted) {
    const drafted = 'task' in one ? draftOf(run, one) : undefined;
    if ('task' in one && drafted === undefined) uncommitted.leave(1);
    yield drafted ?? { after: one.after };
  }
}

type Load = Action & { readonly action: 'load' };

/** `undefined` where nothing is to be changed. `isAnew`: it was drafted before, by tables that are other ones now. */
function draftOf(run: Run, one: Extracted, isAnew = false): Draft | undefined {
  const { task } = one;
  const { decision } = task;
  switch (decision.action) {
    case 'refresh':
      return refreshed(run, task, decision.version);
    case 'delete':
      return run.deletes === 'remove'
        ? removed(run, task, decision.version)
        : { ...kept(run, task, decision.version, { is: 'deleted' }), outcome: 'deleted' };
    case 'load': {
      const version = loadedAs(decision.version);
      const filed = { version, stage: { is: 'loaded' }, status: 'loaded' } as const;
      const drafted = replaced(run, one, filed, isAnew);
      if (drafted instanceof SyncError) return failed(run, task, decision, drafted);
      const hasFailed = decision.attempt > 1;
      return { ...drafted, hasFailed, refused: (error) => refused(run, task, decision, error) };
    }
    case 'rederive': {
      const drafted = replaced(run, one, decision, isAnew);
      return drafted instanceof SyncError ? undefined : { ...drafted, refused: () => undefined };
    }
  }
}

/** How a file stands whose rows are replaced. */
interface Replacement {
  readonly version: Version;
  readonly stage: HeldStage;
  readonly status: Status;
}

/** All rows of a file are replaced, also those that it has in tables of another layout. Gives the error where its rows cannot be had. */
function replaced(
  run: Run,
  one: Extracted,
  { version, stage, status }: Replacement,
  isAnew: boolean,
): Draft | SyncError {
  const { task, result, bytes } = one;
  const { after, hit, alsoIn = [] } = task;
  if (result instanceof SyncError) return result;
  const id = fileKey(hit);
  const resolver = isAnew ? run.resolverAnew : run.resolver;
  const resolved = attempted(run, () => result && resolver.resolve(hit, result));
  if (resolved instanceof SyncError) return resolved;
  const layout = resolved?.layout ?? 0;
  const layouts = [...new Set([layout, ...layoutsBefore(run, id, version)])];
  run.recent.note(id, layout);
  const document = (catalog: CatalogSnapshot, held: HeldRows = NO_ROWS): Document => {
    const rows = emptied(catalog, [...layouts, held.layout]);
    for (const name of alsoIn) rows.set(name, []);
    for (const table of resolved?.tables ?? [])
      rows.set(table.name, table.rows(catalog.table(table.name)));
    // Of a file that TDP does not show, the files table says all that there is to say.
    return stage.is === 'loaded'
      ? documentOf(run, { id, hit, version: { ...version, layout }, stage, rows })
      : { id, status, order: formatOrder({ ...version, layout, stage }), rows };
  };
  const { fileId, indexedAt } = hit;
  if (!isAnew) run.emit({ type: 'file-loaded', sync: run.label, fileId, indexedAt, bytes });
  const placed = { reading: run.catalog.readings, anew: () => draftOf(run, one, true) };
  const outcome = status === 'loaded' ? 'loaded' : 'known';
  const rows = result?.tables.reduce((sum, table) => sum + table.rows.length, 0) ?? 0;
  return { after, id, outcome, bytes, rows, layouts, alsoIn, needsHeld: false, document, placed };
}

function attempted<T>(run: Run, work: () => T): T | SyncError {
  try {
    return work();
  } catch (error) {
    if (!concernsOneFile(error)) throw error;
    return redacted(error, run.redact);
  }
}

/** In which layouts a file may have rows. */
function layoutsBefore(run: Run, id: string, { layout }: Version): Iterable<number> {
  // A file without a line of the ledger may have rows of before a reset, in any layout that there was.
  const inherited = layout === 0 ? run.position.state.inherited : 0;
  const all = Array.from({ length: inherited }, (_, index) => index + 1);
  return [layout, ...run.recent.of(id), ...all];
}

/** The content is held: only the row of the files table is replaced. */
function refreshed(run: Run, task: Task, version: Version): Draft {
  const held = loadedAs(version);
  return { ...kept(run, task, held, { is: 'loaded' }, { held }), outcome: 'refreshed' };
}

/** The row of the files table says why; the rows of an older version stay, and `loaded_file_id` names it. */
function failed(run: Run, task: Task, load: Load, error: SyncError): Draft {
  const { draft, event } = failure(run, task, load, error);
  run.emit(event);
  return draft;
}

/** What the database refuses fails likewise. It is told later, since a database that refuses everything refuses that line, too. */
function refused(run: Run, task: Task, load: Load, error: SinkError): Draft {
  const told = new SyncError(
    'ROWS_REFUSED',
    `The database cannot hold the rows of ${describeFile(task.hit)}: ${error.message}`,
    { cause: error, reason: `The database cannot hold the rows: ${error.message}` },
  );
  const { draft, event } = failure(run, task, load, redacted(told, run.redact));
  return { ...draft, whenCommitted: () => run.emit(event) };
}

function failure(
  run: Run,
  task: Task,
  { version, attempt }: Load,
  error: SyncError,
): { readonly draft: Draft; readonly event: SyncEvent } {
  const { hit } = task;
  const retryAtMs = Math.ceil((run.nowMs() + retryDelayOfFileMs(attempt)) / 1000) * 1000;
  const event: SyncEvent = {
    ...{ type: 'file-failed', sync: run.label, fileId: hit.fileId },
    ...{ path: hit.filePath ?? hit.path, attempt, retryAtMs, error },
  };
  const stage = { is: 'failed', attempts: attempt, retryAtMs } as const;
  return { draft: { ...kept(run, task, version, stage, { error }), outcome: 'failed' }, event };
}

/** What a deleted file has in the data tables is taken away. */
function removed(run: Run, { after, hit }: Task, version: Version): Draft {
  const id = fileKey(hit);
  const bare = { ...version, layout: 0, loadedFileId: undefined };
  const document = (catalog: CatalogSnapshot, held: HeldRows = NO_ROWS): Document => {
    const rows = emptied(catalog, [held.layout]);
    return documentOf(run, { id, hit, version: bare, stage: { is: 'deleted' }, rows });
  };
  const layouts = [version.layout];
  return { ...bareDraft(after, id), outcome: 'deleted', layouts, needsHeld: true, document };
}

/** Only the row of the files table is replaced. `held`: the rows that the file is known to have; else, those of the ledger. */
function kept(
  run: Run,
  { after, hit }: Task,
  version: Version,
  stage: ShownStage,
  { held, error }: { readonly held?: HeldRows; readonly error?: SyncError } = {},
): Omit<Draft, 'outcome'> {
  const id = fileKey(hit);
  const document = (_catalog: CatalogSnapshot, stored: HeldRows = NO_ROWS): Document => {
    const { layout, loadedFileId, rows } = held ?? stored;
    const withRows = { ...version, layout, loadedFileId };
    return documentOf(run, { id, hit, rows, version: withRows, stage, error });
  };
  return { ...bareDraft(after, id), layouts: [], needsHeld: held === undefined, document };
}

const NO_ROWS: HeldRows = { layout: 0, loadedFileId: undefined };

function bareDraft(
  after: Place['after'],
  id: string,
): Pick<Draft, 'after' | 'id' | 'bytes' | 'rows'> {
  return { after, id, bytes: 0, rows: 0 };
}

function loadedAs(version: Version): Version {
  return { ...version, loadedFileId: version.fileId };
}
