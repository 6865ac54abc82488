const CHANGE =
  /^(?:UPDATE|DELETE FROM|MERGE INTO)\s+((?:"(?:[^"]|"")*"|\w+)(?:\.(?:"(?:[^"]|"")*"|\w+))*)/i;

/** The table whose lock a statement takes, if it takes one. */
export function lockedTable(statement: string): string | undefined {
  return CHANGE.exec(statement)?.[1];
}

/**
 * Snowflake's locks: UPDATE, DELETE and MERGE hold the table until their transaction ends, and make others wait. fakesnow has none, and DuckDB
 * lets the later of two writers fail instead.
 */
export class Locks {
  readonly #holders = new Map<
    string,
    { readonly session: string; readonly freed: Promise<void> }
  >();
  readonly #free = new Map<string, Map<string, () => void>>();

  readonly #onWait: () => void;

  /** `onWait` is told when somebody begins to wait. */
  constructor(onWait: () => void) {
    this.#onWait = onWait;
  }

  /** The sessions that hold something. */
  get holders(): readonly string[] {
    return [...this.#free.keys()];
  }

  /** Waits until nobody else holds the table, and holds it from then on. */
  async take(session: string, table: string): Promise<void> {
    for (;;) {
      const holder = this.#holders.get(table);
      if (holder?.session === session) return;
      if (holder === undefined) break;
      this.#onWait();
      await holder.freed;
    }
    const freed = new Promise<void>((resolve) => {
      const held = this.#free.get(session) ?? new Map<string, () => void>();
      this.#free.set(session, held.set(table, resolve));
    });
    this.#holders.set(table, { session, freed });
  }

  /** Gives up all that a session holds. */
  release(session: string): void {
    for (const [table, free] of this.#free.get(session) ?? []) {
      this.#holders.delete(table);
      free();
    }
    this.#free.delete(session);
  }
}
