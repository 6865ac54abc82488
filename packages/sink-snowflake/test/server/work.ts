/** What is being carried out. */
export class Work {
  #count = 0;
  #waiting: (() => void)[] = [];

  /** Counts a task until it is done. */
  async during<T>(task: () => Promise<T>): Promise<T> {
    this.#count += 1;
    try {
      return await task();
    } finally {
      this.leave();
    }
  }

  /** One that is under way will not end. */
  leave(): void {
    this.#count -= 1;
    if (this.#count > 0) return;
    for (const told of this.#waiting.splice(0)) told();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
