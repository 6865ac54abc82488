import type { Clock } from '@tdp-sync/core';
import type { Logger } from 'pino';
import { describeError } from '../../exit.ts';
import type { Metrics } from '../metrics.ts';
import type { Service } from '../service.ts';
import { filesOf } from './files.ts';
import { WaitingFiles } from './waiting-files.ts';
import { Wakes } from './wakes.ts';

/** Files that are looked for with one search. */
const LOOKUP_IDS = 500;
const LONGEST_SLEEP_MS = 3_600_000;

/** How an event came. */
export type Via = 'http' | 'queue';

/** What an event was good for. */
export type Taken = 'files' | 'wake' | 'malformed';

/** What is told of events. */
export interface EventCounts {
  readonly taken: number;
  /** Of these, those that were no JSON. */
  readonly malformed: number;
  /** Files that they have named and that were handed to the syncs. */
  readonly files: number;
  /** Files that wait for TDP's search to show them. */
  readonly waiting: number;
  readonly lastMs: number | undefined;
}

/** What a nudger is made of. */
export interface NudgerParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/**
 * Takes events as a nudge: files that they name are brought in at once, by the way that all files go, and without any the next run comes
 * earlier. Whatever is lost, doubled, late or wrong changes nothing: that all is brought in is what runs are for.
 */
export class Nudger implements AsyncDisposable {
  readonly #service: Service;
  readonly #parts: NudgerParts;
  readonly #files = new WaitingFiles();
  readonly #wakes = new Wakes();
  readonly #end = new AbortController();
  #alarm = new AbortController();
  #work: Promise<void> | undefined;
  #counts = { taken: 0, malformed: 0, files: 0 };
  #lastMs: number | undefined;

  constructor(service: Service, parts: NudgerParts) {
    this.#service = service;
    this.#parts = parts;
  }

  get counts(): EventCounts {
    return { ...this.#counts, waiting: this.#files.size, lastMs: this.#lastMs };
  }

  /** Takes one event, or a list of them, and tells what it was good for. Never throws: what is not understood is no reason to send it again. */
  take(text: string, via: Via): Taken {
    const { clock, metrics } = this.#parts;
    const nowMs = clock.now();
    const found = filesOf(text);
    this.#counts.taken += 1;
    this.#lastMs = nowMs;
    const taken = found === 'malformed' ? found : this.#sort(found.fileIds, nowMs);
    if (taken === 'malformed') this.#counts.malformed += 1;
    metrics.events.inc({ via, outcome: taken });
    metrics.lastEvent.set(nowMs / 1000);
    this.#begin();
    return taken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new Error('The service stops'));
    this.#alarm.abort(this.#end.signal.reason);
    await this.#work;
  }

  #sort(fileIds: readonly string[], nowMs: number): Taken {
    const left = fileIds.filter((fileId) => !this.#files.add(fileId, nowMs));
    if (fileIds.length > 0 && left.length === 0) return 'files';
    this.#wake(nowMs);
    return 'wake';
  }

  #wake(nowMs: number): void {
    for (const name of this.#names()) this.#wakes.ask(name, this.#settleMs(name), nowMs);
  }

  #begin(): void {
    this.#alarm.abort(new Error('An event has come'));
    this.#work ??= this.#nudge().finally(() => {
      this.#work = undefined;
    });
  }

  /** As long as there is something to do. */
  async #nudge(): Promise<void> {
    const { clock } = this.#parts;
    while (!this.#end.signal.aborted) {
      const nextMs = Math.min(this.#files.nextMs, this.#wakes.nextMs);
      if (nextMs === Number.POSITIVE_INFINITY) return;
      const waitMs = Math.min(nextMs - clock.now(), LONGEST_SLEEP_MS);
      if (waitMs > 0) {
        this.#alarm = new AbortController();
        // Woken is as good as slept.
        await clock.sleep(waitMs, this.#alarm.signal).catch(() => undefined);
        continue;
      }
      this.#runWoken(clock.now());
      await this.#lookForFiles(clock.now());
    }
  }

  /** A sync that fails is tried again by itself, with growing waits, and needs no events for it. */
  #runWoken(nowMs: number): void {
    const { scheduler } = this.#service;
    const names = this.#names();
    for (const name of this.#wakes.due(nowMs, (sync) => this.#settleMs(sync)))
      if (names.includes(name) && scheduler.failures(name, 'run') === 0)
        this.#service.want(name, 'run');
  }

  async #lookForFiles(nowMs: number): Promise<void> {
    const { log } = this.#parts;
    const due = this.#files.take(nowMs);
    if (due.length === 0) return;
    let shown: ReadonlySet<string>;
    try {
      shown = await this.#shown(due.map(([fileId]) => fileId));
    } catch (error) {
      if (this.#end.signal.aborted) return;
      log.info({ files: due.length }, `left to the next run: ${describeError(error)}`);
      this.#wake(nowMs);
      return;
    }
    const late = due.filter(([fileId]) => !shown.has(fileId));
    const left = late.filter(([fileId, tries]) => !this.#files.again(fileId, tries, nowMs));
    if (left.length > 0)
      log.debug({ files: left.length }, 'not shown by the search, and left to the runs');
    if (shown.size > 0) this.#bring([...shown]);
  }

  /** Each sync's filter decides. */
  #bring(fileIds: readonly string[]): void {
    this.#counts.files += fileIds.length;
    this.#parts.metrics.eventFiles.inc(fileIds.length);
    for (const name of this.#names()) this.#service.want(name, 'event', fileIds);
  }

  /** Those of the files that the search shows, to this token and whatever their kind. */
  async #shown(fileIds: readonly string[]): Promise<ReadonlySet<string>> {
    const { client } = this.#service.runtime.source;
    const { signal } = this.#end;
    const shown = new Set<string>();
    for (let start = 0; start < fileIds.length; start += LOOKUP_IDS) {
      const query = { filter: [], fileIds: fileIds.slice(start, start + LOOKUP_IDS) };
      let after: string | undefined;
      do {
        const hits = await client.page(query, after, LOOKUP_IDS, signal);
        for (const { fileId } of hits) shown.add(fileId);
        after = hits.at(-1)?.fileId;
      } while (after !== undefined);
    }
    return shown;
  }

  #names(): readonly string[] {
    return this.#service.boards.map(({ name }) => name);
  }

  #settleMs(name: string): number {
    return this.#service.runtime.loaded.config.syncs[name]?.settle ?? 0;
  }
}
