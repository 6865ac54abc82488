import { formatOrder, parseOrder } from '../position/order.ts';
import { isRetryDue } from '../source/failures.ts';
import { beginHistory } from './begin-history.ts';
import { commitDocuments } from './commit.ts';
import type { RunReport } from './events.ts';
import type { SyncOptions } from './options.ts';
import type { Planning } from './plan.ts';
import { poll, syncWindow } from './poll.ts';
import { countOlderRows, rebuildRows, syncByIds } from './rebuild.ts';
import { reportOf } from './report.ts';
import { isStopped, type Run, untilStopped } from './run.ts';
import { areLeft, bringInSlices, closeSlices, cutBacklog, openSlices } from './slices.ts';
import { clocksDisagree } from './standing.ts';
import { undisturbedRun } from './undisturbed.ts';
import { settleUnredacted } from './unredacted.ts';

/**
 * Brings the sink up to date with TDP once: polls for closed windows (`poll.ts`), and for each one pages through
 * its hits, plans what is to be done, retrieves what the sink does not hold, transforms, stages and commits it (`steps.ts`).
 *
 * When it resolves with `complete`, every file indexed before the watermark is in the sink, as data or
 * as a row that says why not, and the watermark is as late as the clocks at hand allow. Whatever ends it earlier, what was
 * committed is whole, and the next run continues there.
 *
 * @throws SyncError for what concerns the source as a whole, `CLOCKS_DISAGREE` when clocks keep it from proving what
 *   TDP shows, SinkError for what concerns the sink, the signal's reason when it is aborted before the first window or
 *   retry.
 */
export function sync(options: SyncOptions): Promise<RunReport> {
  return undisturbedRun(options, (run) => syncOnce(run, options.slices));
}

async function syncOnce(run: Run, slices: SyncOptions['slices']): Promise<RunReport> {
  await untilStopped(run, async () => {
    if (run.pulledBack !== undefined) await commitDocuments(run, [], await run.catalog.save(), {});
    await beginHistory(run);
    await rebuildRows(run);
    await retryFailed(run, isThawed(run));
    if (isThawed(run) && !isStopped(run)) run.position.thaw();
    await closeSlices(run);
    if (slices !== undefined) await cutBacklog(run, slices.source, slices.files, 1);
    const beside: Run = { ...run, isShared: run.isShared || openSlices(run).length > 0 };
    for (let window = poll(run); window !== undefined && !isStopped(run); window = poll(run))
      await syncWindow(beside, window);
    if (run.isShared && slices === undefined && (await areLeft(run)))
      await bringInSlices(run, openSlices(run));
    await closeSlices(run);
    await settleUnredacted(run);
  });
  const isLeft = poll(run) !== undefined || openSlices(run).length > 0;
  const isInterrupted = isStopped(run) && isLeft;
  if (run.clocks.isBarred && !isInterrupted) throw clocksDisagree(run.clocks);
  return reportOf(run, isInterrupted);
}

/**
 * Makes the rows of every file anew whose rows follow an older mapping; with `all`, of every file. Documents that
 * the database keeps are not retrieved again. The position stays where it is.
 *
 * @throws as {@link sync}.
 */
export async function rebuild(options: SyncOptions, all = false): Promise<RunReport> {
  return undisturbedRun(options, async (run) => {
    if (all) run.position.remap();
    await untilBegun(run, () => rebuildRows(run));
    const report = await reportOf(run, isStopped(run));
    return { ...report, olderRows: await countOlderRows(run) };
  });
}

/**
 * Tries every failed file now, due or not. The position stays where it is.
 *
 * @throws as {@link sync}.
 */
export async function retry(options: SyncOptions): Promise<RunReport> {
  return undisturbedRun(options, async (run) => {
    await untilBegun(run, () => retryFailed(run, true));
    return reportOf(run, isStopped(run));
  });
}

/**
 * Brings the files with these fileIds up to date, failed ones included, as {@link sync} does when it
 * meets them. With `goBack`, versions that are earlier than those held take their place: the caller has seen that TDP
 * does not show the later ones. Files of `anew`, by key, are loaded although they are held, and their rows in these tables
 * replaced. fileIds that TDP does not show are passed over. The position stays where it is.
 *
 * @throws as {@link sync}.
 */
export async function syncFiles(
  options: SyncOptions,
  fileIds: readonly string[],
  planning: Pick<Planning, 'goBack' | 'anew'> = {},
): Promise<RunReport> {
  return undisturbedRun(options, async (run) => {
    await untilBegun(run, () => syncByIds(run, fileIds, { retryNow: true, ...planning }));
    return reportOf(run, isStopped(run));
  });
}

/**
 * Takes rows away that belong to no file that the database knows: by `_file_key`, the tables that have some. The position
 * stays where it is.
 *
 * @throws SinkError for what concerns the sink.
 */
export async function removeRows(
  options: SyncOptions,
  rows: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  const order = formatOrder({ ...NOTHING, stage: { is: 'deleted' } });
  const documents = [...rows].map(([id, tables]) => ({
    ...{ id, order, status: 'deleted' as const },
    rows: new Map(tables.map((name) => [name, []])),
  }));
  await undisturbedRun(options, async (run) => {
    await commitDocuments(run, documents, await run.catalog.save(), {});
  });
}

/** The version of what is no file: every file's ranks above. */
const NOTHING = {
  ...{ epoch: 0, createdAtMs: 0, indexedAtMs: 0, fileId: 'none', mapping: 0, edits: 0 },
  ...{ attributes: '0000000000', layout: 0, loadedFileId: undefined },
} as const;

/** What is done outside of a whole run, too, is told by the history. */
function untilBegun(run: Run, work: () => Promise<void>): Promise<void> {
  return untilStopped(run, async () => {
    await beginHistory(run);
    if (isStopped(run)) return;
    await work();
    await settleUnredacted(run);
  });
}

/** What a frozen schema has refused is due at once when it is frozen no more. */
function isThawed({ schema, position }: Run): boolean {
  return schema !== 'freeze' && position.state.isFrozen;
}

/** Tries the failed files that are due. The position stays where it is. */
async function retryFailed(run: Run, evenIfNotDue: boolean): Promise<void> {
  const due: string[] = [];
  for await (const stored of run.sink.documents(run.name, { status: 'failed' })) {
    const order = parseOrder(stored.order);
    if (order === undefined) continue;
    const { stage, fileId } = order;
    // One that a sweep has missed may be back, and no window would show it.
    const isDue = stage.is !== 'failed' || isRetryDue(stage.retryAtMs, run.nowMs());
    if (evenIfNotDue || isDue) due.push(fileId);
  }
  await syncByIds(run, due, { isRetry: true, retryNow: evenIfNotDue });
}
