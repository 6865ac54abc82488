import { randomBytes } from 'node:crypto';
import { stateConflict } from '@tdp-sync/sink';
import { isConflict } from '../position/fence.ts';
import { Position } from '../position/position.ts';
import { confirmed } from '../position/pull-back.ts';
import { type Slice, type SlicePlan, slicesOf, withoutFirst } from '../position/slices.ts';
import { parseState, type SyncState } from '../position/state.ts';
import { cuts } from '../source/cut.ts';
import type { HistogramSource } from '../source/source.ts';
import { nextWindow } from '../source/window.ts';
import { commitDocuments } from './commit.ts';
import { placed } from './placed.ts';
import { syncWindow, touched } from './poll.ts';
import { isStopped, type Run } from './run.ts';

/*
 * A backlog is cut by time into slices, each a window with a state of its own, which any worker may take. What a worker commits is guarded by
 * the slice's state, so that of two that have the same one only one gets on; and each document by the line of the ledger that it was made
 * against, so that of two that meet the same file in two slices neither overwrites what it has not seen. Meanwhile the sync's own state goes on
 * behind the last slice; its watermark moves over those that are closed, from the first on.
 */

/**
 * Cuts what lies before a sync into slices of at most about so many files, and as many for each worker, unless it is cut already or there are
 * fewer files than two slices have.
 *
 * @throws SinkError `STATE_CONFLICT` when somebody else has moved the sync meanwhile.
 */
export async function cutBacklog(
  run: Run,
  source: HistogramSource,
  sliceFiles: number,
  workers: number,
): Promise<void> {
  const { watermarkMs, slices: before } = run.position.state;
  if (before !== undefined || run.tally.expected < 2 * sliceFiles) return;
  const window = nextWindow({ ...run.windows, maxWindowMs: Number.POSITIVE_INFINITY, watermarkMs });
  if (window === undefined) return;
  const query = { filter: run.filter, indexed: window };
  const { count } = await source.survey(query, run.signal);
  if (count < 2 * sliceFiles) return;
  // What the window has in common with the one before is there already.
  if (watermarkMs !== undefined && watermarkMs > window.fromMs) {
    const behind = { ...query, indexed: { fromMs: watermarkMs, toMs: window.toMs } };
    if ((await source.survey(behind, run.signal)).count < 2 * sliceFiles) return;
  }
  const slices = Math.ceil(count / sliceFiles / workers) * workers;
  const plan: SlicePlan = {
    id: randomBytes(4).toString('hex'),
    first: 0,
    cuts: await cuts(source, query, { files: count, slices }, run.signal),
    tailMs: window.toMs,
  };
  if (plan.cuts.length < 3) return;
  const { nowMs: provenMs, dateMs, localMs } = run.clocks;
  const confirmedMs = confirmed(run.position.state, window, run.windows.settleMs, run.clocks);
  const { catalog } = await placed({ ...run, isShared: true }, []);
  await commitDocuments(run, [], catalog, {
    ...{ open: undefined, slices: plan, startMs: run.windows.startMs },
    clocks: { provenMs, dateMs, localMs, confirmedMs },
  });
  run.emit({ type: 'backlog-cut', sync: run.label, slices: plan.cuts.length - 1, files: count });
}

/** The slices that are left. */
export function openSlices({ name, position }: Run): readonly Slice[] {
  const { slices } = position.state;
  return slices === undefined ? [] : slicesOf(name, slices);
}

/** After so long without a commit nobody is at work on a slice any more, as far as one can tell. */
const LEFT_MS = 600_000;
/** Workers take slices in order of time, so that those at work are at work on one of the first that are open. */
const LOOKED_AT = 16;

/** Whether nobody seems to be at work on the slices. */
export async function areLeft(run: Run): Promise<boolean> {
  for (const { name } of openSlices(run).slice(0, LOOKED_AT)) {
    const touchedMs = (await storedState(run, name))?.clocks?.provenMs;
    if (touchedMs !== undefined && run.nowMs() - touchedMs < LEFT_MS) return false;
  }
  return true;
}

/** How many of these slices are not closed. */
export async function countOpen(run: Run, slices: readonly Slice[]): Promise<number> {
  const left = new Set(openSlices(run).map(({ name }) => name));
  let open = 0;
  for (const slice of slices.filter(({ name }) => left.has(name)))
    if (!(await isClosed(run, slice))) open += 1;
  return open;
}

async function storedState({ sink }: Run, name: string): Promise<SyncState | undefined> {
  const stored = await sink.readState(name);
  return stored === undefined ? undefined : parseState(stored);
}

/** Somebody has begun with it, and nothing of it is left. */
async function isClosed(run: Run, { name }: Slice): Promise<boolean> {
  const state = await storedState(run, name);
  return state !== undefined && state.open === undefined;
}

/** Brings in these slices, one after the other, as far as nobody else does. */
export async function bringInSlices(run: Run, slices: readonly Slice[]): Promise<void> {
  for (const slice of slices) if (!isStopped(run)) await syncSlice(run, slice);
}

/**
 * Brings in what is left of a slice. It is not for this run to do where the slice is closed, somebody else has it, or the sync has been set up
 * anew.
 *
 * @throws SinkError `STATE_CONFLICT` when other workers are faster again and again: it is to begin anew with what is stored.
 */
async function syncSlice(run: Run, slice: Slice): Promise<void> {
  const position = await slicePosition(run, slice);
  const open = position?.state.open;
  if (position === undefined || open === undefined) return;
  const part: Run = { ...run, position, isShared: true, isSlice: true, idleMs: 0 };
  try {
    await syncWindow(part, open);
  } catch (error) {
    if (!isConflict(error) || (await position.isCurrent())) throw error;
  }
}

/** The position of a slice that still belongs to the plan when it is there: from then on, nobody can take it out of the plan unseen. */
async function slicePosition(run: Run, slice: Slice): Promise<Position | undefined> {
  const { state, source } = run.position;
  try {
    const position = await Position.ofSlice(source, slice, { ...state, ...touched(run) });
    const main = await storedState(run, run.name);
    // Closed, or cut anew, since the plan was read.
    if (!isPlanned(run, slice, main)) await run.sink.clear(slice.name);
    else if (isSetUpAlike(state, main)) return position;
  } catch (error) {
    // Unless somebody else has begun with it at the same moment.
    if (!isConflict(error)) throw error;
  }
  return undefined;
}

function isPlanned({ name }: Run, slice: Slice, main: SyncState | undefined): boolean {
  if (main?.slices === undefined) return false;
  return slicesOf(name, main.slices).some((planned) => planned.name === slice.name);
}

function isSetUpAlike(one: SyncState, other: SyncState | undefined): boolean {
  return one.scope === other?.scope && one.mapping.revision === other.mapping.revision;
}

/**
 * Moves the watermark over the slices that are closed, from the first on up to one that is open.
 *
 * @throws SinkError `STATE_CONFLICT` when somebody else has moved the sync meanwhile.
 */
export async function closeSlices(run: Run): Promise<void> {
  const plan = run.position.state.slices;
  if (plan === undefined) return;
  // What somebody else has closed has no state any more, as if nobody had begun with it.
  if (!(await run.position.isCurrent())) throw stateConflict(run.name);
  const closed: Slice[] = [];
  for (const slice of slicesOf(run.name, plan)) {
    if (!(await isClosed(run, slice))) break;
    closed.push(slice);
  }
  if (closed.length === 0) return;
  const slices = withoutFirst(plan, closed.length);
  const change = { slices, watermarkMs: slices?.cuts[0] ?? plan.tailMs };
  const { catalog } = await placed({ ...run, isShared: true }, []);
  await commitDocuments(run, [], catalog, change);
  for (const { name } of closed) await run.sink.clear(name);
}
