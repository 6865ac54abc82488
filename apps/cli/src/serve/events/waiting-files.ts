/** Events come in bursts: what comes within this is asked for together. */
const GATHER_MS = 1000;
/** Waits before files that TDP's search does not show yet are looked for again. */
const AGAIN_MS: readonly number[] = [3000, 10_000, 30_000];
/** More than these are left to the poll, which lists them as quickly. */
const MOST = 20_000;

interface Waiting {
  readonly dueMs: number;
  readonly tries: number;
}

/** Files that events have named, until TDP's search shows them. */
export class WaitingFiles {
  readonly #files = new Map<string, Waiting>();

  get size(): number {
    return this.#files.size;
  }

  get nextMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#files.values()) nextMs = Math.min(nextMs, dueMs);
    return nextMs;
  }

  /** Tells whether it is taken: there may be too many. One that waits for its next look has its first one again, since it may have changed. */
  add(fileId: string, nowMs: number): boolean {
    const waiting = this.#files.get(fileId);
    if (waiting === undefined && this.#files.size >= MOST) return false;
    if (waiting === undefined || waiting.tries > 0)
      this.#files.set(fileId, { dueMs: nowMs + GATHER_MS, tries: 0 });
    return true;
  }

  /** Those that are to be looked for now, and with them all that would be soon. */
  take(nowMs: number): readonly (readonly [fileId: string, tries: number])[] {
    if (this.nextMs > nowMs) return [];
    const due = [...this.#files].filter(([, { dueMs }]) => dueMs <= nowMs + GATHER_MS);
    for (const [fileId] of due) this.#files.delete(fileId);
    return due.map(([fileId, { tries }]) => [fileId, tries]);
  }

  /** It is not shown yet. Tells whether it is looked for again; what is not, is left to the poll. */
  again(fileId: string, tries: number, nowMs: number): boolean {
    const waitMs = AGAIN_MS[tries];
    if (waitMs === undefined) return false;
    if (!this.#files.has(fileId))
      this.#files.set(fileId, { dueMs: nowMs + waitMs, tries: tries + 1 });
    return true;
  }
}
