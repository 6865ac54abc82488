import { SECOND } from './scenario.ts';
import { Violation } from './violation.ts';
import type { Watch } from './watch.ts';
import type { World } from './world.ts';

/** What a run may take to commit what it has when it gives up the rest. */
const HEED_MS = 20 * SECOND;

/** A run that is asked to stop gives up in time what it waits for. */
export function expectHeeded({ stoppedMs }: Watch, { scheduler, scenario }: World): void {
  if (stoppedMs === undefined) return;
  const tookMs = Math.round(scheduler.nowMs - stoppedMs);
  if (tookMs > scenario.settings.drainMs + HEED_MS)
    throw new Violation(`it was asked to stop, and went on for ${tookMs} ms`);
}
