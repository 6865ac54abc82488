import { type Sink, SinkError } from '@tdp-sync/sink';
import { load } from './load.ts';
import { stateOfSlice } from './position.ts';
import { type Slice, type SlicePlan, slicesOf } from './slices.ts';
import { formatState, parseState, type SyncState } from './state.ts';

/** Whether somebody else was faster. */
export function isConflict(error: unknown): boolean {
  return error instanceof SinkError && error.code === 'STATE_CONFLICT';
}

/**
 * Moves the states of these slices, so that no worker that took one by what the sync was before can commit any more; one that takes it
 * anew goes on where it was. To be done once the sync's state says what it is now.
 */
export async function fenceSlices(
  sink: Sink,
  sync: string,
  plan: SlicePlan,
  main: SyncState,
): Promise<void> {
  for (const slice of slicesOf(sync, plan)) while (!(await fenced(sink, slice, main)));
}

/** Whether the state could be moved before somebody else did. */
async function fenced(sink: Sink, slice: Slice, main: SyncState): Promise<boolean> {
  const { run, mapping } = main;
  const since = await sink.readState(slice.name);
  const held = since === undefined ? stateOfSlice(slice, main, run) : parseState(since);
  const state = formatState({ ...held, mapping, run, commits: held.commits + 1 });
  try {
    await load(sink, { sync: slice.name, tables: [], since, state, documents: () => [] });
    return true;
  } catch (error) {
    if (isConflict(error)) return false;
    throw error;
  }
}
