/**
 * Holds files back while as many as may be lost are on their way into the database: from before their content is
 * retrieved until they are committed. So a crash costs no more than that.
 */
export class Uncommitted {
  #free: number;
  readonly #close = new AbortController();
  #wake: (() => void) | undefined;

  constructor(most: number) {
    this.#free = most;
  }

  /** Aborted when nothing enters any more. */
  get closed(): AbortSignal {
    return this.#close.signal;
  }

  get isFull(): boolean {
    return this.#free <= 0;
  }

  /** Waits until there is room for one more, or there will be none: it is closed, or the signal aborted. */
  async room(signal: AbortSignal): Promise<void> {
    const wake = (): void => this.#wake?.();
    signal.addEventListener('abort', wake, { once: true });
    while (this.isFull && !this.closed.aborted && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    signal.removeEventListener('abort', wake);
  }

  /** Takes one more in, as long as there is room and there is a point in it. Tells whether it did. */
  enter(signal: AbortSignal): boolean {
    if (this.isFull || this.closed.aborted || signal.aborted) return false;
    this.#free -= 1;
    return true;
  }

  /** So many are committed, or need not be. */
  leave(count: number): void {
    this.#free += count;
    this.#wake?.();
  }

  /** Nothing enters any more: what is on its way cannot be committed. */
  close(): void {
    this.#close.abort(new Error('What is on its way cannot be committed'));
    this.#wake?.();
  }
}
