import { SinkError } from '@tdp-sync/sink';
import { isConflict } from '../position/fence.ts';

/** Times that something is tried while others write theirs. */
const MAX_TRIES = 8;

/**
 * Writes what `next` makes of what is stored, and reads anew where others were faster or the database has failed in passing. `next` gives
 * nothing where nothing is to be written.
 */
export async function besideOthers(
  next: () => Promise<(() => Promise<void>) | undefined>,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const write = await next();
    try {
      return await write?.();
    } catch (error) {
      if (!(error instanceof SinkError) || attempt === MAX_TRIES) throw error;
      if (!isConflict(error) && !error.retryable) throw error;
    }
  }
}
