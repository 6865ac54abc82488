import { Violation } from './violation.ts';
import type { Watch } from './watch.ts';
import type { World } from './world.ts';

/** Where nothing at all could be had, that is the source's failure and not that of the files, but for a few at the end. */
export function expectNoBlame(watch: Watch, { scenario }: World): void {
  const { consecutiveFailures } = scenario.settings;
  // What is gone, or larger than a file may be, is known although nothing was given.
  const isKnown = watch.count(/^(?:retrieve|storage) (?:404|410|endless)$/) > 0;
  if (watch.kind !== 'sync' || watch.had > 0 || watch.stopped || isKnown) return;
  // Files whose rows are made anew are counted for themselves.
  if (watch.refusals >= 2 * consecutiveFailures)
    throw new Violation(`of nothing that could be had ${watch.refusals} files are called failed`);
}
