import type { Console } from '../../console.ts';
import type { Progress } from './progress.ts';

/** How to show progress. */
export interface ProgressOptions {
  /** JSON lines even on a terminal. */
  readonly json: boolean;
  readonly level: string;
}

/** Chooses between bar and lines, and imports only what that needs. */
export async function openProgress(console: Console, options: ProgressOptions): Promise<Progress> {
  if (console.isTerminal && !options.json) return (await import('./bar.ts')).progressBar(console);
  return (await import('./lines.ts')).progressLines(console, options.level);
}
