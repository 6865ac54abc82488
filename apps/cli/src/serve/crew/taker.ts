import type { Json, Queue, Taken } from '@tdp-sync/queue';
import { keyOf } from '../lane.ts';
import type { Service } from '../service.ts';
import { AGAIN_MS, type Ask, type CrewParts, type Queues } from './parts.ts';
import { jobOf, resultOf } from './tasks.ts';

/** Takes tasks from the queues, and does them with the service of its own process. */
export class Taker {
  readonly #service: Service;
  readonly #parts: CrewParts;
  readonly #ask: Ask;
  /** Told when a task has ended. */
  readonly #onDone: () => void;
  /** While it takes any. */
  #hired: AbortController | undefined;
  readonly #atWork = { lanes: new Set<Promise<void>>(), slices: new Set<Promise<void>>() };

  constructor(service: Service, parts: CrewParts, ask: Ask, onDone: () => void) {
    this.#service = service;
    this.#parts = parts;
    this.#ask = ask;
    this.#onDone = onDone;
  }

  /** Takes work from now on. */
  hire(): void {
    if (this.#hired !== undefined) return;
    this.#hired = new AbortController();
    const { serve } = this.#service.runtime.loaded.config;
    void this.#takeOn('lanes', serve.concurrentSyncs, this.#hired.signal);
    void this.#takeOn('slices', 1, this.#hired.signal);
  }

  /** Takes no more. What it has goes on. */
  dismiss(): void {
    this.#hired?.abort(new Error('No more work is taken'));
    this.#hired = undefined;
  }

  /** When all that it has taken has ended, and is said to have. */
  async idle(): Promise<void> {
    await Promise.all([...this.#atWork.lanes, ...this.#atWork.slices]);
  }

  /** So many at a time, as long as it may. */
  async #takeOn(which: keyof Queues, most: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const atWork = this.#atWork[which];
    while (!signal.aborted) {
      if (atWork.size >= most) {
        await Promise.race(atWork);
        continue;
      }
      const isAsked = await this.#ask(async (queues) => {
        const queue = queues[which];
        const taken = await takeUnless(queue, signal);
        if (taken === undefined) return;
        const work = this.#work(queue, taken).finally(() => atWork.delete(work));
        atWork.add(work);
      });
      if (!isAsked) await clock.sleep(AGAIN_MS, signal).catch(() => undefined);
    }
  }

  async #work(queue: Queue, taken: Taken): Promise<void> {
    const { clock } = this.#parts;
    const { jobs, runtime } = this.#service;
    const job = jobOf(taken);
    const startedMs = clock.now();
    const begun = job === undefined ? undefined : this.#service.begin(job);
    const onAbort = (): void => {
      if (job !== undefined) jobs.interrupt(keyOf(job), String(taken.signal.reason));
    };
    taken.signal.addEventListener('abort', onAbort, { once: true });
    if (taken.signal.aborted) onAbort();
    const done = await begun;
    taken.signal.removeEventListener('abort', onAbort);
    const board = this.#service.boards.find(({ name }) => name === job?.sync);
    const { newestMs, watermarkMs } = board?.progress.known ?? {};
    const reachedMs = job?.kind === 'run' ? watermarkMs : undefined;
    const facts = { durationMs: clock.now() - startedMs, newestMs, reachedMs };
    await this.#tell(
      queue,
      taken,
      resultOf(done, facts, (text) => runtime.loaded.redactor.clean(text)),
    );
  }

  /** As long as the task is this replica's: a queue that is away for a moment is waited for. */
  async #tell(queue: Queue, taken: Taken, result: Json): Promise<void> {
    const { clock, signal } = this.#parts;
    while (!(await this.#ask(() => queue.done(taken, result)))) {
      if (taken.signal.aborted || signal.aborted) break;
      await clock.sleep(AGAIN_MS, taken.signal).catch(() => undefined);
    }
    this.#onDone();
  }
}

/** `undefined` when the signal has been aborted first. */
async function takeUnless(queue: Queue, signal: AbortSignal): Promise<Taken | undefined> {
  try {
    return await queue.take(signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
