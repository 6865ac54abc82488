import { randomUUID } from 'node:crypto';
import {
  type Redact,
  type RunKind,
  type RunLine,
  type RunReport,
  type SweepReport,
  SyncError,
  type SyncEvent,
  type SyncOptions,
  systemClock,
  type VerifyReport,
  writeColumns,
  writeJournal,
} from '@tdp-sync/core';
import { SinkError } from '@tdp-sync/sink';
import { describeError } from '../exit.ts';
import { version } from '../version.ts';

/** What any of core's ways to work on a sync reports. */
export type AnyReport = RunReport | SweepReport | VerifyReport;

/** Told when the line is done with; `undefined` when the run has nothing to tell. */
export type OnLine = (line: RunLine | undefined, trouble?: string) => void;

/**
 * Does something with a sync and writes it into the sync's journal, if it changed something or failed. A
 * journal that cannot be written fails nothing.
 */
export async function journaled<Report extends AnyReport>(
  kind: RunKind,
  options: SyncOptions,
  work: (options: SyncOptions) => Promise<Report>,
  onLine: OnLine = () => undefined,
): Promise<Report> {
  const clock = options.clock ?? systemClock;
  const record = new RunRecord(kind, clock.now(), options.redact);
  const emit = (event: SyncEvent): void => {
    record.onEvent(event);
    options.emit?.(event);
  };
  try {
    const report = await work({ ...options, emit });
    await write(options, record.ended(report, clock.now()), onLine);
    return report;
  } catch (error) {
    const stopped = options.signal?.aborted === true && error === options.signal.reason;
    const line = stopped ? undefined : record.failed(error, clock.now());
    await write(options, line, onLine, error);
    throw error;
  }
}

async function write(
  { sink, name, transform }: SyncOptions,
  line: RunLine | undefined,
  onLine: OnLine,
  error?: unknown,
): Promise<void> {
  // A database that just could not be reached would only cost another wait.
  const isGone =
    error instanceof SinkError && ['SINK_UNAVAILABLE', 'SINK_LOCKED'].includes(error.code);
  try {
    if (line !== undefined && !isGone) {
      await writeJournal(sink, name, line);
      await writeColumns(sink, name, transform ?? {});
    }
    onLine(line);
  } catch (failure) {
    onLine(line, `journal and columns could not be written: ${describeError(failure)}`);
  }
}

/** Follows a run by its events, since a run that fails has no report. */
class RunRecord {
  readonly #kind: RunKind;
  readonly #startedAtMs: number;
  readonly #redact: Redact;
  #run: string | undefined;
  #fromMs: number | undefined;
  #toMs: number | undefined;
  #isPulledBack = false;
  /** Files that were there have got a line in the history, which names this run. */
  #isBegun = false;
  readonly #counts = {
    ...{ seen: 0, loaded: 0, refreshed: 0, known: 0, failed: 0, deleted: 0 },
    ...{ bytes: 0, commits: 0, differences: 0 },
  };

  constructor(kind: RunKind, startedAtMs: number, redact: Redact = (text) => text) {
    this.#kind = kind;
    this.#redact = redact;
    this.#startedAtMs = startedAtMs;
  }

  onEvent(event: SyncEvent): void {
    const counts = this.#counts;
    switch (event.type) {
      case 'run-started':
        this.#run = event.run;
        this.#fromMs = event.watermarkMs;
        this.#toMs = event.watermarkMs;
        break;
      case 'history-begun':
        this.#isBegun = event.files > 0;
        break;
      case 'pulled-back':
        this.#isPulledBack = true;
        this.#fromMs = event.fromMs;
        break;
      case 'page-read':
        counts.seen += event.hits;
        counts.known += event.known;
        break;
      case 'committed':
        for (const key of ['loaded', 'refreshed', 'deleted', 'failed', 'bytes'] as const)
          counts[key] += event[key];
        counts.commits += 1;
        this.#toMs = event.watermarkMs;
        break;
      case 'window-closed':
        if (event.isStored) counts.commits += 1;
        this.#toMs = event.window.toMs;
        break;
      default:
    }
  }

  ended(report: AnyReport, nowMs: number): RunLine | undefined {
    const counts = this.#counts;
    if ('found' in report) {
      counts.seen = report.examined;
      counts.differences = Object.values(report.found).reduce((sum, found) => sum + found, 0);
      this.#fromMs = report.watermarkMs;
      this.#toMs = report.watermarkMs;
      const outcome = report.left > 0 ? 'different' : 'complete';
      return counts.differences === 0 ? undefined : this.#line(outcome, undefined, nowMs);
    }
    if ('vanished' in report) {
      counts.deleted += report.vanished;
      counts.differences = report.missing + report.unmatched + report.moved;
    }
    const { loaded, refreshed, failed, deleted, differences } = counts;
    const hasChanged = loaded + refreshed + failed + deleted + differences > 0;
    const isIdle = !hasChanged && !this.#isPulledBack && !this.#isBegun;
    return isIdle ? undefined : this.#line(report.outcome, undefined, nowMs);
  }

  failed(error: unknown, nowMs: number): RunLine {
    const isKnown = error instanceof SyncError || error instanceof SinkError;
    // A stack is for the log.
    const said = this.#redact(isKnown ? describeError(error) : String(error));
    return this.#line('failed', { code: isKnown ? error.code : 'UNEXPECTED', said }, nowMs);
  }

  #line(
    outcome: RunLine['outcome'],
    error: { readonly code: string; readonly said: string } | undefined,
    endedAtMs: number,
  ): RunLine {
    return {
      run: this.#run ?? randomUUID(),
      kind: this.#kind,
      startedAtMs: this.#startedAtMs,
      endedAtMs,
      outcome,
      errorCode: error?.code,
      error: error?.said,
      fromMs: this.#fromMs,
      toMs: this.#toMs,
      ...this.#counts,
      version,
    };
  }
}
