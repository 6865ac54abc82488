import { Serial } from './serial.ts';

/**
 * How many times its size a text may take in DuckDB, rounded up. Measured with 250 MB: 2.1 times for a commit; for
 * reading 3.3 times, and more just above a power of two.
 */
const TIMES = 4;
/** What {@link Room.grow} makes at most, beyond the limit, in limits: eight of them in all. */
const MOST = 7;
const UNITS: Readonly<Record<string, number>> = { B: 0, K: 1, M: 2, G: 3, T: 4 };

/** What DuckDB 1.5 takes for a row group in which it deletes: a block, in which deletions of 30,720 rows can be marked. */
const BLOCK = 262_144;

/** All sinks of a process on one file share an instance, and so its limit. */
interface Rooms {
  readonly taken: Set<Room>;
  /** The limit is set by one after the other: the last to be set must be the last to be asked for. */
  readonly turns: Serial;
  /** In how many row groups rows were deleted since the log was folded in. */
  groups: number;
}

const roomsByFile = new Map<string, Rooms>();

/**
 * What DuckDB may use beyond `memoryLimit` while it has to do with what does not fit in: a text is in memory as a whole, and so is
 * something of each row group in which rows are replaced. A limit that suits all else would otherwise stop there for ever.
 */
export class Room implements AsyncDisposable {
  readonly #rooms: Rooms;
  readonly #limit: number;
  readonly #run: (sql: string) => Promise<unknown>;
  #bytes = 0;

  /** `run` runs a statement on any connection to the instance of the file. */
  constructor(file: string, memoryLimit: string, run: (sql: string) => Promise<unknown>) {
    this.#rooms = roomsByFile.get(file) ?? {
      taken: new Set(),
      turns: new Serial(),
      groups: 0,
    };
    roomsByFile.set(file, this.#rooms);
    this.#limit = bytesOf(memoryLimit);
    this.#run = run;
  }

  /** Whether there is more than `memoryLimit` at present. */
  get isTaken(): boolean {
    return this.#bytes > 0;
  }

  /** Makes room for a text of this size. Tells whether it did: where it takes none, or there is as much, it does not. */
  async fit(bytes: number): Promise<boolean> {
    const wanted = bytes * TIMES;
    if (wanted <= this.#limit || wanted <= this.#bytes) return false;
    await this.#take(wanted);
    return true;
  }

  /** Whether the limit leaves enough for deletions in so many more row groups: a quarter of it may be held for them. */
  suffices(groups: number): boolean {
    return (this.#rooms.groups + groups) * BLOCK <= this.#limit / 4;
  }

  /** Makes room for deletions in so many more row groups, where the limit does not suffice. */
  async hold(groups: number): Promise<void> {
    const sufficed = this.suffices(groups);
    this.#rooms.groups += groups;
    const wanted = this.#rooms.groups * BLOCK;
    if (!sufficed && wanted > this.#bytes) await this.#take(wanted);
  }

  /** To be called when the log has been folded in, so that nothing is held for deletions any more. */
  folded(): void {
    this.#rooms.groups = 0;
  }

  /** Doubles what there is, the limit counted in. Tells whether it did: there is an end to it. */
  async grow(): Promise<boolean> {
    const wanted = this.#limit + 2 * this.#bytes;
    if (wanted > MOST * this.#limit) return false;
    await this.#take(wanted);
    return true;
  }

  /** Gives the room back. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#rooms.taken.delete(this)) return;
    this.#bytes = 0;
    // DuckDB refuses while more is in use. Then the limit stays where it is until the next room is given back.
    await this.#set().catch(() => undefined);
  }

  async #take(bytes: number): Promise<void> {
    this.#bytes = bytes;
    this.#rooms.taken.add(this);
    await this.#set();
  }

  #set(): Promise<unknown> {
    return this.#rooms.turns.run(() => {
      let bytes = this.#limit;
      for (const room of this.#rooms.taken) bytes += room.#bytes;
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
