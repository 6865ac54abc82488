import type { Document, Row, Status, StoredDocument } from '@tdp-sync/sink';
import type { Step } from './batch.ts';
import { type Decision, type DecisionContext, decide, type Version } from './decide.ts';
import type { SyncError } from './errors.ts';
import type { SyncEvent } from './events.ts';
import { concernsOneFile, retryDelayOfFileMs } from './failures.ts';
import { type FileHit, fileKey } from './file.ts';
import { filesRow, filesTable, type Standing } from './files-table.ts';
import { formatOrder, type Stage } from './order.ts';
import type { Source } from './source.ts';
import type { Transform } from './transform/transform.ts';

/** Which files have content that becomes rows: IDS files, all, or none. Every file gets its row in the files table. */
export type ContentPolicy = 'ids' | 'all' | 'none';

/**
 * What becomes of a file that was deleted in TDP: `mark` sets its row in the files table to `deleted` and
 * keeps its data, `remove` takes its data away too, `ignore` leaves all as it is.
 */
export type DeletePolicy = 'mark' | 'remove' | 'ignore';

/** What turning a hit into a document needs. */
export interface WorkContext {
  readonly sync: string;
  readonly source: Source;
  readonly transform: Transform;
  readonly content: ContentPolicy;
  readonly deletes: DeletePolicy;
  /** TDP's clock, as far as it is known by now. */
  readonly nowMs: () => number;
  readonly emit: (event: SyncEvent) => void;
}

/** One thing to do, or just a place that was reached. */
export interface Task {
  /** Every file up to this fileId is dealt with once this task and those before it are. */
  readonly after: string;
  readonly hit?: FileHit;
  readonly decision?: Exclude<Decision, { action: 'skip' | 'wait' }>;
}

/** What a page of hits asks for, and what it does not. */
export interface PagePlan {
  readonly tasks: readonly Task[];
  /** Hits that ask for nothing: held, or failed and not due yet. */
  readonly known: number;
}

/** Holds a page against the ledger. The plan's last task stands at the end of the page. */
export function planPage(
  hits: readonly FileHit[],
  ledger: ReadonlyMap<string, StoredDocument>,
  context: DecisionContext,
): PagePlan {
  const tasks: Task[] = [];
  let known = 0;
  for (const hit of hits) {
    const decision = decide(hit, ledger.get(fileKey(hit)), context);
    if (decision.action === 'skip' || decision.action === 'wait') known += 1;
    else tasks.push({ after: hit.fileId, hit, decision });
  }
  const last = hits.at(-1);
  if (last !== undefined && tasks.at(-1)?.after !== last.fileId) tasks.push({ after: last.fileId });
  return { tasks, known };
}

/** Does a task: retrieves the content where it is needed, and builds the document. */
export async function doTask(task: Task, context: WorkContext, signal: AbortSignal): Promise<Step> {
  const { after, hit, decision } = task;
  if (hit === undefined || decision === undefined) {
    return { after, document: undefined, outcome: 'known', bytes: 0 };
  }
  const { version } = decision;
  if (decision.action === 'load') return loadFile(hit, version, decision.attempt, context, signal);
  if (decision.action === 'delete') return deleteFile(hit, version, context);
  const document = build(hit, loadedAs(version), { is: 'loaded' }, new Map(), context);
  return { after, document, outcome: 'refreshed', bytes: 0 };
}

/** JSON is stored compressed; several times its stored size is in memory while it is retrieved. */
const INFLATION = 4;

/** What a task will probably hold in memory while it is under way. */
export function expectedBytes({ hit, decision }: Task, content: ContentPolicy): number {
  if (hit === undefined || decision?.action !== 'load' || !hasContent(hit, content)) return 0;
  return (hit.size ?? 0) * INFLATION;
}

async function loadFile(
  hit: FileHit,
  version: Version,
  attempt: number,
  context: WorkContext,
  signal: AbortSignal,
): Promise<Step> {
  const after = hit.fileId;
  try {
    const content = hasContent(hit, context.content)
      ? await context.source.retrieve(hit, signal)
      : undefined;
    const rows =
      content === undefined ? noRows(context.transform) : context.transform.rows(hit, content);
    const document = build(hit, loadedAs(version), { is: 'loaded' }, rows, context);
    const bytes = content?.length ?? 0;
    context.emit({ type: 'file-loaded', sync: context.sync, fileId: hit.fileId, bytes });
    const step: Step = { after, document, outcome: 'loaded', bytes };
    return content === undefined ? step : { ...step, retrieval: 'succeeded' };
  } catch (error) {
    if (!concernsOneFile(error)) throw error;
    return { ...failedStep(hit, version, attempt, error, context), retrieval: error };
  }
}

function deleteFile(hit: FileHit, version: Version, context: WorkContext): Step {
  const after = hit.fileId;
  if (context.deletes === 'ignore')
    return { after, document: undefined, outcome: 'known', bytes: 0 };
  const stage = { is: 'deleted' } as const;
  if (context.deletes === 'mark')
    return { ...keepingStep(hit, version, stage, context), outcome: 'deleted' };
  const bare = { ...version, loadedFileId: undefined };
  const document = build(hit, bare, stage, noRows(context.transform), context);
  return { after, document, outcome: 'deleted', bytes: 0 };
}

function loadedAs(version: Version): Version {
  return { ...version, loadedFileId: version.fileId };
}

/** The row of the files table says why; the rows of an older version stay, and `loaded_file_id` names it. */
function failedStep(
  hit: FileHit,
  version: Version,
  attempt: number,
  error: SyncError,
  context: WorkContext,
): Step {
  const retryAtMs = Math.ceil((context.nowMs() + retryDelayOfFileMs(attempt)) / 1000) * 1000;
  context.emit({
    type: 'file-failed',
    sync: context.sync,
    fileId: hit.fileId,
    path: hit.filePath ?? hit.path,
    attempt,
    retryAtMs,
    error,
  });
  const stage = { is: 'failed', attempts: attempt, retryAtMs } as const;
  const step = keepingStep(hit, version, stage, context, error);
  return { ...step, outcome: 'failed', again: attempt > 1 };
}

/** Only the row of the files table is replaced. */
function keepingStep(
  hit: FileHit,
  version: Version,
  stage: Exclude<Stage, { is: 'missing' }>,
  context: WorkContext,
  error?: SyncError,
): Omit<Step, 'outcome'> {
  const asOf = (loadedFileId: string | undefined): Document =>
    build(hit, { ...version, loadedFileId }, stage, new Map(), context, error);
  return { after: hit.fileId, document: asOf(version.loadedFileId), asOf, bytes: 0 };
}

function build(
  hit: FileHit,
  version: Version,
  stage: Exclude<Stage, { is: 'missing' }>,
  rows: ReadonlyMap<string, Iterable<Row>>,
  context: WorkContext,
  error?: SyncError,
): Document {
  const syncedAtMs = context.nowMs();
  const status: Status = stage.is;
  const standing: Standing = {
    status,
    loadedFileId: version.loadedFileId,
    syncedAtMs,
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
    ...(stage.is === 'failed' ? { attempts: stage.attempts, retryAtMs: stage.retryAtMs } : {}),
    ...(stage.is === 'deleted' ? { deletedAtMs: syncedAtMs } : {}),
  };
  return {
    id: fileKey(hit),
    order: formatOrder({ ...version, stage }),
    status,
    rows: new Map([...rows, [filesTable(context.sync).name, [filesRow(hit, standing)]]]),
  };
}

function hasContent(hit: FileHit, policy: ContentPolicy): boolean {
  if (policy !== 'ids') return policy === 'all';
  return hit.category === undefined ? hit.ids !== undefined : hit.category.toUpperCase() === 'IDS';
}

/** All data tables, named without rows: the file then has none there, not even those that it may have had. */
export function noRows(transform: Transform): ReadonlyMap<string, Iterable<Row>> {
  return new Map(transform.tables.map(({ name }) => [name, []]));
}
