import type { Clock } from '../clock.ts';
import type { BatchLimits } from './options.ts';
import type { Run } from './run.ts';
import type { Draft, Place } from './shapes.ts';

/** What goes into one commit, and how far it brings the sync. */
export interface Batch {
  /** None, when it is closed for its age. */
  readonly drafts: readonly Draft[];
  readonly after: string | undefined;
  /** How long it took until it was full. */
  readonly gatheredMs: number;
}

/** Gathers the drafts of a run into batches, as far as the database takes them at once. */
export function batch(
  run: Run,
  drafts: AsyncIterable<Draft | Place>,
): AsyncGenerator<Batch, void, undefined> {
  // Every load names these and the files table, whatever is in it.
  const always = new Set(run.transform.declared.map(({ name }) => name));
  const tablesOf = (layout: number): readonly WrittenTable[] =>
    [...run.catalog.tablesOf(layout)].flatMap((name) =>
      always.has(name) ? [] : [[name, run.catalog.width(name)]],
    );
  const limits = {
    ...run.batch,
    // Of what may be lost, one half is committed while the other is gathered.
    documents: Math.ceil(run.batch.documents / 2),
    tables: run.sink.tablesPerLoad - always.size - 1,
  };
  return batches(drafts, limits, run.clock, tablesOf);
}

/** The limits of a batch, and how many tables the database takes in one load. */
export type BatchBounds = BatchLimits & { readonly tables: number };

/** A table that a batch writes to. */
export type WrittenTable = readonly [name: string, columns: number];

/** Gathers drafts into batches. `tablesOf`: the tables of a layout. */
export async function* batches(
  drafts: AsyncIterable<Draft | Place>,
  limits: BatchBounds,
  clock: Clock,
  tablesOf: (layout: number) => Iterable<WrittenTable>,
): AsyncGenerator<Batch, void, undefined> {
  let gathered = new Gathering(clock.now());
  for await (const one of drafts) {
    const layouts = 'id' in one ? one.layouts : [];
    const tables = layouts.flatMap((layout) => [...tablesOf(layout)]);
    if (gathered.drafts.length > 0 && gathered.wouldExceed(limits, tables)) {
      yield gathered.batch(clock.now());
      gathered = new Gathering(clock.now());
    }
    gathered.add(one, tables);
    if (!gathered.isFull(limits, clock.now())) continue;
    yield gathered.batch(clock.now());
    gathered = new Gathering(clock.now());
  }
  if (gathered.drafts.length > 0) yield gathered.batch(clock.now());
}

/** A batch while it is being gathered. */
class Gathering {
  readonly drafts: Draft[] = [];
  /** Columns by table. */
  readonly #tables = new Map<string, number>();
  readonly #sinceMs: number;
  #columns = 0;
  #bytes = 0;
  #rows = 0;
  #after: string | undefined;

  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs;
  }

  /** Whether it would write to too much with these tables. */
  wouldExceed({ tables, columns }: BatchBounds, given: readonly WrittenTable[]): boolean {
    const added = new Map(given.filter(([name]) => !this.#tables.has(name)));
    if (added.size === 0) return false;
    const more = [...added.values()].reduce((sum, width) => sum + width, 0);
    return this.#tables.size + added.size > tables || this.#columns + more > columns;
  }

  add(one: Draft | Place, tables: readonly WrittenTable[]): void {
    this.#after = one.after;
    if (!('id' in one)) return;
    this.#bytes += one.bytes;
    this.#rows += one.rows;
    this.drafts.push(one);
    for (const [name, columns] of tables) {
      this.#columns += columns - (this.#tables.get(name) ?? 0);
      this.#tables.set(name, columns);
    }
  }

  isFull({ documents, bytes, rows, ageMs }: BatchLimits, nowMs: number): boolean {
    const isLarge = this.drafts.length >= documents || this.#bytes >= bytes || this.#rows >= rows;
    return isLarge || nowMs - this.#sinceMs >= ageMs;
  }

  batch(nowMs: number): Batch {
    return { drafts: this.drafts, after: this.#after, gatheredMs: nowMs - this.#sinceMs };
  }
}
