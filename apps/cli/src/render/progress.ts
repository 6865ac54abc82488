import type { Exchange, SyncEvent } from '@tdp-sync/core';
import type { Console } from '../console.ts';

/** Shows what runs are doing: a bar on a terminal, JSON lines otherwise. */
export interface Progress {
  readonly onEvent: (event: SyncEvent) => void;
  readonly onExchange: (exchange: Exchange) => void;
  /** A remark that a person should see. */
  readonly note: (message: string) => void;
  /** Leaves the terminal clean. May be called twice. */
  readonly end: () => void;
}

/** How to show progress. */
export interface ProgressOptions {
  /** JSON lines even on a terminal. */
  readonly json: boolean;
  readonly level: string;
}

/** Chooses between bar and lines, and imports only what that needs. */
export async function openProgress(console: Console, options: ProgressOptions): Promise<Progress> {
  if (console.isTerminal && !options.json)
    return (await import('./progress-bar.ts')).progressBar(console);
  return (await import('./progress-lines.ts')).progressLines(console, options.level);
}
