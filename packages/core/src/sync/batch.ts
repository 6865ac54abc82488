import type { Clock } from '../clock.ts';
import type { BatchLimits } from './options.ts';
import type { Run } from './run.ts';
import type { Draft, Place } from './shapes.ts';

/** What is committed before anything else is, and how far it brings the sync. */
export interface Batch {
  /** None, when it is closed for its age. */
  readonly drafts: readonly Draft[];
  readonly after: string | undefined;
  /** How long it took until it was full. */
  readonly gatheredMs: number;
}

/** What bounds a batch. To how much one load of it may write is another matter: see `parts.ts`. */
export type BatchBounds = Pick<BatchLimits, 'documents' | 'bytes' | 'rows' | 'ageMs'>;

/** Gathers the drafts of a run into batches. */
export function batch(
  run: Run,
  drafts: AsyncIterable<Draft | Place>,
): AsyncGenerator<Batch, void, undefined> {
  // Of what may be lost, one half is committed while the other is gathered.
  const documents = Math.ceil(run.batch.documents / 2);
  return batches(drafts, { ...run.batch, documents }, run.clock);
}

/** Gathers drafts into batches. */
export async function* batches(
  drafts: AsyncIterable<Draft | Place>,
  limits: BatchBounds,
  clock: Clock,
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
      gathered.add(came.value);
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

  add(one: Draft | Place): void {
    // What goes before its turn leaves the place where it is.
    this.#after = one.after ?? this.#after;
    if (!('id' in one)) return;
    this.#bytes += one.bytes;
    this.#rows += one.rows;
    this.drafts.push(one);
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
