import { span } from '../render/format.ts';
import { flawsText, type LastVerify } from '../render/verified.ts';
import type { Verdict } from './progress.ts';
import type { ErrorStatus, SyncState } from './status.ts';

/** What the summary is made of. */
export interface Details {
  readonly lagMs: number | undefined;
  readonly error: ErrorStatus | null;
  readonly verdict: Verdict;
  readonly failing: number;
  readonly lastVerify: LastVerify | null;
}

/** The state of a sync in a sentence. */
export function summaryOf(
  state: SyncState,
  { lagMs, error, verdict, failing, lastVerify }: Details,
): string {
  const flaws = flawsText(failing, lastVerify);
  const behind =
    lagMs === undefined ? 'still to come to its first watermark' : `${span(lagMs)} behind TDP`;
  switch (state) {
    case 'paused':
      return `Paused, ${behind}${flaws}`;
    case 'failing':
      return capital(
        error === null
          ? `${verdict.reason ?? ''}${flaws}`
          : `${error.kind} failed: ${error.message}`,
      );
    case 'starting':
      return 'No run has come to its end yet';
    case 'catching-up':
      return `Catching up, ${behind}${flaws}`;
    case 'attention':
    case 'up-to-date':
      return `Up to date${flaws}`;
  }
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
