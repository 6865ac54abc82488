import type { Exchange, SyncEvent } from '@tdp-sync/core';
import { type Logger, pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { Console } from '../console.ts';
import { EventLog, LOG_FORM } from '../render/progress/lines.ts';
import { visible } from '../visible.ts';

/** JSON lines for programs, and lines for a person where one watches. */
export function openLog(console: Console, level: string, asJson: boolean): Logger {
  const options = { ...LOG_FORM, level };
  if (!console.isTerminal || asJson) return pino(options, { write: console.err.json });
  // As everywhere on the command line.
  const translateTime = "UTC:yyyy-mm-dd HH:MM:ss 'UTC'";
  const pretty = prettyFactory({ colorize: true, translateTime });
  const { redactor, err } = console;
  const write = (json: string): void => {
    const line = redactor.clean(json);
    const msg = message(String(JSON.parse(line).msg));
    err.screen.write(pretty({ ...JSON.parse(line, shown), msg }));
  };
  return pino(options, { write });
}

/** The colours of a line are the log's own; no text within may bring any. */
function shown(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? visible(value) : value;
}

/** Lines of a message are marked, so that none of them looks like a message of its own. */
function message(text: string): string {
  return text.split('\n').map(visible).join('\n    | ');
}

/** Tries of requests that were in vain. */
export function logExchange(log: Logger, { kind, retry }: Exchange): void {
  if (retry === undefined) return;
  const { code, message } = retry.error;
  const details = { kind, code, attempt: retry.attempt, delayMs: Math.round(retry.delayMs) };
  log.warn(details, `trying again: ${message}`);
}

/** Writes the events of one job, each with the run and the window that it belongs to. */
export class JobLog {
  readonly #sync: string;
  readonly #job: Logger;
  /** The events name their sync themselves. */
  #log: Logger;
  #window: string | undefined;
  readonly #events = new EventLog();

  constructor(log: Logger, sync: string, kind: string) {
    this.#sync = sync;
    this.#job = log.child({ kind });
    this.#log = this.#job;
  }

  /** With `sync`, `kind` and, once it is known, `run`. */
  get current(): Logger {
    return this.#log.child({ sync: this.#sync });
  }

  /** The job has ended. */
  end(): void {
    this.#events.end(this.#log);
  }

  onEvent(event: SyncEvent): void {
    if (event.type === 'run-started') this.#log = this.#job.child({ run: event.run });
    const isInWindow = ['file-failed', 'file-loaded', 'page-read', 'committed', 'schema-note'];
    const log =
      this.#window !== undefined && isInWindow.includes(event.type)
        ? this.#log.child({ window: this.#window })
        : this.#log;
    this.#events.write(log, event);
    if (event.type === 'window-opened')
      this.#window = `${iso(event.window.fromMs)}/${iso(event.window.toMs)}`;
    if (event.type === 'window-closed') this.#window = undefined;
  }
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
