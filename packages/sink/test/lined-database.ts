import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BrokenLine } from '../src/conformance/index.ts';
import { SinkError } from '../src/index.ts';
import { MemoryDatabase } from '../src/memory/index.ts';

/** What stands for the connection to a database in memory. */
class Line {
  #left = Number.POSITIVE_INFINITY;

  /** Sends a message, which takes its time. */
  async send(): Promise<void> {
    await nextTurn();
    if (this.#left <= 0) throw new SinkError('SINK_UNAVAILABLE', 'broken', { retryable: true });
    this.#left -= 1;
  }

  breakAfter(messages: number): BrokenLine {
    this.#left = messages;
    let isMended = false;
    return {
      isBroken: () => !isMended && this.#left <= 0,
      mend: () => {
        isMended = true;
        this.#left = Number.POSITIVE_INFINITY;
      },
    };
  }
}

/** A database in memory that is reached over a line. */
export class LinedDatabase extends MemoryDatabase {
  readonly line: Line = new Line();
}
