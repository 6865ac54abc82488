import type { Seen } from './watch.ts';

/** Knows of each document of TDP's index whether searches have shown it all the time. */
export class Presence {
  /** When it was last seen to be away, by document; `undefined` for what has never been. */
  readonly #awayMs = new Map<string, number | undefined>();
  /** Where it was seen, by document and place, and when last. */
  readonly #places = new Map<
    string,
    Map<string, { readonly doc: Seen; readonly lastMs: number }>
  >();

  /** Takes note of what searches show now. */
  look(shown: readonly Seen[], nowMs: number): void {
    const names = new Set(shown.map(nameOf));
    for (const name of this.#awayMs.keys()) if (!names.has(name)) this.#awayMs.set(name, nowMs);
    for (const name of names) if (!this.#awayMs.has(name)) this.#awayMs.set(name, undefined);
    for (const doc of shown) {
      const places = this.#places.get(nameOf(doc)) ?? new Map();
      this.#places.set(
        nameOf(doc),
        places.set(`${doc.bucket} ${doc.path}`, { doc, lastMs: nowMs }),
      );
    }
  }

  /** Whether a document that was shown then was away since, so that a run may have missed it. */
  wasAway(doc: Seen, sinceMs: number): boolean {
    return (this.#awayMs.get(nameOf(doc)) ?? Number.NEGATIVE_INFINITY) >= sinceMs;
  }

  /** Where a document was seen at any time since then: a file may move while a run is under way. */
  placesOf(doc: Seen, sinceMs: number): readonly Seen[] {
    const places = [...(this.#places.get(nameOf(doc))?.values() ?? [])];
    return places.flatMap(({ doc: place, lastMs }) => (lastMs >= sinceMs ? place : []));
  }
}

function nameOf({ fileId, indexedAt }: Seen): string {
  return `${fileId} ${indexedAt}`;
}
