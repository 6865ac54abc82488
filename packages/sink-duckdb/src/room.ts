import { Serial } from './serial.ts';

/**
 * How many times its size a text may take in DuckDB, rounded up. Measured with 250 MB: 2.1 times for a commit; for
 * reading 3.3 times, and more just above a power of two.
 */
const TIMES = 4;
const UNITS: Readonly<Record<string, number>> = { B: 0, K: 1, M: 2, G: 3, T: 4 };

/** All sinks of a process on one file share an instance, and so its limit. */
interface Rooms {
  readonly taken: Set<Room>;
  /** The limit is set by one after the other: the last to be set must be the last to be asked for. */
  readonly turns: Serial;
}

const roomsByFile = new Map<string, Rooms>();

/**
 * What DuckDB may use beyond `memoryLimit` while it has to do with a text that does not fit in. A text is in memory as a
 * whole, and a limit that suits all other files would otherwise stop at this one for ever.
 */
export class Room implements AsyncDisposable {
  readonly #rooms: Rooms;
  readonly #limit: number;
  readonly #run: (sql: string) => Promise<unknown>;
  #bytes = 0;

  /** `run` runs a statement on any connection to the instance of the file. */
  constructor(file: string, memoryLimit: string, run: (sql: string) => Promise<unknown>) {
    this.#rooms = roomsByFile.get(file) ?? { taken: new Set(), turns: new Serial() };
    roomsByFile.set(file, this.#rooms);
    this.#limit = bytesOf(memoryLimit);
    this.#run = run;
  }

  /** Whether there is more than `memoryLimit` at present. */
  get isTaken(): boolean {
    return this.#bytes > 0;
  }

  /** Makes room for a text of this size, if it takes any. */
  async fit(bytes: number): Promise<void> {
    if (bytes * TIMES <= this.#limit || bytes <= this.#bytes) return;
    this.#bytes = bytes;
    this.#rooms.taken.add(this);
    await this.#set();
  }

  /** Gives the room back. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#rooms.taken.delete(this)) return;
    this.#bytes = 0;
    // DuckDB refuses while more is in use. Then the limit stays where it is until the next room is given back.
    await this.#set().catch(() => undefined);
  }

  #set(): Promise<unknown> {
    return this.#rooms.turns.run(() => {
      let bytes = this.#limit;
      for (const room of this.#rooms.taken) bytes += room.#bytes * TIMES;
      return this.#run(`SET GLOBAL memory_limit = '${bytes}B'`);
    });
  }
}

/** The bytes of a size such as `256MB` or `1GiB`, which the config has checked. */
function bytesOf(size: string): number {
  const unit = /[KMGTB]/i.exec(size)?.[0].toUpperCase() ?? 'B';
  return Math.floor(
    Number.parseFloat(size) * (/i/i.test(size) ? 1_024 : 1_000) ** (UNITS[unit] ?? 0),
  );
}
