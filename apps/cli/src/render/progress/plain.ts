import type { Console } from '../../console.ts';
import { errorLines } from '../../exit.ts';
import type { Progress } from './progress.ts';
import { Tally } from './tally.ts';

const EVERY_MS = 5000;

/** A line now and then, for a terminal on which nothing can be drawn. */
export function plainProgress(console: Console): Progress {
  const tally = new Tally();
  let saidMs = Date.now();
  const tell = (...lines: readonly string[]): void => console.err.lines(...lines);
  const wait = (delayMs: number, { message }: Error): void =>
    tell(`waiting ${Math.ceil(delayMs / 1000)} s: ${message}`);
  return {
    onEvent: (event) => {
      tell(...tally.onEvent(event));
      if (event.type === 'sink-retried') wait(event.delayMs, event.error);
      const isDue = event.type === 'run-started' || Date.now() - saidMs >= EVERY_MS;
      if (!isDue || tally.sync === undefined) return;
      saidMs = Date.now();
      tell(`${tally.sync}: ${tally.parts.join(', ')}`);
    },
    onExchange: ({ retry }) => {
      if (retry !== undefined) wait(retry.delayMs, retry.error);
    },
    onOutput: (sync, line) => tell(`${sync}: ${line}`),
    note: (message) => tell(message),
    failed: (error, sync) => tell(...errorLines(error, sync === undefined ? '' : `${sync}: `)),
    aside: (write) => write(),
    end: () => undefined,
  };
}
