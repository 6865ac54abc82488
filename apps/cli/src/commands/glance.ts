import type { SyncState } from '@tdp-sync/core';
import { nthOf } from '../config/cadence.ts';
import type { SyncConfig } from '../config/schema.ts';
import { flawsText, type LastVerify, lastVerifyOf, otherDifferences } from '../render/verified.ts';
import type { Asked } from './ask-tdp.ts';

/** Where a sync stands in one glance, as far as it can be told without the service. */
export type Glance = 'up-to-date' | 'attention' | 'catching-up' | 'starting' | 'unknown';

/** Files may come all the time: a run that left nothing behind is good for one cadence until the next begins, and one for it to end. */
export function glance({
  config: { every, settle },
  state,
  asked: { behindMs },
  last,
  failed,
  nowMs,
}: {
  readonly config: SyncConfig;
  readonly state: SyncState | undefined;
  readonly asked: Asked;
  readonly last: { readonly at: string; readonly outcome: string } | null;
  readonly failed: number;
  readonly nowMs: number;
}): Glance {
  if (behindMs === null) return 'unknown';
  if (state === undefined && last === null) return 'starting';
  // After a reset the journal still tells of runs whose position is gone.
  const isFresh =
    state !== undefined &&
    // A worker that has brought in its share of a backlog leaves the others'.
    state.slices === undefined &&
    last?.outcome === 'complete' &&
    nowMs <= nthOf(every, Date.parse(last.at), 2);
  if (behindMs > settle + 1 && !isFresh) return 'catching-up';
  const others = otherDifferences(lastVerifyOf(state?.verification, failed));
  return failed > 0 || others > 0 ? 'attention' : 'up-to-date';
}

/** The same as a person reads it, with what is not right. */
export function stateText({
  state,
  failed,
  lastVerify,
  behindMs,
}: {
  readonly state: Glance;
  readonly behindMs: number | null;
  readonly failed: number;
  readonly lastVerify: LastVerify | null;
}): string {
  if (state === 'starting' && behindMs === 0) return 'TDP shows no file for it yet';
  return STATES[state] + flawsText(failed, lastVerify);
}

const STATES: Readonly<Record<Glance, string>> = {
  'up-to-date': 'up to date',
  attention: 'up to date',
  'catching-up': 'behind TDP',
  starting: 'has not run yet',
  unknown: 'TDP could not be asked',
};
