import type { Clock } from '@tdp-sync/core';
import type { Logger } from 'pino';
import type { ServiceReport } from '../report.ts';
import type { Service } from '../service.ts';
import { deliver } from './deliver.ts';
import { slackBody, webhookBody } from './message.ts';
import { type News, newsOf, type Told } from './news.ts';

/** A sync falls behind because nothing happens. */
const LOOK_MS = 30_000;

/** What a notifier is made of. */
export interface NotifierParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly fetch: typeof fetch;
}

/** Tells the receivers of `serve.notify` what has changed with the syncs, each thing once. */
export class Notifier implements Disposable {
  readonly #service: Service;
  readonly #report: ServiceReport;
  readonly #parts: NotifierParts;
  readonly #told = new Map<string, Told>();
  readonly #end = new AbortController();
  readonly #unsubscribe: () => void;
  readonly #look: NodeJS.Timeout;

  constructor(service: Service, report: ServiceReport, parts: NotifierParts) {
    this.#service = service;
    this.#report = report;
    this.#parts = parts;
    this.#unsubscribe = service.onChange((sync) => this.look(sync));
    this.#look = setInterval(() => this.look(), LOOK_MS).unref();
  }

  /** Looks at one sync, or at all. */
  look(sync?: string): void {
    const { notify } = this.#service.runtime.loaded.config.serve;
    for (const name of sync === undefined ? this.#report.names : [sync]) {
      const status = this.#report.sync(name);
      if (status === undefined) this.#told.delete(name);
      else {
        const { news, told } = newsOf(status, this.#told.get(name), {
          behindMs: notify.behind,
          nowMs: this.#parts.clock.now(),
        });
        this.#told.set(name, told);
        // Of several replicas one tells.
        if (this.#service.leads) for (const one of news) this.#tell(one);
      }
    }
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
    clearInterval(this.#look);
    this.#end.abort(new Error('The service stops'));
  }

  #tell(news: News): void {
    const { webhook, slack, page } = this.#service.runtime.loaded.config.serve.notify;
    const { clock } = this.#parts;
    if (webhook !== undefined) this.#send('webhook', webhook, webhookBody(news, clock.now(), page));
    if (slack !== undefined) this.#send('slack', slack, slackBody(news, page));
  }

  #send(receiver: string, url: string, body: object): void {
    const { log, ...parts } = this.#parts;
    const { signal } = this.#end;
    deliver(url, body, { ...parts, signal }).catch((error: unknown) => {
      if (!signal.aborted)
        log.warn({ receiver }, `the receiver of "serve.notify" was not told: ${String(error)}`);
    });
  }
}
