/**
 * Holds files back while as many as may be lost are on their way into the database: from before their content is
 * retrieved until they are committed. So a crash costs no more than that.
 */
export class Uncommitted {
  #free: number;
  #wake: (() => void) | undefined;

  constructor(most: number) {
    this.#free = most;
  }

  /** Waits for room for one more. Ends early, with room or not, when the signal is aborted. */
  async enter(signal: AbortSignal): Promise<void> {
    const wake = (): void => this.#wake?.();
    signal.addEventListener('abort', wake, { once: true });
    while (this.#free <= 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    signal.removeEventListener('abort', wake);
    this.#free -= 1;
  }

  /** So many are committed, or need not be. */
  leave(count: number): void {
    this.#free += count;
    this.#wake?.();
  }
}
