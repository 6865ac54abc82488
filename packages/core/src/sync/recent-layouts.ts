const NONE: readonly number[] = [];

/**
 * Which layouts the files have that were to be loaded lately, 0 as long as that is not known. The ledger that a page was held
 * against may not have known them yet: of one file, several versions can be under way at once.
 */
export class RecentLayouts {
  readonly #capacity: number;
  #younger = new Map<string, readonly number[]>();
  #older: ReadonlyMap<string, readonly number[]> = new Map();

  /** Remembers at least so many files. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  of(id: string): readonly number[] {
    return this.#younger.get(id) ?? this.#older.get(id) ?? NONE;
  }

  note(id: string, layout = 0): void {
    const before = this.of(id);
    this.#younger.set(id, before.includes(layout) ? before : [...before, layout]);
    if (this.#younger.size < this.#capacity) return;
    this.#older = this.#younger;
    this.#younger = new Map();
  }
}
