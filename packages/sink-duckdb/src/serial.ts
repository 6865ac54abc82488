/** Runs tasks one after the other, in the order in which they came. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    // The next task starts whether or not this one fails; whoever asked for this one sees its error.
    this.#last = result.catch(() => undefined);
    return result;
  }
}

const writers = new Map<string, Serial>();

/**
 * The one queue for everything that writes to a file. DuckDB lets only one process hold a file, so
 * a queue in this process is all that it takes: no two commits or changes of tables ever overlap.
 */
export function writersOf(file: string): Serial {
  let serial = writers.get(file);
  if (serial === undefined) {
    serial = new Serial();
    writers.set(file, serial);
  }
  return serial;
}
