import { counted, span } from '../../render/format.ts';
import { otherDifferences } from '../../render/verified.ts';
import type { SyncStatus } from '../status.ts';

/** What is told: each once, when it begins or ends. */
export type NewsKind = 'failing' | 'recovered' | 'behind' | 'caught-up' | 'differences';

/** One thing that has changed. */
export interface News {
  readonly kind: NewsKind;
  readonly sync: string;
  /** A sentence for a person. It is somebody's text, too: errors quote servers. */
  readonly text: string;
}

/** What has been told of a sync, so that it is told once. */
export interface Told {
  readonly failing: boolean;
  readonly behind: boolean;
  /** Since when it could have caught up: since it is watched, but for pauses. What was stored before is older than what quiet runs had reached. */
  readonly sinceMs: number;
  /** When the last verification was that is known. */
  readonly verifiedAt: string | undefined;
}

/** What of a sync counts. */
export type Watched = Pick<
  SyncStatus,
  'name' | 'state' | 'summary' | 'currentAt' | 'error' | 'lastVerify'
>;

/** One failed try may be a server that is started anew; the next one follows within half a minute. */
const TRIES = 2;

/** Since when a sync is behind. */
export interface Bound {
  /** A sync is behind once no run has caught up for so long; `undefined`: never. */
  readonly behindMs: number | undefined;
  readonly nowMs: number;
}

/** What is new since it was told last. Of a verification that was known when the watching began nothing is told; what fails then is. */
export function newsOf(
  sync: Watched,
  told: Told | undefined,
  bound: Bound,
): { readonly news: readonly News[]; readonly told: Told } {
  const { name, lastVerify } = sync;
  const { nowMs } = bound;
  const before: Told = told ?? {
    ...{ failing: false, behind: false, sinceMs: nowMs },
    verifiedAt: lastVerify?.at,
  };
  const sinceMs = sync.state === 'paused' ? nowMs : before.sinceMs;
  const waitedMs = waitedSince(sync, sinceMs, nowMs);
  const now: Told = {
    failing: isFailing(sync) ?? before.failing,
    behind: isBehind(sync, waitedMs, bound.behindMs) ?? before.behind,
    sinceMs,
    verifiedAt: lastVerify?.at,
  };
  const found: (readonly [isNew: boolean, kind: NewsKind, text: string])[] = [
    [now.failing && !before.failing, 'failing', sync.summary],
    [before.failing && !now.failing, 'recovered', `Works again: ${sync.summary}`],
    [now.behind && !before.behind, 'behind', behindText(sync, waitedMs)],
    [before.behind && !now.behind, 'caught-up', `Has caught up with TDP: ${sync.summary}`],
    [
      now.verifiedAt !== before.verifiedAt && otherDifferences(lastVerify) > 0,
      'differences',
      `The verification has found ${counted(otherDifferences(lastVerify), 'difference')}; "tdp-sync verify --repair" brings in what differs`,
    ],
  ];
  const news = found.flatMap(([isNew, kind, text]) => (isNew ? [{ kind, sync: name, text }] : []));
  return { news, told: now };
}

/** `undefined` while nothing can be said: it is paused, or one try has failed. */
function isFailing({ state, error }: Watched): boolean | undefined {
  if (state === 'paused' || state === 'starting') return undefined;
  if (state !== 'failing') return false;
  return error === null || error.failures >= TRIES ? true : undefined;
}

/** For how long no run has caught up; `undefined` where none ever has. */
function waitedSince({ currentAt }: Watched, sinceMs: number, nowMs: number): number | undefined {
  return currentAt === null ? undefined : nowMs - Math.max(Date.parse(currentAt), sinceMs);
}

/**
 * By the last run that has left nothing behind, and not by the newest file: one that came a moment ago says nothing of how long others
 * have waited. `undefined` while nothing can be said: it is paused, has never caught up, or not for a short while.
 */
function isBehind(
  { state }: Watched,
  waitedMs: number | undefined,
  behindMs: number | undefined,
): boolean | undefined {
  if (behindMs === undefined || state === 'up-to-date' || state === 'attention') return false;
  if (state === 'paused' || waitedMs === undefined) return undefined;
  return waitedMs > behindMs ? true : undefined;
}

function behindText({ summary }: Watched, waitedMs = 0): string {
  return `No run has caught up with TDP for ${span(waitedMs)}: ${summary}`;
}
