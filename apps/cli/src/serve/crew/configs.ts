import type { Json, Queue } from '@tdp-sync/queue';
import type { KnownReplica, Saying } from './saying.ts';
import { configNote, isConfigNote, nextNumber } from './standing.ts';

/** A config that no replica has had for so long is forgotten: when it comes in again, it is a new one. */
const FORGOTTEN_MS = 600_000;

/** What a replica knows at a look. */
export interface ConfigsLook {
  readonly replicas: readonly KnownReplica[];
  readonly decides: boolean;
  readonly nowMs: number;
}

/** Notes which configs there are, in the order in which they came in. */
export class Configs {
  /** Since when no replica has had a config, by its note. */
  readonly #goneMs = new Map<string, number>();

  /** Notes a replica's own config where nobody has yet; the one that decides forgets those that are gone. */
  async keep(
    queue: Queue,
    notes: ReadonlyMap<string, Json>,
    own: Saying['config'],
    { replicas, decides, nowMs }: ConfigsLook,
  ): Promise<void> {
    const note = configNote(own);
    if (!notes.has(note)) await queue.note(note, nextNumber(notes));
    const there = new Set(
      replicas.flatMap(({ says }) => (says === undefined ? [] : configNote(says.config))),
    );
    for (const name of [...notes.keys()].filter(isConfigNote)) {
      if (there.has(name)) this.#goneMs.delete(name);
      else if (!this.#goneMs.has(name)) this.#goneMs.set(name, nowMs);
      else if (decides && nowMs - (this.#goneMs.get(name) ?? nowMs) > FORGOTTEN_MS)
        await queue.note(name, null);
    }
    for (const name of this.#goneMs.keys()) if (!notes.has(name)) this.#goneMs.delete(name);
  }
}
