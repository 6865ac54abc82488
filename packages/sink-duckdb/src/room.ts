import { Serial } from './serial.ts';

/**
 * How many times its size a text may take in DuckDB, rounded up. Measured with 250 MB: 2.1 times for a commit; for
 * reading 3.3 times, and more just above a power of two.
 */
const TIMES = 4;
/** What {@link Room.grow} makes at most, beyond the limit, in limits: eight of them in all. */
const MOST = 7;
const UNITS: Readonly<Record<string, number>> = { B: 0, K: 1, M: 2, G: 3, T: 4 };

/** The size of the blocks in which DuckDB 1.5 marks what is deleted. */
const BLOCK = 262_144;

/** All sinks of a process on one file share an instance, and so its limit. */
interface Rooms {
  readonly taken: Set<Room>;
  /** The limit is set by one after the other: the last to be set must be the last to be asked for. */
  readonly turns: Serial;
  /** How many blocks deletions hold at most. DuckDB may have folded the log in by itself: then the next time comes too early. */
  blocks: number;
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
  #wantsFolding = false;

  /** `run` runs a statement on any connection to the instance of the file. */
  constructor(file: string, memoryLimit: string, run: (sql: string) => Promise<unknown>) {
    this.#rooms = roomsByFile.get(file) ?? {
      taken: new Set(),
      turns: new Serial(),
      blocks: 0,
    };
    roomsByFile.set(file, this.#rooms);
    this.#limit = bytesOf(memoryLimit);
    this.#run = run;
  }

  /** Whether the log is to be folded in before the room is given back: what it holds would not fit into the limit. */
  get wantsFolding(): boolean {
    return this.#wantsFolding || this.#isTooMuch(this.#rooms.blocks);
  }

  /** Makes room for a text of this size. Tells whether it did: where it takes none, or there is as much, it does not. */
  async fit(bytes: number): Promise<boolean> {
    const wanted = bytes * TIMES;
    if (wanted <= this.#limit || wanted <= this.#bytes) return false;
    this.#wantsFolding = true;
    await this.#take(wanted);
    return true;
  }

  /** Makes room for so many more blocks in which deletions are marked, if the limit does not suffice for them. */
  async fitBlocks(blocks: number): Promise<void> {
    const held = this.#rooms.blocks + blocks;
    if (this.#isTooMuch(held) && held * BLOCK > this.#bytes) await this.#take(held * BLOCK);
  }

  /** So many blocks are held from now on. */
  hold(blocks: number): void {
    this.#rooms.blocks += blocks;
  }

  /** To be called when the log has been folded in, so that nothing is held for deletions any more. */
  folded(): void {
    this.#rooms.blocks = 0;
  }

  /** Doubles what there is, the limit counted in. Tells whether it did: there is an end to it. */
  async grow(): Promise<boolean> {
    const wanted = this.#limit + 2 * this.#bytes;
    if (wanted > MOST * this.#limit) return false;
    this.#wantsFolding = true;
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

  /** Blocks may hold a quarter of the limit. */
  #isTooMuch(blocks: number): boolean {
    return blocks * BLOCK > this.#limit / 4;
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
