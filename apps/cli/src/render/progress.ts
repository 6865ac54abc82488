import type { Exchange, SyncEvent } from '@tdp-sync/core';
import { Presets, SingleBar } from 'cli-progress';
import { type Logger, pino } from 'pino';
import type { Console } from '../console.ts';
import { moment, number } from './format.ts';

/** Shows what runs are doing: a bar on a terminal, JSON lines otherwise. */
export interface Progress {
  readonly onEvent: (event: SyncEvent) => void;
  readonly onExchange: (exchange: Exchange) => void;
  /** A remark that a person should see. */
  readonly note: (message: string) => void;
  /** Leaves the terminal clean. May be called twice. */
  readonly end: () => void;
}

/** How to show progress. */
export interface ProgressOptions {
  /** JSON lines even on a terminal. */
  readonly json: boolean;
  readonly level: string;
}

/** Chooses between bar and lines. */
export function openProgress(console: Console, options: ProgressOptions): Progress {
  return console.isTerminal && !options.json
    ? progressBar(console)
    : progressLines(console, options.level);
}

const FORMAT = '{sync}  {bar}  {value} of {total} files  {rate}/s  ETA {eta_formatted}  {note}';

function progressBar(console: Console): Progress {
  const bar = new SingleBar(
    {
      format: FORMAT,
      stream: console.err,
      hideCursor: true,
      clearOnComplete: true,
      etaBuffer: 2000,
      formatValue: (value, _options, type) =>
        type === 'value' || type === 'total' ? number(value) : String(value),
    },
    Presets.shades_classic,
  );
  let startedMs = 0;
  let done = 0;
  let failed = 0;
  let total = 0;

  const update = (): void => {
    const rate = number((done * 1000) / Math.max(Date.now() - startedMs, 1));
    const note = failed === 0 ? '' : `${number(failed)} failed`;
    // Late files can make it more than TDP had said.
    if (done > total) bar.setTotal(done);
    bar.update(done, { rate, note });
  };
  return {
    onEvent: (event) => {
      if (event.type === 'run-started') {
        startedMs = Date.now();
        [done, failed, total] = [0, 0, event.expected];
        bar.start(total, 0, { sync: event.sync, rate: '0', note: '' });
      } else if (event.type === 'rebuild-started') {
        total += event.stored + event.fetched;
        bar.setTotal(total);
        console.err.write(`${event.sync}: ${rebuildNote(event)}\n`);
      } else if (event.type === 'page-read') done += event.known;
      else if (event.type === 'file-loaded') done += 1;
      else if (event.type === 'file-failed') [done, failed] = [done + 1, failed + 1];
      else return;
      update();
    },
    onExchange: ({ retry }) => {
      if (retry !== undefined)
        bar.update({
          note: `waiting ${Math.ceil(retry.delayMs / 1000)} s: ${retry.error.message.slice(0, 60)}`,
        });
    },
    note: (message) => {
      console.err.write(`${message}\n`);
    },
    end: () => bar.stop(),
  };
}

function rebuildNote({ stored, fetched }: { stored: number; fetched: number }): string {
  return (
    'the mapping has changed. The rows of all files are made anew: ' +
    `${number(stored)} of documents in the database, ${number(fetched)} by fetching them again.`
  );
}

function progressLines(console: Console, level: string): Progress {
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, console.err);
  return {
    onEvent: (event) => logEvent(log, event),
    onExchange: ({ kind, retry }) => {
      if (retry === undefined) return;
      const { code, message } = retry.error;
      log.warn(
        { kind, code, attempt: retry.attempt, delayMs: Math.round(retry.delayMs) },
        `trying again: ${message}`,
      );
    },
    note: (message) => log.info(message),
    end: () => undefined,
  };
}

/** Writes an event into a log. */
export function logEvent(log: Logger, event: SyncEvent): void {
  const { sync } = event;
  switch (event.type) {
    case 'run-started':
      log.info(
        { sync, expected: event.expected, watermark: moment(event.watermarkMs) },
        'run started',
      );
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
      log.info({ sync }, 'all rows follow the mapping');
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
    case 'page-read':
      log.debug({ sync, hits: event.hits, known: event.known }, 'page read');
      break;
    case 'file-loaded':
      log.trace({ sync, fileId: event.fileId, bytes: event.bytes }, 'file loaded');
      break;
    case 'file-failed':
      log.warn(
        {
          sync,
          fileId: event.fileId,
          path: event.path,
          code: event.error.code,
          attempt: event.attempt,
          retryAt: new Date(event.retryAtMs).toISOString(),
        },
        event.error.message,
      );
      break;
    case 'committed':
      log.info({ sync, applied: event.applied, leftAlone: event.leftAlone }, 'batch committed');
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

function windowOf({ fromMs, toMs }: { fromMs: number; toMs: number }): {
  from: string;
  to: string;
} {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}
