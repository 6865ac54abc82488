import {
  type Document,
  ENDLESS_ROOM,
  type Load,
  type RowRoom,
  type Sink,
  type State,
  type StoredDocument,
  type Target,
} from '@tdp-sync/sink';

/** One load as a sync made it. */
export interface RecordedLoad {
  readonly target: Target;
  /** With their rows as arrays, which can be read any number of times. */
  readonly documents: readonly Document[];
  readonly state: State;
}

/** A sink that keeps what it is told, to be told to another one again. */
export class RecordingSink implements Sink {
  readonly tablesPerLoad: number = Number.POSITIVE_INFINITY;
  readonly rowRoom: RowRoom = ENDLESS_ROOM;
  readonly loads: RecordedLoad[] = [];
  readonly #states = new Map<string, State>();
  readonly #lines = new Map<string, StoredDocument>();

  async readState(sync: string): Promise<State | undefined> {
    return this.#states.get(sync);
  }

  async *documents(
    _sync: string,
    { ids, status }: { readonly ids?: readonly string[]; readonly status?: string } = {},
  ): AsyncGenerator<StoredDocument> {
    const found = ids?.flatMap((id) => this.#lines.get(id) ?? []) ?? this.#lines.values();
    for (const line of found) if (status === undefined || line.status === status) yield line;
  }

  async begin(target: Target): Promise<Load> {
    const documents: Document[] = [];
    return {
      stage: async (staged) => {
        for (const document of staged) {
          const rows = [...document.rows].map(([name, rows]) => [name, [...rows]] as const);
          documents.push({ ...document, rows: new Map(rows) });
        }
      },
      commit: async (state) => {
        this.loads.push({ target, documents, state });
        this.#states.set(target.sync, state);
        for (const { id, order, status } of documents) this.#lines.set(id, { id, order, status });
        return { applied: documents.length, leftAlone: 0 };
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  async *rows(): AsyncGenerator<never> {
    // Only what reads rows back asks for them, and a first sync does not.
  }

  async *damages(): AsyncGenerator<never> {
    // Nobody changes what is recorded here.
  }

  async clear(sync: string): Promise<void> {
    this.#states.delete(sync);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open.
  }
}
