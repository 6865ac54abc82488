/** Searches of a moment ago show only what has settled; a little later, what the event is about is in the next window. */
const AFTER_SETTLE_MS = 1000;

interface Wake {
  readonly atMs: number;
  /** The last event for which it is. */
  lastMs: number;
}

/** When syncs are to be run for events that name no file: once what they are about has settled, and not more often. */
export class Wakes {
  readonly #wakes = new Map<string, Wake>();

  /** An event has come that may be about any file of the sync. */
  ask(sync: string, settleMs: number, nowMs: number): void {
    const wake = this.#wakes.get(sync);
    if (wake !== undefined) wake.lastMs = nowMs;
    else this.#wakes.set(sync, { atMs: nowMs + settleMs + AFTER_SETTLE_MS, lastMs: nowMs });
  }

  /** The syncs that are to be run now. Those for which more has come since they were asked for are to be run once more. */
  due(nowMs: number, settleMsOf: (sync: string) => number): readonly string[] {
    const due = [...this.#wakes].filter(([, { atMs }]) => atMs <= nowMs);
    for (const [sync, { lastMs }] of due) {
      this.#wakes.delete(sync);
      const settleMs = settleMsOf(sync);
      const nextMs = lastMs + settleMs + AFTER_SETTLE_MS;
      if (nextMs > nowMs) this.#wakes.set(sync, { atMs: nextMs, lastMs });
    }
    return due.map(([sync]) => sync);
  }

  get nextMs(): number {
    return Math.min(...[...this.#wakes.values()].map(({ atMs }) => atMs));
  }
}
