import type { StoredDocument } from '@tdp-sync/sink';
import { type FileHit, fileKey } from '../file.ts';
import { orderableId } from '../position/order.ts';
import { atAnyPath } from '../source/query.ts';
import type { Window } from '../source/window.ts';
import { type Absent, fatesOf } from '../sync/absent.ts';
import { isLatest, linesOf, shownFor, whereaboutsOf } from '../sync/look.ts';
import type { Run } from '../sync/run.ts';
import { syncFiles } from '../sync/sync.ts';
import { parseTimeMs } from '../timestamp.ts';
import { type Finding, judge } from './judge.ts';
import { expectedOrder } from './ledger.ts';
import type { Difference, VerifyOptions } from './report.ts';

/** What looking at files one by one needs. */
export interface Look {
  readonly run: Run;
  /** With the source that counts. */
  readonly options: VerifyOptions;
  /** What is compared. Newer files are for the next run. */
  readonly window: Window;
  /** Keys of the files that were told and still differ. They are not told again. */
  readonly left: ReadonlySet<string>;
  readonly tell: (difference: Difference) => void;
}

/** Files that differed at first sight: the fileId to look for, by file key. */
export type Suspects = ReadonlyMap<string, string>;

/**
 * Looks at files a second time, on both sides, since either may have changed while the verification
 * ran. Mends what still differs where that is asked for, looks a third time, and tells each difference.
 */
export async function lookAgain(look: Look, suspects: Suspects): Promise<void> {
  const fresh = new Map([...suspects].filter(([key]) => !look.left.has(key)));
  const found = await differences(look, fresh);
  const mendable = found.filter(isMendable);
  const isRepair = look.options.repair === true && mendable.length > 0;
  const left = isRepair ? await mend(look, mendable) : undefined;
  for (const difference of found) {
    if (left === undefined || !isMendable(difference)) look.tell(difference);
    else look.tell(left.get(difference.key) ?? { ...difference, mended: true });
  }
}

/** Whether a run brings the file in. What has become of a file that TDP does not show is for a sweep to decide. */
function isMendable({ reason }: Difference): boolean {
  return reason !== 'vanished' && reason !== 'unmatched' && reason !== 'moved';
}

/** Brings files in as a run does. Gives what differs afterwards, by file key. */
async function mend(
  look: Look,
  found: readonly Difference[],
): Promise<ReadonlyMap<string, Difference>> {
  for (const goBack of [false, true]) {
    const some = found.filter(({ reason }) => (reason === 'earlier') === goBack);
    if (some.length > 0)
      await syncFiles(
        look.options,
        some.map(({ fileId }) => fileId),
        { goBack },
      );
  }
  look.options.signal?.throwIfAborted();
  const after = await differences(look, new Map(found.map(({ key, fileId }) => [key, fileId])));
  return new Map(after.map((difference) => [difference.key, difference]));
}

async function differences(look: Look, suspects: Suspects): Promise<readonly Difference[]> {
  if (suspects.size === 0) return [];
  const { run } = look;
  const lines = await linesOf(run, [...suspects.keys()]);
  // Of a file of which TDP shows an earlier version, the one that is held may be shown as well.
  const held = [...lines.values()].flatMap((line) => expectedOrder(line)?.fileId ?? []);
  const fileIds = [...new Set([...suspects.values(), ...held])];
  const shown = await shownFor(run, { filter: run.filter, fileIds }, isLatest);
  const found: Difference[] = [];
  const gone: Absent[] = [];
  for (const [key, fileId] of suspects) {
    const [hit, line] = [shown.get(key), lines.get(key)];
    const order = line === undefined ? undefined : expectedOrder(line);
    if (hit !== undefined) found.push(...differenceOf(look, hit, line));
    else if (line !== undefined && order?.fileId === orderableId(fileId))
      gone.push({ stored: line, order });
  }
  return [...found, ...(await lookAtGone(look, gone))];
}

const ABSENCES = {
  moved: 'TDP shows it at another key now',
  elsewhere: 'TDP shows its key in another bucket, maybe with a version of it',
  unmatched: "TDP shows it, but the sync's filter does not match it any more",
  vanished: "the database holds it, TDP's search does not show it",
} as const;

/** A fileId that TDP does not show may have been superseded: whether the file is gone says its path. */
async function lookAtGone(look: Look, gone: readonly Absent[]): Promise<readonly Difference[]> {
  const { run } = look;
  const fates = await fatesOf(run, gone);
  const places = await whereaboutsOf(
    run,
    gone.map(({ stored }) => stored.id),
  );
  const paths = [...places.values()].flatMap(({ path }) => path ?? []);
  const shown =
    paths.length === 0
      ? new Map<string, FileHit>()
      : await shownFor(run, { filter: [...run.filter, atAnyPath(paths)] });
  return gone.flatMap(({ stored, order }, index): readonly Difference[] => {
    const fate = fates[index] ?? 'shown';
    const hit = shown.get(stored.id);
    if (fate === 'shown') return hit === undefined ? [] : differenceOf(look, hit, stored);
    // What was deleted in TDP is then meant to stay as it is.
    if (run.deletes === 'ignore' && fate !== 'moved') return [];
    const { path, filePath } = places.get(stored.id) ?? {};
    return [
      {
        ...{ sync: run.label, reason: fate === 'elsewhere' ? 'vanished' : fate },
        detail: ABSENCES[fate],
        ...{ key: stored.id, fileId: order.fileId, path: filePath ?? path, mended: false },
      },
    ];
  });
}

function differenceOf(
  look: Look,
  hit: FileHit,
  line: StoredDocument | undefined,
): readonly Difference[] {
  const finding = isCompared(look, hit) ? judgeIn(look.run, hit, line) : undefined;
  if (finding === undefined) return [];
  const { fileId, filePath, path } = hit;
  const { label: sync } = look.run;
  return [{ sync, ...finding, key: fileKey(hit), fileId, path: filePath ?? path, mended: false }];
}

/** {@link judge}, for the mapping and the clock of a run. */
export function judgeIn(
  run: Run,
  hit: FileHit,
  line: StoredDocument | undefined,
): Finding | undefined {
  const { revision: mapping } = run.position.state.mapping;
  const { deletes, transform } = run;
  const { readsAttributes } = transform;
  const context = { mapping, nowMs: run.nowMs(), retryNow: false, readsAttributes };
  return judge(hit, line, { ...context, deletes });
}

function isCompared({ window, options }: Look, { indexedAt }: FileHit): boolean {
  const timeMs = indexedAt === undefined ? undefined : parseTimeMs(indexedAt);
  if (timeMs === undefined) return options.sinceMs === undefined;
  return timeMs < window.toMs && (options.sinceMs === undefined || timeMs >= options.sinceMs);
}
