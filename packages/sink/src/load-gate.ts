import { SinkError } from './errors.ts';

/**
 * The life of a `Load` that works on a connection: open while it may be staged to, closed for good by a commit, an error or its
 * release, which waits for what is still at work.
 */
export class LoadGate {
  #isOpen = true;
  #released: Promise<void> | undefined;
  #work: Promise<unknown> = Promise.resolve();

  /** @throws SinkError `LOAD_CLOSED`; else what the task throws, and then the load is closed. */
  async stage(task: () => Promise<void>): Promise<void> {
    // Closed until it is done, so that any error on the way leaves it closed.
    await this.commit(task);
    this.#isOpen = this.#released === undefined;
  }

  /** Closes the load. @throws SinkError `LOAD_CLOSED`; else what the task throws. */
  async commit<Result>(task: () => Promise<Result>): Promise<Result> {
    if (!this.#isOpen) {
      throw new SinkError(
        'LOAD_CLOSED',
        'This load is committed, failed or disposed. Begin another.',
      );
    }
    this.#isOpen = false;
    const result = task();
    this.#work = result.catch(() => undefined);
    return await result;
  }

  /** Closes the load and, once nothing is at work on it, runs the task: once, however often it is called. */
  release(task: () => Promise<void>): Promise<void> {
    this.#isOpen = false;
    this.#released ??= this.#work.then(task);
    return this.#released;
  }
}
