import type { Console } from '../../console.ts';
import { errorLines } from '../../exit.ts';
import type { Redactor } from '../../secrets.ts';
import { visible } from '../../visible.ts';
import { span } from '../format.ts';
import { StatusLine } from '../status-line.ts';
import type { Progress } from './progress.ts';
import { Tally } from './tally.ts';

const WIDEST_BAR = 30;
/** A narrower bar shows nothing. */
const NARROWEST_BAR = 8;
/** What the status line puts before the text, and the last column, which some terminals do not write to. */
const AROUND = 3;
const SILENT_MS = 3000;

/** A line that says how far the run is, below everything else that is told. */
export function progressBar(console: Console): Progress {
  const line = new StatusLine(console);
  const tally = new Tally();
  let waiting: { readonly untilMs: number; readonly why: string } | undefined;
  const text = (): string => {
    const { columns = 80 } = console.err.screen as { columns?: number };
    return barText(tally, noteOf(tally, waiting), columns);
  };
  const wait = (delayMs: number, { message }: Error): void => {
    waiting = { untilMs: Date.now() + delayMs, why: reason(message, console.redactor) };
    line.show(text);
  };
  line.show(text);
  return {
    onEvent: (event) => {
      const said = tally.onEvent(event);
      if (said.length > 0) line.tell(...said);
      if (event.type === 'sink-retried') wait(event.delayMs, event.error);
    },
    onExchange: ({ retry }) => {
      if (retry !== undefined) wait(retry.delayMs, retry.error);
    },
    onOutput: (sync, output) => line.tell(`${sync}: ${output}`),
    note: (message) => line.tell(message),
    failed: (error, sync) => line.tell(...errorLines(error, sync === undefined ? '' : `${sync}: `)),
    aside: (write) => line.aside(write),
    end: () => line.end(),
  };
}

/** A line of at most so many columns. What there is no room for is left out, the least important first. */
export function barText(tally: Tally, note: string, columns: number): string {
  if (tally.sync === undefined) return note === '' ? 'asking TDP and the database' : note;
  const width = columns - AROUND;
  let parts = [...tally.parts, ...(note === '' ? [] : [note])];
  const joined = (): string => [tally.sync, ...parts].join('  ');
  while (parts.length > 1 && joined().length > width) parts = parts.slice(0, -1);
  const room = Math.min(width - joined().length - 2, WIDEST_BAR);
  if (room < NARROWEST_BAR) return joined();
  const full = Math.round(tally.share * room);
  const bar = '█'.repeat(full) + '░'.repeat(room - full);
  return [tally.sync, bar, ...parts].join('  ');
}

function noteOf(
  tally: Tally,
  waiting: { readonly untilMs: number; readonly why: string } | undefined,
): string {
  const leftMs = (waiting?.untilMs ?? 0) - Date.now();
  if (waiting !== undefined && leftMs > 0)
    return `waiting ${Math.ceil(leftMs / 1000)} s: ${waiting.why}`;
  return tally.silentMs < SILENT_MS ? '' : `waiting for an answer, ${span(tally.silentMs)}`;
}

/** What a server said goes to the screen by itself. Whole as to secrets, since half of one would not be found any more. */
function reason(message: string, redactor: Redactor): string {
  return visible(redactor.clean(message)).slice(0, 60);
}
