import { SinkError } from '@tdp-sync/sink';
import type { Draft } from './shapes.ts';

/** Commits these drafts; `moves` says whether the position moves with them. */
export type CommitPart = (drafts: readonly Draft[], moves: boolean) => Promise<void>;

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
  async commit(drafts: readonly Draft[], commit: CommitPart, moves = true): Promise<void> {
    try {
      await commit(drafts, moves);
    } catch (error) {
      if (!isRefusal(error) || !drafts.some(mayBeRefused)) throw error;
      return this.#commitWithout(error, drafts, commit, moves);
    }
    if (drafts.some(mayBeRefused)) this.#inARow = 0;
  }

  async #commitWithout(
    error: SinkError,
    drafts: readonly Draft[],
    commit: CommitPart,
    moves: boolean,
  ): Promise<void> {
    const isNamed = (draft: Draft): boolean => mayBeRefused(draft) && draft.id === error.documentId;
    if (drafts.some(isNamed)) {
      const others = drafts.flatMap((one) => (isNamed(one) ? inPlaceOf(one, error) : one));
      return this.commit(others, commit, moves);
    }
    const [one] = drafts;
    if (one !== undefined && drafts.length === 1)
      return this.#commitAlone(one, error, commit, moves);
    // Not the first ones and the last ones: where all of one kind are refused that lie side by side, others come between them.
    await this.commit(everySecond(drafts, 0), commit, false);
    await this.commit(everySecond(drafts, 1), commit, moves);
  }

  /** Once more, since what else would be wrong with the database may have passed. */
  async #commitAlone(
    draft: Draft,
    error: SinkError,
    commit: CommitPart,
    moves: boolean,
  ): Promise<void> {
    try {
      await commit([draft], moves);
      this.#inARow = 0;
      return;
    } catch (again) {
      if (!isRefusal(again)) throw again;
    }
    this.#inARow += 1;
    if (this.#inARow > IN_A_ROW) throw refusesAll(error);
    await commit(inPlaceOf(draft, error), moves);
  }
}

/** Whether a commit was refused for what it holds. */
function isRefusal(error: unknown): error is SinkError {
  if (!(error instanceof SinkError) || error.retryable) return false;
  return error.code === 'INVALID_VALUE' || error.code === 'SINK_FAILED';
}

function mayBeRefused({ refused }: Draft): boolean {
  return refused !== undefined;
}

function inPlaceOf({ refused }: Draft, error: SinkError): readonly Draft[] {
  const instead = refused?.(error);
  return instead === undefined ? [] : [instead];
}

function everySecond(drafts: readonly Draft[], from: number): readonly Draft[] {
  return drafts.filter((_draft, at) => at % 2 === from);
}

function refusesAll({ code, message, cause }: SinkError): SinkError {
  return new SinkError(
    code,
    `${message} The database has refused ${IN_A_ROW + 1} files in a row, each by itself, and accepted none: so it is the database and not the files. ` +
      'The run stopped; what was committed stays, and the next run continues there.',
    { cause },
  );
}
