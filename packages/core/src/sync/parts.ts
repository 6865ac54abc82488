/** A table that something writes to. */
export type WrittenTable = readonly [name: string, columns: number];

/** What one load may write to. */
export interface LoadBounds {
  readonly tables: number;
  readonly columns: number;
}

/**
 * Splits what is to be committed into parts, each within the bounds. What goes to the same tables comes together: kinds of
 * files that come by turns would else need a load each. Those of one id stay in their order. Only what is beyond the bounds
 * by itself makes a part that is.
 *
 * @returns at least one part, which is empty where nothing is given.
 */
export function parts<T extends { readonly id: string }>(
  items: readonly T[],
  tablesOf: (item: T) => Iterable<WrittenTable>,
  bounds: LoadBounds,
): readonly (readonly T[])[] {
  const made: Part<T>[] = [];
  /** The part that an id was seen in last. */
  const lastOf = new Map<string, number>();
  for (const item of items) {
    const tables = new Map(tablesOf(item));
    const from = lastOf.get(item.id) ?? 0;
    const found = made.findIndex((part, at) => at >= from && part.hasRoomFor(tables));
    const at = found === -1 ? made.push(new Part<T>(bounds)) - 1 : found;
    made[at]?.add(item, tables);
    lastOf.set(item.id, at);
  }
  return made.length === 0 ? [[]] : made.map(({ items }) => items);
}

/** What goes into one load. */
class Part<T> {
  readonly items: T[] = [];
  readonly #bounds: LoadBounds;
  readonly #tables = new Set<string>();
  #columns = 0;

  constructor(bounds: LoadBounds) {
    this.#bounds = bounds;
  }

  /** Whether it stays within the bounds with these tables, or has all of them anyway. */
  hasRoomFor(given: ReadonlyMap<string, number>): boolean {
    const { tables, columns } = this.#bounds;
    let freeTables = tables - this.#tables.size;
    let freeColumns = columns - this.#columns;
    for (const [name, width] of given) {
      if (this.#tables.has(name)) continue;
      freeTables -= 1;
      freeColumns -= width;
      if (freeTables < 0 || freeColumns < 0) return false;
    }
    return true;
  }

  add(item: T, given: ReadonlyMap<string, number>): void {
    this.items.push(item);
    for (const [name, width] of given) {
      if (this.#tables.has(name)) continue;
      this.#tables.add(name);
      this.#columns += width;
    }
  }
}
