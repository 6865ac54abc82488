/**
 * Keeps changes of tables apart from commits, one change after the other. Snowflake warns of DDL on a table to which another session writes. Between
 * processes nothing does that: there the state decides.
 */
export class Traffic {
  readonly #commits = new Set<Promise<unknown>>();
  #changes: Promise<unknown> = Promise.resolve();

  /** Runs a change when the commits that are under way are done. */
  change<T>(task: () => Promise<T>): Promise<T> {
    const before = this.#changes;
    const change = (async () => {
      await before;
      await Promise.allSettled(this.#commits);
      return await task();
    })();
    // The next one starts whether or not this one fails; whoever asked for this one sees its error.
    this.#changes = change.catch(() => undefined);
    return change;
  }

  /** Runs a commit when the changes that were asked for before are done. */
  async commit<T>(task: () => Promise<T>): Promise<T> {
    const before = this.#changes;
    const commit = before.then(task);
    this.#commits.add(commit);
    try {
      return await commit;
    } finally {
      this.#commits.delete(commit);
    }
  }
}
