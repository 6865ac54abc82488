import type { Seen } from './watch.ts';

/** Knows of each document of TDP's index whether searches have shown it all the time. */
export class Presence {
  /** When it was last seen to be away, by document; `undefined` for what has never been. */
  readonly #awayMs = new Map<string, number | undefined>();

  /** Takes note of what searches show now. */
  look(shown: readonly Seen[], nowMs: number): void {
    const names = new Set(shown.map(nameOf));
    for (const name of this.#awayMs.keys()) if (!names.has(name)) this.#awayMs.set(name, nowMs);
    for (const name of names) if (!this.#awayMs.has(name)) this.#awayMs.set(name, undefined);
  }

  /** Whether a document that was shown then was away since, so that a run may have missed it. */
  wasAway(doc: Seen, sinceMs: number): boolean {
    return (this.#awayMs.get(nameOf(doc)) ?? Number.NEGATIVE_INFINITY) >= sinceMs;
  }
}

function nameOf({ fileId, indexedAt }: Seen): string {
  return `${fileId} ${indexedAt}`;
}
