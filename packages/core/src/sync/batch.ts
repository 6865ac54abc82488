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
  const incoming = drafts[Symbol.asyncIterator]();
  let gathered = new Gathering(limits, clock);
  const closed = (): Batch => {
    const batch = gathered.close();
    gathered = new Gathering(limits, clock, batch.after);
    return batch;
  };
  try {
    let next: ReturnType<typeof incoming.next> | undefined;
    while (true) {
      next ??= incoming.next();
      const came = await gathered.inTime(next);
      if (came === 'late') {
        yield closed();
        continue;
      }
      if (came.done === true) break;
      next = undefined;
      const one = came.value;
      const layouts = 'id' in one ? one.layouts : [];
      const tables = layouts.flatMap((layout) => [...tablesOf(layout)]);
      if (gathered.drafts.length > 0 && gathered.wouldExceed(tables)) yield closed();
      gathered.add(one, tables);
      if (gathered.isFull) yield closed();
    }
    if (gathered.drafts.length > 0) yield closed();
  } finally {
    gathered.close();
    await incoming.return?.();
  }
}

/** A batch while it is being gathered. */
class Gathering {
  readonly drafts: Draft[] = [];
  readonly #limits: BatchBounds;
  readonly #clock: Clock;
  readonly #sinceMs: number;
  /** Columns by table. */
  readonly #tables = new Map<string, number>();
  #columns = 0;
  #bytes = 0;
  #rows = 0;
  #after: string | undefined;
  readonly #closed = new AbortController();
  #age: Promise<'late'> | undefined;

  /** `after`: the place that the batch before has reached. */
  constructor(limits: BatchBounds, clock: Clock, after?: string) {
    this.#limits = limits;
    this.#clock = clock;
    this.#sinceMs = clock.now();
    this.#after = after;
  }

  /** Waits for what comes, but where there is something to commit no longer than it may grow old. */
  inTime<T>(next: Promise<T>): Promise<T | 'late'> {
    return this.drafts.length === 0 ? next : Promise.race([next, this.#grownOld()]);
  }

  /** Whether it would write to too much with these tables. */
  wouldExceed(given: readonly WrittenTable[]): boolean {
    const { tables, columns } = this.#limits;
    const added = new Map(given.filter(([name]) => !this.#tables.has(name)));
    if (added.size === 0) return false;
    const more = [...added.values()].reduce((sum, width) => sum + width, 0);
    return this.#tables.size + added.size > tables || this.#columns + more > columns;
  }

  add(one: Draft | Place, tables: readonly WrittenTable[]): void {
    // What goes before its turn leaves the place where it is.
    this.#after = one.after ?? this.#after;
    if (!('id' in one)) return;
    this.#bytes += one.bytes;
    this.#rows += one.rows;
    this.drafts.push(one);
    for (const [name, columns] of tables) {
      this.#columns += columns - (this.#tables.get(name) ?? 0);
      this.#tables.set(name, columns);
    }
  }

  get isFull(): boolean {
    const { documents, bytes, rows, ageMs } = this.#limits;
    const isLarge = this.drafts.length >= documents || this.#bytes >= bytes || this.#rows >= rows;
    return isLarge || this.#clock.now() - this.#sinceMs >= ageMs;
  }

  close(): Batch {
    this.#closed.abort(new Error('The batch is closed'));
    const gatheredMs = this.#clock.now() - this.#sinceMs;
    return { drafts: this.drafts, after: this.#after, gatheredMs };
  }

  #grownOld(): Promise<'late'> {
    if (this.#age !== undefined) return this.#age;
    const { ageMs } = this.#limits;
    // The clock may have been set back.
    const leftMs = Math.min(this.#sinceMs + ageMs - this.#clock.now(), ageMs);
    this.#age = this.#clock.sleep(leftMs, this.#closed.signal).then(
      () => 'late',
      // It has been closed before, and nobody asks any more.
      () => 'late',
    );
    return this.#age;
  }
}
