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
  /** It has failed before, so that another failure says nothing new of the database. Default `false`. */
  readonly hasFailed?: boolean;
}

/** Commits these; `moves` says whether the position moves with them. */
export type CommitPart<T> = (items: readonly T[], moves: boolean) => Promise<void>;

/** So many documents in a row, each refused by itself and for no reason that names it, and none accepted: more, and it is the database. */
const IN_A_ROW = 10;

/** Commits what the database accepts of a batch. A document that it refuses becomes a failed file, and holds up no other. */
export class Refusals {
  #inARow = 0;

  /**
   * The document that an error names is left out; where none is, it is found by halving. What takes the place of those that are refused
   * is committed last, and the position, if it moves, with it: a crash on the way costs nothing.
   *
   * @throws SinkError what the commit throws, where that has nothing to do with the documents, or the database refuses all of them.
   */
  async commit<T extends Refusable<T>>(
    items: readonly T[],
    commit: CommitPart<T>,
    moves = true,
  ): Promise<void> {
    const error = await this.#refusalOf(items, commit, moves);
    if (error === undefined) return;
    const instead: T[] = [];
    const part: CommitPart<T> = (some) => commit(some, false);
    const parting: Parting<T> = { commit: part, instead, outage: undefined };
    try {
      await this.#apart(error, items, parting);
    } catch (error) {
      // Should it be the files after all, the next run gets past these.
      if (error === parting.outage)
        await this.#inHalves(instead, part, false).catch(() => undefined);
      throw error;
    }
    await this.#inHalves(instead, commit, moves);
  }

  /** What is refused now can only be too much at once, or everything. */
  async #inHalves<T extends Refusable<T>>(
    items: readonly T[],
    commit: CommitPart<T>,
    moves: boolean,
  ): Promise<void> {
    const error = await this.#refusalOf(items, commit, moves);
    if (error === undefined) return;
    if (items.length === 1) throw error;
    await this.#inHalves(everySecond(items, 0), commit, false);
    await this.#inHalves(everySecond(items, 1), commit, moves);
  }

  /** Commits, and gives the error if that is refused for what it holds. */
  async #refusalOf<T extends Refusable<T>>(
    items: readonly T[],
    commit: CommitPart<T>,
    moves: boolean,
  ): Promise<SinkError | undefined> {
    try {
      await commit(items, moves);
    } catch (error) {
      if (!isRefusal(error) || items.length === 0) throw error;
      return error;
    }
    if (items.some(mayBeRefused)) this.#inARow = 0;
    return undefined;
  }

  /** Commits all of them but those that are refused. */
  async #apart<T extends Refusable<T>>(
    error: SinkError,
    items: readonly T[],
    parting: Parting<T>,
  ): Promise<void> {
    const isNamed = (item: T): boolean => mayBeRefused(item) && item.id === error.documentId;
    const named = items.filter(isNamed);
    if (named.length > 0) {
      parting.instead.push(...named.flatMap((item) => inPlaceOf(item, error)));
      const others = items.filter((item) => !isNamed(item));
      return others.length === 0 ? undefined : this.#commitOr(others, parting);
    }
    const [item] = items;
    if (item !== undefined && items.length === 1) return this.#alone(item, error, parting);
    // Not the first ones and the last ones: where all of one kind are refused that lie side by side, others come between them.
    await this.#commitOr(everySecond(items, 0), parting);
    await this.#commitOr(everySecond(items, 1), parting);
  }

  async #commitOr<T extends Refusable<T>>(items: readonly T[], parting: Parting<T>): Promise<void> {
    const error = await this.#refusalOf(items, parting.commit, false);
    if (error !== undefined) await this.#apart(error, items, parting);
  }

  /** Once more, since what else would be wrong with the database may have passed. */
  async #alone<T extends Refusable<T>>(
    item: T,
    error: SinkError,
    parting: Parting<T>,
  ): Promise<void> {
    if (!mayBeRefused(item)) throw error;
    if ((await this.#refusalOf([item], parting.commit, false)) === undefined) return;
    if (item.hasFailed !== true) this.#inARow += 1;
    if (this.#inARow > IN_A_ROW) {
      parting.outage = refusesAll(error);
      throw parting.outage;
    }
    parting.instead.push(...inPlaceOf(item, error));
  }
}

/** How a batch that was refused is committed in parts, and what takes the place of what is refused. */
interface Parting<T> {
  readonly commit: CommitPart<T>;
  readonly instead: T[];
  /** Why none of it is committed any more. */
  outage: SinkError | undefined;
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

/** Whatever the code was: it says nothing of the documents. */
function refusesAll({ message, cause }: SinkError): SinkError {
  return new SinkError(
    'SINK_FAILED',
    `${message} The database has refused ${IN_A_ROW + 1} files in a row, each by itself, and accepted none: so it is the database and not the files. ` +
      `The run stopped; what was committed stays, and the next run continues there. At most ${IN_A_ROW} files have failed, and are tried again.`,
    { cause },
  );
}
