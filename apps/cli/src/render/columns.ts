import type { Console } from '../console.ts';

/** How many columns the terminal has that shows the results; `undefined` where they go to a file or a program. */
export function columnsOf({ out }: Console): number | undefined {
  return (out.screen as { columns?: number }).columns;
}
