import type { Status, StoredDocument } from '@tdp-sync/sink';
import type { SyncError } from '../errors.ts';
import type { FileHit } from '../file.ts';
import { concernsOneFile, retryDelayOfFileMs } from '../source/failures.ts';
import type { Source } from '../source/source.ts';
import type { Settler } from '../tables/resolve.ts';
import type { Transform } from '../transform/transform.ts';
import type { Step } from './batch.ts';
import { type Decision, type DecisionContext, decide, type Version } from './decide.ts';
import {
  type DraftContext,
  type Extracted,
  type HeldStage,
  keeping,
  removing,
  replacing,
} from './draft.ts';
import type { SyncEvent } from './events.ts';

/** Which files have content that becomes rows: IDS files, all, or none. Every file gets its row in the files table. */
export type ContentPolicy = 'ids' | 'all' | 'none';

/**
 * What becomes of a file that was deleted in TDP: `mark` sets its row in the files table to `deleted` and
 * keeps its data, `remove` takes its data away too, `ignore` leaves all as it is.
 */
export type DeletePolicy = 'mark' | 'remove' | 'ignore';

/** What turning a hit into a document needs. */
export interface WorkContext extends DraftContext {
  readonly source: Source;
  readonly transform: Transform;
  readonly settler: Settler;
  readonly content: ContentPolicy;
  readonly deletes: DeletePolicy;
  readonly emit: (event: SyncEvent) => void;
}

/** One thing to do, or just a place that was reached. */
export interface Task {
  /** Every file up to this fileId is dealt with once this task and those before it are. */
  readonly after: string;
  readonly hit?: FileHit;
  readonly decision?: Exclude<Decision, { action: 'skip' | 'wait' }> | Rederivation;
  /** The content, where it need not be retrieved. */
  readonly content?: Buffer;
}

/** To make the rows of a file anew that TDP does not show any more. */
export interface Rederivation {
  readonly action: 'rederive';
  readonly version: Version;
  /** As the ledger has them. */
  readonly stage: HeldStage;
  readonly status: Status;
}

/** What a page of hits asks for, and what it does not. */
export interface PagePlan {
  readonly tasks: readonly Task[];
  /** Hits that ask for nothing: held, or failed and not due yet. */
  readonly known: number;
}

/** Holds a page against the ledger's line for each of its hits. The plan's last task stands at the end of the page. */
export function planPage(
  hits: readonly FileHit[],
  stored: readonly (StoredDocument | undefined)[],
  context: DecisionContext,
): PagePlan {
  const tasks: Task[] = [];
  let known = 0;
  for (const [index, hit] of hits.entries()) {
    const decision = decide(hit, stored[index], context);
    if (decision.action === 'skip' || decision.action === 'wait') known += 1;
    else tasks.push({ after: hit.fileId, hit, decision });
  }
  const last = hits.at(-1);
  if (last !== undefined && tasks.at(-1)?.after !== last.fileId) tasks.push({ after: last.fileId });
  return { tasks, known };
}

/** Does a task as far as it does not depend on the files before it: retrieves the content and extracts its rows. */
export async function doTask(
  task: Task,
  context: WorkContext,
  signal: AbortSignal,
): Promise<Step | Extracted> {
  const { after, hit, decision } = task;
  if (hit === undefined || decision === undefined) return nothing(after);
  const { version } = decision;
  switch (decision.action) {
    case 'load':
      return loadFile(task, hit, version, decision.attempt, context, signal);
    case 'rederive':
      return rederive(task, hit, decision, context, signal);
    case 'delete':
      return deleteFile(hit, version, context);
    case 'refresh': {
      const draft = keeping(hit, loadedAs(version), { is: 'loaded' }, context, version);
      return { after, draft, outcome: 'refreshed', bytes: 0 };
    }
  }
}

/** JSON is stored compressed; several times its stored size is in memory while it is retrieved. */
const INFLATION = 4;

/** What a task will probably hold in memory while it is under way. */
export function expectedBytes({ hit, decision }: Task, content: ContentPolicy): number {
  if (hit === undefined || decision?.action !== 'load' || !hasContent(hit, content)) return 0;
  return (hit.size ?? 0) * INFLATION;
}

async function loadFile(
  task: Task,
  hit: FileHit,
  version: Version,
  attempt: number,
  context: WorkContext,
  signal: AbortSignal,
): Promise<Step | Extracted> {
  const { after } = task;
  const loaded = {
    ...{ after, hit, version: loadedAs(version), attempt },
    ...({ stage: { is: 'loaded' }, status: 'loaded' } as const),
  };
  try {
    if (!hasContent(hit, context.content)) return { ...loaded, extract: undefined, bytes: 0 };
    const content = task.content ?? (await context.source.retrieve(hit, signal));
    const extract = await context.transform.extract(hit, content, signal);
    const { length: bytes } = content;
    const read = { ...loaded, extract, bytes };
    return task.content === undefined ? { ...read, retrieval: 'succeeded' } : read;
  } catch (error) {
    if (!concernsOneFile(error)) throw error;
    return failedStep(hit, version, attempt, error, context);
  }
}

/** The rows of a file that TDP does not show any more, made anew of its content in the database. */
async function rederive(
  { after, content = Buffer.alloc(0) }: Task,
  hit: FileHit,
  { version, stage, status }: Rederivation,
  context: WorkContext,
  signal: AbortSignal,
): Promise<Step | Extracted> {
  try {
    const extract = await context.transform.extract(hit, content, signal);
    return { after, hit, version, stage, status, attempt: 1, extract, bytes: content.length };
  } catch (error) {
    if (!concernsOneFile(error)) throw error;
    return nothing(after);
  }
}

/** Finds the tables for what was extracted. To be called file by file, in the order in which they are committed. */
export function settle(extracted: Extracted, context: WorkContext): Step {
  const { after, hit, version, status, attempt, extract, bytes, retrieval } = extracted;
  try {
    const settled = extract === undefined ? undefined : context.settler.settle(hit, extract);
    const draft = replacing(extracted, settled, context);
    context.emit({ type: 'file-loaded', sync: context.sync, fileId: hit.fileId, bytes });
    const outcome = status === 'loaded' ? 'loaded' : 'known';
    const rows = extract?.tables.reduce((sum, table) => sum + table.rows.length, 0) ?? 0;
    const step: Step = { after, draft, outcome, bytes, rows };
    return retrieval === undefined ? step : { ...step, retrieval };
  } catch (error) {
    if (!concernsOneFile(error)) throw error;
    return failedStep(hit, version, attempt, error, context);
  }
}

function nothing(after: string): Step {
  return { after, draft: undefined, outcome: 'known', bytes: 0 };
}

function deleteFile(hit: FileHit, version: Version, context: WorkContext): Step {
  const after = hit.fileId;
  const stage = { is: 'deleted' } as const;
  if (context.deletes === 'ignore') return nothing(after);
  if (context.deletes === 'mark') {
    const draft = keeping(hit, version, stage, context);
    return { after, draft, outcome: 'deleted', bytes: 0 };
  }
  return { after, draft: removing(hit, version, context), outcome: 'deleted', bytes: 0 };
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
  const draft = keeping(hit, version, stage, context, undefined, error);
  const again = attempt > 1;
  return { after: hit.fileId, draft, outcome: 'failed', bytes: 0, retrieval: error, again };
}

function hasContent(hit: FileHit, policy: ContentPolicy): boolean {
  if (policy !== 'ids') return policy === 'all';
  return hit.category === undefined ? hit.ids !== undefined : hit.category.toUpperCase() === 'IDS';
}
