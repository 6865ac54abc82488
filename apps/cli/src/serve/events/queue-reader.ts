import type { Clock } from '@tdp-sync/core';
import type { Logger } from 'pino';
import { describeError } from '../../exit.ts';
import type { Service } from '../service.ts';
import type { Nudger } from './nudger.ts';
import type { Queue, QueueMessage } from './queue.ts';
import type { SqsPlace } from './sqs.ts';

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;

/** What a reader is made of. */
export interface QueueReaderParts {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly log: Logger;
  readonly open: (place: SqsPlace) => Promise<Queue>;
}

/** Reads the queue of `serve.events` as long as the service goes on; after a reload the one of the new config. */
export class QueueReader implements AsyncDisposable {
  readonly #service: Service;
  readonly #nudger: Pick<Nudger, 'take'>;
  readonly #parts: QueueReaderParts;
  readonly #unsubscribe: () => void;
  #place: SqsPlace | undefined;
  #end = new AbortController();
  #work: Promise<void> = Promise.resolve();
  #trouble: string | undefined;

  constructor(service: Service, nudger: Pick<Nudger, 'take'>, parts: QueueReaderParts) {
    this.#service = service;
    this.#nudger = nudger;
    this.#parts = parts;
    this.#unsubscribe = service.onChange((sync) => {
      if (sync === undefined) this.#follow();
    });
    this.#follow();
  }

  /** The address of the queue; `undefined` where there is none. */
  get url(): string | undefined {
    return this.#place?.url;
  }

  /** Why it could not be read the last time; `undefined` when it could. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    this.#end.abort(new Error('The service stops'));
    await this.#work;
  }

  #follow(): void {
    const place = placeOf(this.#service);
    if (JSON.stringify(place) === JSON.stringify(this.#place)) return;
    this.#place = place;
    this.#end.abort(new Error('The config has changed'));
    this.#end = new AbortController();
    const { signal } = this.#end;
    this.#work = this.#work.then(() =>
      place === undefined || signal.aborted ? undefined : this.#read(place, signal),
    );
  }

  async #read(place: SqsPlace, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    let waitMs = FIRST_WAIT_MS;
    let queue: Queue | undefined;
    while (!signal.aborted) {
      try {
        queue ??= await this.#parts.open(place);
        await this.#next(queue, signal);
        waitMs = FIRST_WAIT_MS;
      } catch (error) {
        if (signal.aborted) break;
        this.#tell(error);
        await clock.sleep(waitMs, signal).catch(() => undefined);
        waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
      }
    }
    queue?.[Symbol.dispose]();
    this.#trouble = undefined;
  }

  /**
   * Deletes what was taken, whatever it held: a message that nobody understands would come again for ever. One that is lost from here on,
   * when the process ends, is left to the runs.
   */
  async #next(queue: Queue, signal: AbortSignal): Promise<void> {
    const messages = await queue.receive(signal);
    if (this.#trouble !== undefined) this.#parts.log.info('the queue of events is read again');
    this.#trouble = undefined;
    if (messages.length === 0) return;
    for (const { body } of messages) this.#nudger.take(body, 'queue');
    await this.#delete(queue, messages);
  }

  async #delete(queue: Queue, messages: readonly QueueMessage[]): Promise<void> {
    try {
      await queue.delete(messages);
    } catch (error) {
      // They come again, and bring in nothing new.
      this.#parts.log.warn(`events stay in the queue: ${reasonOf(error)}`);
    }
  }

  /** Once for each reason. */
  #tell(error: unknown): void {
    const trouble = reasonOf(error);
    if (trouble !== this.#trouble)
      this.#parts.log.error(
        `the queue of events cannot be read, runs go on as without: ${trouble}`,
      );
    this.#trouble = trouble;
  }
}

function placeOf({ runtime }: Service): SqsPlace | undefined {
  const { queue, region } = runtime.loaded.config.serve.events;
  return queue === undefined ? undefined : { url: queue, region };
}

/** Errors of the SDK have a name that says what has happened; a stack says no more. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'CliError' ? describeError(error) : `${error.name}: ${error.message}`;
}
