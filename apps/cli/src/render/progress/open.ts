import type { Console } from '../../console.ts';
import { canDraw } from '../status-line.ts';
import type { Progress } from './progress.ts';

/** How to show progress. */
export interface ProgressOptions {
  /** JSON lines even on a terminal. */
  readonly json: boolean;
  readonly level: string;
}

/** Chooses between a bar, lines for a person and lines for a program, and imports only what that needs. */
export async function openProgress(console: Console, options: ProgressOptions): Promise<Progress> {
  if (console.isTerminal && !options.json)
    return canDraw(console)
      ? (await import('./bar.ts')).progressBar(console)
      : (await import('./plain.ts')).plainProgress(console);
  return (await import('./lines.ts')).progressLines(console, options.level);
}
