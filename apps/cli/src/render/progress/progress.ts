import type { Exchange, SyncEvent } from '@tdp-sync/core';

/** Shows what runs are doing: a bar on a terminal, JSON lines otherwise. */
export interface Progress {
  readonly onEvent: (event: SyncEvent) => void;
  readonly onExchange: (exchange: Exchange) => void;
  /** A line that the transform of a sync has printed. */
  readonly onOutput: (sync: string, line: string) => void;
  /** A remark that a person should see. */
  readonly note: (message: string) => void;
  /** Says what a sync, or all of it, has ended with. */
  readonly failed: (error: unknown, sync?: string) => void;
  /** Lets something else write lines of its own in the meantime. */
  readonly aside: (write: () => void) => void;
  /** Leaves the terminal clean. May be called twice. */
  readonly end: () => void;
}
