import type { Console } from '../console.ts';
import { visible } from '../visible.ts';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
/** Of a line that is longer than the terminal is wide, the terminal itself shows what fits. */
const CUT = '\u001b[?7l';
const WRAP = '\u001b[?7h';
const ERASE = '\u001b[1G\u001b[K';
const TICK_MS = 100;
const TURNS = [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'];

/** Whether a line can be drawn again and again: on a terminal that moves its cursor and shows more than ASCII. */
export function canDraw({ isTerminal, environment }: Console): boolean {
  if (!isTerminal || environment['TERM'] === 'dumb') return false;
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || '';
  // Containers often name none, and the terminal around them knows UTF-8.
  return locale === '' || /utf-?8/i.test(locale);
}

/** The last line of a terminal, which says what goes on, and moves while nothing else does. Where nothing can be drawn, there is none. */
export class StatusLine implements Disposable {
  readonly #console: Console;
  readonly #canDraw: boolean;
  #text: (() => string) | undefined;
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(console: Console) {
    this.#console = console;
    this.#canDraw = canDraw(console);
  }

  /** From now on the line says this. */
  say(text: string): void {
    this.show(() => text);
  }

  /** From now on the line says what this gives, asked each time it is drawn. */
  show(text: () => string): void {
    if (!this.#canDraw) return;
    const { screen } = this.#console.err;
    if (this.#text === undefined) screen.write(HIDE_CURSOR);
    this.#text = text;
    this.#timer ??= setInterval(() => this.#draw(), TICK_MS).unref();
    this.#draw();
  }

  /** Lines that stay, above the line. */
  tell(...lines: readonly string[]): void {
    this.aside(() => this.#console.err.lines(...lines));
  }

  /** The same for lines that something else writes. */
  aside(write: () => void): void {
    this.#erase();
    write();
    this.#draw();
  }

  /** Leaves the terminal clean. May be called twice. */
  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#erase();
    if (this.#text !== undefined) this.#console.err.screen.write(SHOW_CURSOR);
    this.#text = undefined;
  }

  [Symbol.dispose](): void {
    this.end();
  }

  #erase(): void {
    if (this.#text !== undefined) this.#console.err.screen.write(ERASE);
  }

  #draw(): void {
    if (this.#text === undefined) return;
    const { redactor, err } = this.#console;
    // Whole, since half a secret would not be found any more.
    const shown = visible(redactor.clean(this.#text()));
    this.#turn = (this.#turn + 1) % TURNS.length;
    err.screen.write(`${ERASE}${CUT}${TURNS[this.#turn]} ${shown}${WRAP}`);
  }
}
