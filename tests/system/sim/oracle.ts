import type { BackfillReport, OpenWindow, RunReport, SweepReport, SyncState } from '@tdp-sync/core';
import { expectNoBlame, expectRefused } from './blame.ts';
import { behindMs, earliestOf, expectTold, TOLERANCE_MS } from './clocks.ts';
import { covers } from './covers.ts';
import { expectExplained } from './explanations.ts';
import { expectHeeded } from './heed.ts';
import { MINUTE } from './scenario.ts';
import { Violation } from './violation.ts';
import type { Seen, Survey, Watch } from './watch.ts';
import { type Ended, type Runner, SYNC, type World } from './world.ts';

/** Knows what each run may and must say, and what its position promises. */
export class Oracle {
  readonly #world: World;
  #watermarkMs: number | undefined;
  #scope = '';
  /** Until then everything is in the database that is stamped, whatever the watermark says. */
  #provenMs: number | undefined;
  /** The watermark was not in the future when it was stored. */
  #isHonest = true;
  /** The clocks that moved it were: on its way into the future it may still be in the past. */
  #isAhead = false;
  #open: OpenWindow | undefined;
  #statuses = new Map<string, string>();
  #revision = -1;
  #isApplied = true;

  constructor(world: World) {
    this.#world = world;
  }

  get state(): SyncState | undefined {
    const text = this.#world.database.content.states.get(SYNC);
    return text === undefined ? undefined : this.#world.engine.parseState(text);
  }

  /** A commit has been applied: the promise of the watermark must hold now. */
  committed(runner: Runner): void {
    const { watch } = runner;
    const { state } = this;
    if (state === undefined) return;
    const { watermarkMs, mapping, startMs } = state;
    const isNew = this.#revision === -1;
    // By another filter nothing was promised yet.
    const before = state.scope === this.#scope ? this.#watermarkMs : undefined;
    this.#scope = state.scope;
    this.#revision = mapping.revision;
    if (mapping.isApplied && !this.#isApplied) this.#expectRebuilt(watch);
    this.#isApplied = mapping.isApplied;
    this.#expectJustDeletes(runner);
    this.#expectReached(watch, state.open);
    const { oldestMs } = watch.start ?? {};
    if (isNew && oldestMs !== undefined && startMs > oldestMs && watermarkMs === undefined)
      throw new Violation(`begins at ${iso(startMs)}, but the oldest file is of ${iso(oldestMs)}`);
    this.#watermarkMs = watermarkMs;
    if (watermarkMs === undefined || watermarkMs === before) return;
    const { scenario, scheduler, clocks } = this.#world;
    const [{ settleMs, lookbackMs }, { nowMs }, { leadMs }] = [
      scenario.settings,
      scheduler,
      clocks,
    ];
    const isHonest = this.#isHonest;
    const mayGoBack = !isHonest || this.#isAhead;
    this.#isHonest = watermarkMs <= nowMs;
    this.#isAhead = (state.clocks?.provenMs ?? 0) > nowMs + TOLERANCE_MS;
    if (!mayGoBack && before !== undefined && watermarkMs < before)
      throw new Violation(`the watermark went back from ${iso(before)} to ${iso(watermarkMs)}`);
    if (watermarkMs > nowMs + leadMs - settleMs)
      throw new Violation(`the watermark ${iso(watermarkMs)} is not ${settleMs} ms ago`);
    // Where both clocks are wrong nobody can keep the promise, and it has to be made up for once they are right.
    // What reappears without a new stamp may be older than all that was there at the start: a sweep finds it.
    const reachedMs = Math.min(before ?? startMs, this.#provenMs ?? startMs);
    const fromMs = before === undefined ? startMs : Math.max(startMs, reachedMs - lookbackMs);
    const isPromised = ({ indexedAt = Number.NaN }: Seen): boolean =>
      indexedAt >= fromMs && indexedAt < watermarkMs;
    // Pulled back from the future, it says what was proven when it was there, and nothing of what has moved since.
    const isPulledBack = mayGoBack && before !== undefined && watermarkMs < before;
    if (this.#isHonest && !isPulledBack)
      this.#expectHeld(watch.start, isPromised, `the watermark is ${iso(watermarkMs)}`);
    const endMs = (watch.start?.atMs ?? 0) + Math.min(leadMs, TOLERANCE_MS) - settleMs;
    if (isHonest) this.#provenMs = Math.min(watermarkMs, endMs);
  }

  /** What the place in an open window says: every file up to it is in the database. */
  #expectReached({ start }: Watch, open: OpenWindow | undefined): void {
    const before = this.#open;
    this.#open = open;
    const { after } = open ?? {};
    if (open === undefined || after === undefined) return;
    const isSame = before?.fromMs === open.fromMs && before.toMs === open.toMs;
    const from = isSame && (before.after ?? '') < after ? (before.after ?? '') : '';
    if (isSame && from === '' && before.after !== undefined) return;
    const isPassed = ({ fileId, indexedAt = 0 }: Seen): boolean =>
      fileId > from && fileId <= after && indexedAt >= open.fromMs && indexedAt < open.toMs;
    this.#expectHeld(start, isPassed, `the open window is read up to ${after}`);
  }

  /** No file that TDP showed when the run began, and goes on showing, has rows of an older mapping. */
  #expectRebuilt({ start }: Watch): void {
    const { engine, database } = this.#world;
    const nameOf = (doc: Seen): string => `${engine.fileKey(doc)} ${doc.fileId} ${doc.indexedAt}`;
    const now = new Set(this.#world.visible().map(nameOf));
    const shown = new Set(
      this.#shown(start).flatMap((doc) =>
        now.has(nameOf(doc)) ? `${engine.fileKey(doc)} ${doc.fileId}` : [],
      ),
    );
    for (const [key, line] of database.content.ledgers.get(SYNC) ?? []) {
      const order = engine.parseOrder(line.order);
      if (order === undefined || order.mapping === this.#revision) continue;
      if (!shown.has(`${key} ${order.fileId}`)) continue;
      throw new Violation(`the mapping is said to be applied, but not to ${line.order}`);
    }
  }

  /** A file is called deleted only when it is, or when TDP itself says that there is none. */
  #expectJustDeletes({ watch, filter }: Runner): void {
    const { lab, engine, database, emulator } = this.#world;
    lab.remember();
    const sinceMs = watch.startedMs - emulator.switches.visibilityDelayMs;
    for (const [key, line] of database.content.ledgers.get(SYNC) ?? []) {
      const before = this.#statuses.get(key);
      this.#statuses.set(key, line.status);
      if (line.status !== 'deleted' || before === 'deleted') continue;
      const order = engine.parseOrder(line.order);
      const fileId = order?.fileId ?? '';
      const path = lab.byFileId.get(fileId)?.file.path ?? '';
      const unmatchedMs = lab.unmatchedUntil.get(`${filter} ${path}`) ?? 0;
      if (order?.stage.is === 'unmatched' && unmatchedMs >= sinceMs) continue;
      // What a file has left at another key is nobody's any more.
      if (this.#world.isLeft(key)) continue;
      if ((lab.deletedUntil.get(path) ?? 0) >= sinceMs || watch.recordless.has(fileId)) continue;
      throw new Violation(
        `${path} (${fileId}) is called deleted, but TDP has it: ${key} ${line.order}`,
      );
    }
  }

  /** What TDP showed then and at every moment since, or that has changed. */
  #shown(survey: Survey | undefined): readonly Seen[] {
    if (survey === undefined) return [];
    const presence = this.#world.presenceFor(survey.filter);
    return survey.seen.filter((doc) => !presence.wasAway(doc, survey.atMs));
  }

  /** Every one of these that TDP showed then and still shows unchanged is in the database. */
  #expectHeld(survey: Survey | undefined, isMeant: (doc: Seen) => boolean, because: string): void {
    if (survey === undefined) return;
    const { engine } = this.#world;
    const presence = this.#world.presenceFor(survey.filter);
    // By the filter of the run: the config may have another one by now.
    const now = new Set(
      this.#world.visible(survey.filter).map((doc) => `${doc.fileId} ${doc.indexedAt}`),
    );
    const ledger = this.#world.database.content.ledgers.get(SYNC) ?? new Map();
    // Of two hits with one fileId, one is stamped a minute earlier; either stands for the file.
    const toleranceMs = this.#world.emulator.switches.duplicateFileIds > 0 ? MINUTE : 0;
    for (const doc of this.#shown(survey).filter(isMeant)) {
      if (!now.has(`${doc.fileId} ${doc.indexedAt}`)) continue;
      // It may have moved meanwhile, and back.
      const places = [doc, ...presence.placesOf(doc, survey.atMs)];
      const lines = places.map((one) => ledger.get(engine.fileKey(one)));
      const isHeld = lines.some((line) => {
        const order = line === undefined ? undefined : engine.parseOrder(line.order);
        return order !== undefined && covers(order, doc, this.#revision, toleranceMs);
      });
      if (isHeld) continue;
      const [line] = lines;
      const name = `${doc.path} (${doc.fileId}, indexed ${iso(doc.indexedAt)})`;
      throw new Violation(
        `skipped: ${because}, but of ${name} there is ${line?.order ?? 'nothing'}`,
      );
    }
  }

  /** How a run ended by its own account is how it went. */
  judge(runner: Runner, end: Ended): void {
    const { watch } = runner;
    // A verification tells nothing while it works, and each of its repairs asks anew.
    const isOne = watch.kind === 'sync' || watch.kind === 'sweep';
    if (isOne && watch.start !== undefined) expectTold(watch, this.#world.scenario.clocks);
    expectHeeded(watch, this.#world);
    expectNoBlame(watch, this.#world);
    expectRefused(watch, this.#world);
    if ('error' in end) {
      if (end.error instanceof Violation) throw end.error;
      expectExplained(end.error, watch, this.#world);
      return;
    }
    const { report } = end;
    // What a verification says while the world moves on is only known when it stands still.
    if (!('loaded' in report)) return;
    if (report.outcome === 'interrupted') {
      if (!watch.stopped) throw new Violation('interrupted, but nobody asked for it');
      return;
    }
    this.#judgeCounts(runner, report);
    const storedMs = this.state?.watermarkMs;
    // A run that has found nothing to do under a new mapping has stored nothing of its own.
    const isOwn = report.watermarkMs !== undefined && !watch.overtaken;
    if (isOwn) this.#expectStored(watch, report.watermarkMs ?? 0, storedMs);
    if ('window' in report) this.#expectFilled(watch, report);
    else if (watch.kind === 'sync') this.#judgeComplete(runner, report);
    else if (!watch.stopped) this.#expectSwept(watch);
  }

  /** What a run says is reached is what it stored, unless nothing came; then it holds all the same, and what is stored is young. */
  #expectStored({ start }: Watch, reachedMs: number, storedMs: number | undefined): void {
    if (reachedMs === storedMs) return;
    const { idleMs, lookbackMs } = this.#world.scenario.settings;
    const laterMs = storedMs === undefined ? Number.NaN : reachedMs - storedMs;
    if (!(laterMs > 0 && laterMs < idleMs))
      throw new Violation(`says ${iso(reachedMs)} is reached, but stored ${iso(storedMs)}`);
    const fromMs = reachedMs - laterMs - lookbackMs;
    const isReached = ({ indexedAt = Number.NaN }: Seen): boolean =>
      indexedAt >= fromMs && indexedAt < reachedMs;
    this.#expectHeld(start, isReached, `${iso(reachedMs)} is said to be reached`);
  }

  /** All that was shown of a stretch of time when the run began is in the database. */
  #expectFilled({ start }: Watch, { window }: BackfillReport): void {
    const isMeant = ({ indexedAt = Number.NaN }: Seen): boolean =>
      indexedAt >= window.fromMs && indexedAt < window.toMs;
    this.#expectHeld(start, isMeant, `${iso(window.fromMs)} to ${iso(window.toMs)} is filled`);
  }

  /** A sweep lists all that had settled when it began, what has no stamp, and what is stamped in the future. */
  #expectSwept({ surveys }: Watch): void {
    const [first] = surveys;
    const toMs = earliestOf(surveys) - this.#world.scenario.settings.settleMs;
    const endMs = this.#world.clocks.endOfTimeMs;
    const isListed = ({ indexedAt = 0 }: Seen): boolean => indexedAt < toMs || indexedAt > endMs;
    this.#expectHeld(first, isListed, 'a sweep is complete');
  }

  #judgeCounts({ watch }: Runner, report: RunReport | SweepReport | BackfillReport): void {
    const { loaded, failed } = watch.committed;
    // A sweep commits lines of missing files too, which keep their status.
    if (watch.kind === 'sync' && report.loaded + report.refreshed !== loaded)
      throw new Violation(
        `reports ${report.loaded} + ${report.refreshed} files, but committed ${loaded}`,
      );
    if (watch.kind === 'sync' && report.failed !== failed)
      throw new Violation(`reports ${report.failed} failed files, but committed ${failed}`);
  }

  /** Complete: as far as both clocks go, and whatever TDP has shown, but for what is younger than the settle time. */
  #judgeComplete({ watch }: Runner, report: RunReport): void {
    const { surveys } = watch;
    const [first] = surveys;
    if (first === undefined) throw new Violation('complete, but no answer of TDP was whole');
    const { clocks, scheduler, scenario } = this.#world;
    const { settleMs } = scenario.settings;
    const { watermarkMs } = report;
    const shownMs = Math.max(...surveys.map(({ newestMs = 0 }) => newestMs - TOLERANCE_MS));
    const toMs = Math.max(earliestOf(surveys), shownMs) - settleMs;
    if (
      watermarkMs === undefined
        ? first.oldestMs !== undefined && first.oldestMs < toMs
        : watermarkMs < toMs
    )
      throw new Violation(
        `complete, but the watermark is ${iso(watermarkMs)} and not ${iso(toMs)}`,
      );
    if ((watermarkMs ?? 0) > scheduler.nowMs + clocks.leadMs)
      throw new Violation(`complete up to ${iso(watermarkMs)}, which is in the future`);
    const behind = surveys.map((survey) => behindMs(survey, watermarkMs));
    const { softDeleted, showOutdated } = this.#world.emulator.switches;
    const flagged = softDeleted === 'flag' || showOutdated === 'flag';
    if (!flagged && !behind.includes(report.behindMs))
      throw new Violation(`says it is ${report.behindMs} ms behind, but it is ${behind}`);
  }
}

export function iso(timeMs: number | undefined): string {
  return timeMs === undefined ? 'none' : new Date(timeMs).toISOString();
}
