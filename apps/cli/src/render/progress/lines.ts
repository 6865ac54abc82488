import { SyncError, type SyncEvent, withoutFile } from '@tdp-sync/core';
import { SinkError } from '@tdp-sync/sink';
import { type Logger, pino } from 'pino';
import type { Console } from '../../console.ts';
import { describeError, exitCodeOf } from '../../exit.ts';
import { clockSentences, pulledBackSentence } from '../clocks.ts';
import { redactionNote } from '../column-rules.ts';
import type { Progress } from './progress.ts';

/** How every line of a log looks: levels by name, times as ISO 8601. */
export const LOG_FORM = {
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (level: string) => ({ level }) },
} as const;

/** JSON lines of this level and above. */
export function progressLines(console: Console, level: string): Progress {
  const options = { ...LOG_FORM, level };
  const log = pino(options, { write: console.err.json });
  const events = new EventLog();
  return {
    onEvent: (event) => events.write(log, event),
    onExchange: ({ kind, retry }) => {
      if (retry === undefined) return;
      const { code, message } = retry.error;
      log.warn(
        { kind, code, attempt: retry.attempt, delayMs: Math.round(retry.delayMs) },
        `trying again: ${message}`,
      );
    },
    onOutput: (sync, line) => log.info({ sync }, line),
    note: (message) => log.info(message),
    failed: (error, sync) => {
      const code = codeOf(error);
      log.error(
        { ...(sync && { sync }), ...(code && { code }), exitCode: exitCodeOf(error) },
        describeError(error),
      );
    },
    aside: (write) => write(),
    end: () => events.end(log),
  };
}

/** Files that failed for one and the same reason: so many have a line of their own, the others one for `debug`. */
const LINES_PER_REASON = 5;

/** Writes events into a log: of files that fail for one and the same reason only the first few, and then how many there were. */
export class EventLog {
  readonly #failed = new Map<string, { readonly event: FileFailed; files: number }>();

  write(log: Logger, event: SyncEvent): void {
    if (event.type === 'run-started') this.end(log);
    if (event.type === 'file-failed')
      logFailure(log, this.#isAmongTheFirst(event) ? 'warn' : 'debug', event);
    else logEvent(log, event);
  }

  /** Nothing more comes of what has been written so far. */
  end(log: Logger): void {
    for (const { event, files } of this.#failed.values())
      if (files > LINES_PER_REASON)
        log.warn(
          { sync: event.sync, code: event.error.code, files },
          `${files} files in all failed with: ${sharedReason(event)}`,
        );
    this.#failed.clear();
  }

  #isAmongTheFirst(event: FileFailed): boolean {
    const reason = `${event.sync} ${event.error.code} ${sharedReason(event)}`;
    const seen = this.#failed.get(reason) ?? { event, files: 0 };
    seen.files += 1;
    this.#failed.set(reason, seen);
    return seen.files <= LINES_PER_REASON;
  }
}

/** Without the file's name, and without where in it. */
function sharedReason({ error, path, fileId }: FileFailed): string {
  return withoutFile(error.reason, { filePath: path, path: undefined, fileId });
}

type FileFailed = Extract<SyncEvent, { type: 'file-failed' }>;

function logFailure(log: Logger, level: 'warn' | 'debug', event: FileFailed): void {
  const { sync, fileId, path, attempt, error } = event;
  const retryAt = new Date(event.retryAtMs).toISOString();
  log[level]({ sync, fileId, path, code: error.code, attempt, retryAt }, error.message);
}

function logEvent(log: Logger, event: Exclude<SyncEvent, FileFailed>): void {
  const { sync } = event;
  switch (event.type) {
    case 'run-started':
      log.info(
        { sync, expected: event.expected, watermark: isoOrNull(event.watermarkMs) },
        'run started',
      );
      break;
    case 'clocks-doubted':
      for (const sentence of clockSentences(event.clocks)) log.warn({ sync }, sentence);
      break;
    case 'pulled-back':
      log.warn({ sync }, pulledBackSentence(event.fromMs, event.toMs));
      break;
    case 'config-changed':
      if (event.changes.scope)
        log.warn({ sync }, 'the config has changed: looking at all files again');
      if (event.changes.mapping)
        log.warn({ sync }, 'the mapping has changed: making the rows of all files anew');
      break;
    case 'rebuild-started':
      log.info({ sync, stored: event.stored, fetched: event.fetched }, REBUILD);
      break;
    case 'rebuild-ended':
      log.info({ sync }, 'rows are made anew, of all files whose content can be had');
      break;
    case 'redaction-left':
      log.warn({ sync, files: event.files }, redactionNote(event));
      break;
    case 'history-begun':
      log.info({ sync, files: event.files }, 'the history has a line of every file now');
      break;
    case 'schema-note':
      logNote(log, event);
      break;
    case 'window-opened':
      log.info(
        { sync, ...windowOf(event.window), pass: event.pass, after: event.after },
        'window opened',
      );
      break;
    case 'window-closed':
      log.info({ sync, ...windowOf(event.window), files: event.files }, 'window closed');
      break;
    case 'window-hole':
      log.warn(
        { sync, ...windowOf(event.window), pass: event.pass, seen: event.seen },
        'TDP counts more files than its pages have shown: reading the window again',
      );
      break;
    case 'backlog-cut':
      log.info({ sync, slices: event.slices, files: event.files }, 'backlog cut into slices');
      break;
    case 'page-read':
      log.debug({ sync, hits: event.hits, known: event.known }, 'page read');
      break;
    case 'file-loaded':
      log.trace({ sync, fileId: event.fileId, bytes: event.bytes }, 'file loaded');
      break;
    case 'sink-retried':
      log.warn(
        { sync, code: event.error.code, attempt: event.attempt, delayMs: Math.ceil(event.delayMs) },
        `the database has failed in passing, and is asked again in ${Math.ceil(event.delayMs / 1000)} s: ${event.error.message}`,
      );
      break;
    case 'committed':
      log.info({ sync, ...committed(event) }, 'batch committed');
      break;
    default:
      event satisfies never;
  }
}

const REBUILD =
  'making rows anew: of documents in the database, and of documents fetched from TDP again';

function logNote(
  log: Logger,
  { sync, fileId, note }: Extract<SyncEvent, { type: 'schema-note' }>,
): void {
  const { is, ...what } = note;
  const details = { sync, fileId, ...what };
  if (is === 'added') log.debug(details, 'column added');
  else if (is === 'renamed') log.info(details, 'the name was taken, so it got another one');
  else if (is === 'unfit')
    log.info(details, 'values that do not fit the column are in its __text column');
  else log.warn(details, 'left out: the tables have no place for it, and the schema says drop');
}

/** How long the database took is there for whoever asks what holds a run up. */
function committed({
  applied,
  leftAlone,
  durationMs,
}: Extract<SyncEvent, { type: 'committed' }>): object {
  return { applied, leftAlone, durationMs: Math.round(durationMs) };
}

function isoOrNull(timeMs: number | undefined): string | null {
  return timeMs === undefined ? null : new Date(timeMs).toISOString();
}

function codeOf(error: unknown): string | undefined {
  return error instanceof SyncError || error instanceof SinkError ? error.code : undefined;
}

function windowOf({ fromMs, toMs }: { fromMs: number; toMs: number }): {
  from: string;
  to: string;
} {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}
