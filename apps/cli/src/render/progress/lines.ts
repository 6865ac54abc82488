import type { SyncEvent } from '@tdp-sync/core';
import { type Logger, pino } from 'pino';
import type { Console } from '../../console.ts';
import { clockSentences, pulledBackSentence } from '../clocks.ts';
import { moment } from '../format.ts';
import type { Progress } from './progress.ts';

/** JSON lines of this level and above. */
export function progressLines(console: Console, level: string): Progress {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const log = pino(options, { write: console.err.json });
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
    onOutput: (sync, line) => log.info({ sync }, line),
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
