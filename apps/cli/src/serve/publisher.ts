import type { Clock } from '@tdp-sync/core';
import type { Published } from '@tdp-sync/sink';
import type { Logger } from 'pino';
import { describeError } from '../exit.ts';
import { copiesOf, publishCopies } from '../sync/publish.ts';
import type { Metrics } from './metrics.ts';
import type { Service } from './service.ts';

/** A copy may take a tenth of the time: the larger the database, the more of what changes is put in place together. */
const REST = 9;
const FIRST_RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 15 * 60_000;

/** What a publisher is made of. */
export interface PublisherParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Brings the copies for readers up to date while the service goes on: after jobs that have committed something, one copy at a time. */
export class Publisher implements AsyncDisposable {
  readonly #service: Service;
  readonly #parts: PublisherParts;
  readonly #end = new AbortController();
  readonly #unsubscribe: () => void;
  /** Commits of each sync that a copy may lack. */
  readonly #seen = new Map<string, number>();
  #config: unknown;
  #isWanted = false;
  #work: Promise<void> | undefined;
  #failures = 0;
  #restMs = 0;

  constructor(service: Service, parts: PublisherParts) {
    this.#service = service;
    this.#parts = parts;
    this.#unsubscribe = service.onChange((sync) => this.#look(sync));
    // What a process that was killed had committed.
    this.#look(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    this.#end.abort(new Error('The service stops'));
    await this.#work;
  }

  #look(sync: string | undefined): void {
    const { boards, runtime } = this.#service;
    for (const { name, commits, isAtWork } of boards) {
      if ((sync !== undefined && sync !== name) || isAtWork) continue;
      if (commits !== (this.#seen.get(name) ?? 0)) this.#want();
      this.#seen.set(name, commits);
    }
    if (runtime.loaded.sinkConfig !== this.#config) this.#want();
    this.#config = runtime.loaded.sinkConfig;
  }

  #want(): void {
    this.#isWanted = true;
    this.#work ??= this.#publish().finally(() => {
      this.#work = undefined;
    });
  }

  async #publish(): Promise<void> {
    const { clock } = this.#parts;
    while (this.#isWanted && !this.#end.signal.aborted) {
      await clock.sleep(this.#restMs, this.#end.signal).catch(() => undefined);
      if (this.#end.signal.aborted) return;
      this.#isWanted = false;
      const startedMs = clock.now();
      const isWhole = await this.#once();
      this.#failures = isWhole ? 0 : this.#failures + 1;
      this.#restMs = isWhole ? REST * (clock.now() - startedMs) : retryMs(this.#failures);
      // What could not be put in place is tried again without anything new.
      if (!isWhole) this.#isWanted = true;
    }
  }

  /** Tells whether there is nothing more to be done. */
  async #once(): Promise<boolean> {
    const { log, metrics } = this.#parts;
    const { loaded, lease } = this.#service.runtime;
    if (loaded.adapter.publish === undefined) return true;
    try {
      const copies = await lease.use(() => publishCopies(loaded));
      for (const copy of copies) this.#tell(copy);
      this.#service.show(copies);
      return copies.every(({ error }) => error === undefined);
    } catch (error) {
      metrics.published.inc({ outcome: 'failed' });
      log.warn(`the copies for readers were not looked at: ${describeError(error)}`);
      this.#service.show(await copiesOf(loaded).catch(() => []));
      return false;
    }
  }

  #tell({ target, error, isNew }: Published): void {
    const { log, metrics } = this.#parts;
    if (error !== undefined) log.error({ target, code: error.code }, describeError(error));
    else if (isNew) log.info({ target }, 'published');
    else return;
    metrics.published.inc({ outcome: error === undefined ? 'complete' : 'failed' });
  }
}

function retryMs(failures: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);
}
