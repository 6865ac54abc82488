import { type Sink, SinkError, stateConflict } from '@tdp-sync/sink';
import { load } from './load.ts';
import { stateOfSlice } from './position.ts';
import { type Slice, type SlicePlan, slicesOf } from './slices.ts';
import { formatState, parseState, type SyncState } from './state.ts';

/** Whether somebody else was faster. */
export function isConflict(error: unknown): boolean {
  return error instanceof SinkError && error.code === 'STATE_CONFLICT';
}

/** Times that the state of a slice is moved before its worker has moved it again. */
const MOST_TRIES = 100;

/**
 * Moves the states of these slices, so that no worker that took one by what the sync was before can commit any more; one that takes it
 * anew goes on where it was. To be done once the sync's state says what it is now.
 *
 * @throws SinkError `STATE_CONFLICT` when a worker is faster again and again.
 */
export async function fenceSlices(
  sink: Sink,
  sync: string,
  plan: SlicePlan,
  main: SyncState,
): Promise<void> {
  for (const slice of slicesOf(sync, plan))
    for (let attempt = 1; !(await fenced(sink, slice, main)); attempt += 1)
      if (attempt === MOST_TRIES) throw stateConflict(slice.name);
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
