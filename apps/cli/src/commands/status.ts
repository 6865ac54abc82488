import {
  type Clocks,
  filesTable,
  historyTable,
  isRetryDue,
  parseOrder,
  parseState,
  type RunKind,
  type RunLine,
  readJournal,
  type SyncState,
  unredactedFiles,
} from '@tdp-sync/core';
import type { Sink } from '@tdp-sync/sink';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { SyncConfig } from '../config/schema.ts';
import { storedName } from '../config/tables.ts';
import { type Console, print } from '../console.ts';
import { ExitCode } from '../exit-code.ts';
import type { FailureGroup } from '../failures.ts';
import { clockSentences, difference, pulledBackSentence } from '../render/clocks.ts';
import { redactionNote } from '../render/column-rules.ts';
import { copyLines } from '../render/copies.ts';
import { failureLines } from '../render/failures.ts';
import { counted, moment, number, span } from '../render/format.ts';
import { printResults } from '../render/results.ts';
import { type LastVerify, lastVerifyOf, verifiedText } from '../render/verified.ts';
import { type FailedFile, failuresOf } from '../sync/failed-files.ts';
import { isThere, openToLook } from '../sync/look.ts';
import { copiesOf, copyStatus } from '../sync/publish.ts';
import { openSource, type TdpSource } from '../sync/source.ts';
import { askTdp } from './ask-tdp.ts';
import { chosenSyncs } from './each-sync.ts';
import { type Glance, glance, stateText } from './glance.ts';

/** Options of `tdp-sync status`. */
export interface StatusOptions {
  readonly config: string;
  readonly json: boolean;
  readonly sync: readonly string[];
}

interface SyncStatus {
  readonly sync: string;
  /** In one glance, as `serve` has it; `unknown` where TDP could not be asked. */
  readonly state: Glance;
  readonly watermark: string | null;
  readonly openWindow: {
    readonly from: string;
    readonly to: string;
    readonly after: string | null;
  } | null;
  /** What is left of a backlog that was cut for several workers, and up to where runs have gone on behind it. */
  readonly slices: { readonly left: number; readonly to: string; readonly tail: string } | null;
  readonly loaded: number;
  readonly failed: number;
  readonly failedDue: number;
  /** Files with rows of before what `columns` leaves out and hashes by now; null where there are no such rules, or no run has looked yet. */
  readonly unredacted: number | null;
  /** TDP has them, and the filter does not match them any more. */
  readonly unmatched: number;
  readonly deleted: number;
  readonly commits: number;
  /** Their reasons, the one with the most files first. */
  readonly failures: readonly FailureGroup[];
  /** The table in which all of them are. */
  readonly filesTable: string;
  /** The table in which each change of a file has a row; null where none is kept. */
  readonly historyTable: string | null;
  /** The first of them. */
  readonly failedFiles: readonly FailedFile[];
  /** How it ended, by this machine's clock or that of whoever ran it; null before the first one. */
  readonly lastRun: {
    readonly at: string;
    readonly kind: RunKind;
    readonly outcome: RunLine['outcome'];
    readonly error: string | null;
  } | null;
  readonly lastSweep: {
    readonly at: string;
    readonly listed: number;
    readonly missing: number;
    readonly deleted: number;
  } | null;
  readonly lastVerify: LastVerify | null;
  /** Null where TDP could not be asked; then `behindUnknown` says why. */
  readonly behindMs: number | null;
  readonly behindUnknown: string | null;
  /** What clocks say; null where TDP could not be asked. */
  readonly clocks: ClockStatus | null;
  /** The watermark or the open window is in the future, stored by a wrong clock: the next run goes back to `to`, or to the beginning. */
  readonly pullBack: { readonly from: string; readonly to: string | null } | null;
}

interface ClockStatus {
  readonly tdp: string;
  readonly local: string;
  /** The time by which a run would go now. */
  readonly now: string;
  readonly verdict: Clocks['verdict'];
  /** What is wrong, a sentence each. */
  readonly troubles: readonly string[];
}

/** Says where every sync stands. Reads only. */
export async function status(options: StatusOptions, console: Console): Promise<number> {
  const loaded = await loadConfig(options.config, console);
  const names = chosenSyncs(loaded, options.sync);
  await using sink = await openToLook(loaded);
  await using source = await openSource(loaded);
  const found: SyncStatus[] = [];
  for (const name of names) {
    const config = loaded.config.syncs[name];
    if (config !== undefined) found.push(await statusOf(name, config, loaded, sink, source));
  }
  const copies = (await isThere(loaded)) ? await copiesOf(loaded) : [];
  if (options.json) printResults(console, 'status', found, copies.map(copyStatus));
  else print(console, ...found.flatMap(describe), ...copyLines(copies));
  return ExitCode.complete;
}

async function statusOf(
  name: string,
  config: SyncConfig,
  { config: { source: settings } }: LoadedConfig,
  sink: Sink,
  source: TdpSource,
): Promise<SyncStatus> {
  const stored = storedName(name, config);
  const position = await sink.readState(stored);
  const state = position === undefined ? undefined : parseState(position);
  const asked = await askTdp(config, state, source, settings.clockTolerance);
  const { clocks, pullBack } = asked;
  const nowMs = clocks?.nowMs ?? Date.now();
  const failures = await failuresOf(stored, sink);
  const counts = await countDocuments(stored, sink, nowMs);
  const last = lastRun(state, await readJournal(sink, stored, 1));
  return {
    sync: name,
    state: glance({ config, state, asked, last, failed: counts.failed, nowMs }),
    watermark: isoOrNull(state?.watermarkMs),
    openWindow: openWindow(state),
    slices: slicesLeft(state),
    ...counts,
    unredacted: (state && unredactedFiles(state.mapping.redaction)) ?? null,
    commits: state?.commits ?? 0,
    failures: failures.groups,
    filesTable: filesTable(stored).name,
    historyTable: config.history ? historyTable(stored).name : null,
    failedFiles: failures.named,
    lastRun: last,
    lastSweep: mark(state?.sweep),
    lastVerify: lastVerifyOf(state?.verification, counts.failed),
    behindMs: asked.behindMs,
    behindUnknown: asked.behindUnknown,
    clocks: clocks === undefined ? null : clockStatus(clocks),
    pullBack:
      pullBack === undefined
        ? null
        : { from: new Date(pullBack.fromMs).toISOString(), to: isoOrNull(pullBack.toMs) },
  };
}

async function countDocuments(
  name: string,
  sink: Sink,
  nowMs: number,
): Promise<Pick<SyncStatus, 'loaded' | 'failed' | 'failedDue' | 'unmatched' | 'deleted'>> {
  const counts = { loaded: 0, failed: 0, failedDue: 0, unmatched: 0, deleted: 0 };
  for await (const document of sink.documents(name)) {
    const stage = parseOrder(document.order)?.stage;
    counts[stage?.is === 'unmatched' ? 'unmatched' : document.status] += 1;
    if (stage?.is === 'failed' && isRetryDue(stage.retryAtMs, nowMs)) counts.failedDue += 1;
  }
  return counts;
}

function mark<Counts extends { readonly atMs: number }>(
  found: Counts | undefined,
): ({ readonly at: string } & Omit<Counts, 'atMs'>) | null {
  if (found === undefined) return null;
  const { atMs, ...counts } = found;
  return { at: new Date(atMs).toISOString(), ...counts };
}

function clockStatus(clocks: Clocks): ClockStatus {
  const { dateMs, localMs, nowMs, verdict } = clocks;
  const troubles = clockSentences(clocks);
  return { tdp: iso(dateMs), local: iso(localMs), now: iso(nowMs), verdict, troubles };
}

function openWindow(state: SyncState | undefined): SyncStatus['openWindow'] {
  if (state?.open === undefined) return null;
  const { fromMs, toMs, after } = state.open;
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    after: after ?? null,
  };
}

function slicesLeft(state: SyncState | undefined): SyncStatus['slices'] {
  if (state?.slices === undefined) return null;
  const { cuts, tailMs } = state.slices;
  return { left: cuts.length - 1, to: iso(cuts.at(-1) ?? tailMs), tail: iso(tailMs) };
}

function describe(found: SyncStatus): readonly string[] {
  const { sync, openWindow: open } = found;
  const reached = reachedBy(found);
  const lines = [
    `${sync}: ${stateText(found)}`,
    `  complete up to  ${reached === null ? 'nothing yet' : moment(Date.parse(reached))}`,
    `  behind TDP      ${behindText(found)}`,
    ...clockLines(found),
    `  files           ${number(found.loaded)} loaded, ${number(found.failed)} failed, ${number(found.deleted)} deleted${found.unmatched === 0 ? '' : `, ${number(found.unmatched)} no longer matched`}`,
  ];
  if (found.unredacted !== null && found.unredacted > 0)
    lines.push(`  columns         ${redactionNote({ files: found.unredacted })}`);
  if (found.historyTable !== null)
    lines.push(`  history         each change of a file is a row of ${found.historyTable}`);
  if (open !== null)
    lines.push(
      `  open window     ${moment(Date.parse(open.from))} to ${moment(Date.parse(open.to))}, read up to fileId ${open.after ?? '(start)'}; "tdp-sync run" continues there`,
    );
  if (found.slices !== null) lines.push(...sliceLines(found.slices));
  lines.push(`  last run        ${runText(found)}`);
  lines.push(`  last sweep      ${sweepText(found)}`, `  last verify     ${verifyText(found)}`);
  if (found.failed > 0) lines.push(...failedLines(found));
  return lines;
}

function sliceLines({ left, to, tail }: NonNullable<SyncStatus['slices']>): readonly string[] {
  return [
    `  backlog         up to ${moment(Date.parse(to))} in slices, ${number(left)} left: "tdp-sync run --slice" brings them in`,
    `  behind it       complete from there to ${moment(Date.parse(tail))}`,
  ];
}

/** What the journal says last, unless a run that changed nothing has come to its end since: that moves the watermark, and has no line. */
function lastRun(state: SyncState | undefined, [line]: readonly RunLine[]): SyncStatus['lastRun'] {
  const provenMs = state?.open === undefined ? state?.clocks?.localMs : undefined;
  if (provenMs !== undefined && provenMs > (line?.endedAtMs ?? 0))
    return { at: iso(provenMs), kind: 'run', outcome: 'complete', error: null };
  if (line === undefined) return null;
  const { kind, outcome, endedAtMs, error, errorCode } = line;
  return { at: iso(endedAtMs), kind, outcome, error: error ?? errorCode ?? null };
}

function runText({ lastRun: last, behindMs }: SyncStatus): string {
  // One that meets no file stores nothing, and cannot be told from none.
  if (last === null) return behindMs === 0 ? 'none that met a file' : 'never';
  const { at, kind, outcome, error } = last;
  return `${moment(Date.parse(at))}: ${kind} ${outcome}${error === null ? '' : `: ${error}`}`;
}

function sweepText({ lastSweep: last }: SyncStatus): string {
  if (last === null) return 'never';
  const { at, missing, deleted } = last;
  return `${moment(Date.parse(at))}: ${number(missing)} newly missing, ${number(deleted)} deleted`;
}

function verifyText({ lastVerify: last }: SyncStatus): string {
  if (last === null) return 'never';
  return `${moment(Date.parse(last.at))}: ${verifiedText(last)}`;
}

function failedLines({
  filesTable: table,
  failed,
  failedDue,
  failures: groups,
}: SyncStatus): readonly string[] {
  const headline = `  failed          ${counted(failed, 'file')}, ${number(failedDue)} due for another try ("tdp-sync retry" tries all now)`;
  return [headline, ...failureLines(table, groups)];
}

/** The watermark, but for one that is in the future. */
function reachedBy({ watermark, pullBack }: SyncStatus): string | null {
  return pullBack !== null && pullBack.from === watermark ? pullBack.to : watermark;
}

function clockLines({ clocks, pullBack }: SyncStatus): readonly string[] {
  const lines = (clocks?.troubles ?? []).map((sentence) => `  clocks          ${sentence}`);
  if (clocks !== null && lines.length === 0) lines.push(`  clocks          ${agreement(clocks)}`);
  if (pullBack === null) return lines;
  const { from, to } = pullBack;
  const toMs = to === null ? undefined : Date.parse(to);
  return [...lines, `  next run        ${pulledBackSentence(Date.parse(from), toMs)}`];
}

function agreement({ tdp, local }: ClockStatus): string {
  return difference({ dateMs: Date.parse(tdp), localMs: Date.parse(local) });
}

function behindText(found: SyncStatus): string {
  const { behindMs, behindUnknown } = found;
  const watermark = reachedBy(found);
  if (behindMs === null) return `unknown: ${behindUnknown}`;
  if (behindMs === 0) return 'nothing missing';
  return watermark === null ? 'everything; it has not run to an end yet' : span(behindMs);
}

function isoOrNull(timeMs: number | undefined): string | null {
  return timeMs === undefined ? null : iso(timeMs);
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
