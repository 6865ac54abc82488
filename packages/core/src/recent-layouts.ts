/**
 * Which layouts the files have that were settled lately. The ledger that a page was held against may not
 * have known them yet: of one file, several versions can be under way at once.
 */
export class RecentLayouts {
  readonly #capacity: number;
  #younger = new Map<string, ReadonlySet<number>>();
  #older: ReadonlyMap<string, ReadonlySet<number>> = new Map();

  /** Remembers at least so many files. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  of(id: string): ReadonlySet<number> {
    return this.#younger.get(id) ?? this.#older.get(id) ?? new Set();
  }

  note(id: string, layout: number): void {
    this.#younger.set(id, new Set([...this.of(id), layout]));
    if (this.#younger.size < this.#capacity) return;
    this.#older = this.#younger;
    this.#younger = new Map();
  }
}
