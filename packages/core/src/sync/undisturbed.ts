import { isConflict } from '../position/fence.ts';
import type { SyncOptions } from './options.ts';
import { type Run, type Starting, startRun } from './run.ts';

/** Times that a run is begun anew because other workers have added to what it has read. */
const MOST_ANEW = 100;

/** Begins anew with what is stored where workers have met that `isShared` says there may be: they have one position, and one catalogue of tables. */
export async function undisturbed<T>(work: () => Promise<T>, isShared: () => boolean): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isConflict(error) || attempt === MOST_ANEW || !isShared()) throw error;
    }
  }
}

/** Starts a run and works with it; begins both anew where workers of slices have met it. */
export function undisturbedRun<T>(
  options: SyncOptions,
  work: (run: Run) => Promise<T>,
  starting: Pick<Starting, 'query'> = {},
): Promise<T> {
  let run: Run | undefined;
  return undisturbed(
    async () => {
      run = await startRun(options, { ...starting, before: run });
      return await work(run);
    },
    () => run?.isShared === true || run?.position.state.slices !== undefined,
  );
}
