import type { SyncEvent } from '@tdp-sync/core';
import { clockSentences, pulledBackSentence } from '../clocks.ts';
import { redactionNote } from '../column-rules.ts';
import { number, span } from '../format.ts';

/** Sooner, a rate says nothing. */
const RATE_AFTER_MS = 2000;

/** How far a run is, by its events. */
export class Tally {
  readonly #now: () => number;
  #sync: string | undefined;
  #startedMs = 0;
  #heardMs: number;
  #total = 0;
  #done = 0;
  #failed = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.#heardMs = now();
  }

  /** Gives what a person should read of it besides, in lines. */
  onEvent(event: SyncEvent): readonly string[] {
    this.#heardMs = this.#now();
    const said = (...sentences: readonly string[]): readonly string[] =>
      sentences.map((sentence) => `${event.sync}: ${sentence}`);
    switch (event.type) {
      case 'clocks-doubted':
        return said(...clockSentences(event.clocks));
      case 'pulled-back':
        return said(pulledBackSentence(event.fromMs, event.toMs));
      case 'run-started':
        [this.#sync, this.#startedMs] = [event.sync, this.#now()];
        [this.#done, this.#failed, this.#total] = [0, 0, event.expected];
        return [];
      case 'rebuild-started':
        this.#total += event.stored + event.fetched;
        return said(rebuildNote(event));
      case 'redaction-left':
        return said(redactionNote(event));
      case 'page-read':
        this.#done += event.known;
        return [];
      case 'file-loaded':
        this.#done += 1;
        return [];
      case 'file-failed':
        this.#done += 1;
        this.#failed += 1;
        return [];
      default:
        return [];
    }
  }

  get sync(): string | undefined {
    return this.#sync;
  }

  /** For how long nothing has happened. */
  get silentMs(): number {
    return this.#now() - this.#heardMs;
  }

  /** From 0 to 1. */
  get share(): number {
    return this.#total === 0 ? 0 : Math.min(this.#done / this.#total, 1);
  }

  /** In words, the most important first. */
  get parts(): readonly string[] {
    // Late files can make it more than TDP had said.
    const total = Math.max(this.#total, this.#done);
    const elapsedMs = this.#now() - this.#startedMs;
    const parts = [`${number(this.#done)} of ${number(total)} files`];
    if (this.#failed > 0) parts.push(`${number(this.#failed)} failed`);
    if (this.#done === 0 || elapsedMs < RATE_AFTER_MS) return parts;
    const leftMs = ((total - this.#done) * elapsedMs) / this.#done;
    parts.push(`${number((this.#done * 1000) / elapsedMs)}/s`);
    if (leftMs > 0) parts.push(`${span(leftMs)} left`);
    return parts;
  }
}

function rebuildNote({ stored, fetched }: { stored: number; fetched: number }): string {
  return (
    'the mapping has changed. The rows of all files are made anew: ' +
    `${number(stored)} of documents in the database, ${number(fetched)} by fetching them again.`
  );
}
