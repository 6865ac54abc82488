import { SinkError } from '@tdp-sync/sink';

/** What a database may refuse. */
export interface Refusable<T> {
  /** The document's id. */
  readonly id: string;
  /**
   * What takes its place if the database cannot hold it: a failed file, or nothing where the file stays as it is. Without
   * it, there is no other way.
   */
  readonly refused?: (error: SinkError) => T | undefined;
}

/** Commits these; `moves` says whether the position moves with them. */
export type CommitPart<T> = (items: readonly T[], moves: boolean) => Promise<void>;

/** So many documents in a row, each refused by itself and for no reason that names it, and none accepted: that is the database. */
const IN_A_ROW = 10;

/** Commits what the database accepts of a batch. A document that it refuses becomes a failed file, and holds up no other. */
export class Refusals {
  #inARow = 0;

  /**
   * The document that an error names is left out; where none is, it is found by halving. The position moves with the last
   * part, so that a crash on the way costs nothing.
   *
   * @throws SinkError what the commit throws, where that has nothing to do with the documents, or the database refuses all of them.
   */
  async commit<T extends Refusable<T>>(
    items: readonly T[],
    commit: CommitPart<T>,
    moves = true,
  ): Promise<void> {
    try {
      await commit(items, moves);
    } catch (error) {
      if (!isRefusal(error) || items.length === 0) throw error;
      return this.#commitWithout(error, items, commit, moves);
    }
    if (items.some(mayBeRefused)) this.#inARow = 0;
  }

  async #commitWithout<T extends Refusable<T>>(
    error: SinkError,
    items: readonly T[],
    commit: CommitPart<T>,
    moves: boolean,
  ): Promise<void> {
    const isNamed = (item: T): boolean => mayBeRefused(item) && item.id === error.documentId;
    if (items.some(isNamed)) {
      const others = items.flatMap((item) => (isNamed(item) ? inPlaceOf(item, error) : item));
      return this.commit(others, commit, moves);
    }
    const [item] = items;
    if (item !== undefined && items.length === 1)
      return this.#commitAlone(item, error, commit, moves);
    // Not the first ones and the last ones: where all of one kind are refused that lie side by side, others come between them.
    await this.commit(everySecond(items, 0), commit, false);
    await this.commit(everySecond(items, 1), commit, moves);
  }

  /** Once more, since what else would be wrong with the database may have passed. */
  async #commitAlone<T extends Refusable<T>>(
    item: T,
    error: SinkError,
    commit: CommitPart<T>,
    moves: boolean,
  ): Promise<void> {
    if (!mayBeRefused(item)) throw error;
    try {
      await commit([item], moves);
      this.#inARow = 0;
      return;
    } catch (again) {
      if (!isRefusal(again)) throw again;
    }
    this.#inARow += 1;
    if (this.#inARow > IN_A_ROW) throw refusesAll(error);
    await commit(inPlaceOf(item, error), moves);
  }
}

/** Whether a commit was refused for what it holds. */
function isRefusal(error: unknown): error is SinkError {
  if (!(error instanceof SinkError) || error.retryable) return false;
  return error.code === 'INVALID_VALUE' || error.code === 'SINK_FAILED';
}

function mayBeRefused<T>({ refused }: Refusable<T>): boolean {
  return refused !== undefined;
}

function inPlaceOf<T>({ refused }: Refusable<T>, error: SinkError): readonly T[] {
  const instead = refused?.(error);
  return instead === undefined ? [] : [instead];
}

function everySecond<T>(items: readonly T[], from: number): readonly T[] {
  return items.filter((_item, at) => at % 2 === from);
}

function refusesAll({ code, message, cause }: SinkError): SinkError {
  return new SinkError(
    code,
    `${message} The database has refused ${IN_A_ROW + 1} files in a row, each by itself, and accepted none: so it is the database and not the files. ` +
      'The run stopped; what was committed stays, and the next run continues there.',
    { cause },
  );
}
