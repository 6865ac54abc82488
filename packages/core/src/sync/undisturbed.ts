import { isConflict } from '../position/fence.ts';
import { parseState } from '../position/state.ts';
import type { RunReport } from './events.ts';
import type { SyncOptions } from './options.ts';

/** Times that a run is begun anew because other workers have added to what it has read. */
const MOST_ANEW = 100;

/** Begins anew with what is stored where workers have met: they bring in slices of one sync, and add to one catalogue of tables. */
export async function undisturbed<O extends SyncOptions>(
  options: O,
  work: (options: O) => Promise<RunReport>,
): Promise<RunReport> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(options);
    } catch (error) {
      if (!isConflict(error) || attempt === MOST_ANEW || !(await isSliced(options))) throw error;
    }
  }
}

async function isSliced({ sink, name }: SyncOptions): Promise<boolean> {
  const stored = await sink.readState(name);
  return stored !== undefined && parseState(stored).slices !== undefined;
}
