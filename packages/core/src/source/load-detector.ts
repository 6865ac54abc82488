/** Where the limit stood before it came down. */
export interface Level {
  readonly limit: number;
  readonly isStarting: boolean;
  /** Where it was too much for the server, as far as was known. */
  readonly ceiling: number | undefined;
}

/** So many refusals are enough to compare. */
const ENOUGH = 3;
/** As many as before: at least so much of the share before. */
const UNCHANGED = 0.6;
/** Before it came down: of about so many answers. */
const REMEMBERED = 64;
/** A larger share is never taken for chance. */
const MOST_BY_CHANCE = 0.12;
/** With fewer requests under way than this each refusal is taken for load: a share of so few says nothing. */
const TOO_FEW = 10;
/** A share so many times that of chance goes by unnoticed, but no more than so much above it, and so many refusals beyond. */
const MARGIN = 2;
const MOST_MARGIN = 0.04;
const MOST_EXCESS = 4;
/** A step down has been grown back when the limit is so near to where it was. */
const GROWN_BACK = 0.95;
/** When chance should have refused so many, it is seen whether it still does. */
const REVIEW = 8;
/** Fewer than so much of what was expected: it refuses less by now. */
const FEWER = 0.7;

/** Answers, and how many of them were refusals. */
interface Sample {
  answers: number;
  refused: number;
}

/** The limit has come down; what was before, and what comes at the lower limit. */
interface Trial {
  readonly from: Level;
  readonly before: Sample;
  readonly after: Sample;
}

/**
 * Tells refusals that mean load from those that come by chance, whatever is under way, such as those of a gateway that fails
 * now and then.
 *
 * Coming down is a trial: load is refused less at a lower limit, chance is not. When at the lower limit as
 * many are refused as before, the step is taken back, and from then on only what goes clearly beyond that share is load.
 * As long as nothing is known of chance, the first refusal is load.
 */
export class LoadDetector {
  /** The share that is refused by chance. */
  #chance = 0;
  /** Refusals beyond that. */
  #excess = 0;
  /** Since the share was last looked at. */
  #reviewed: Sample = none();
  /** The last answers before a trial. */
  #latest: Sample = none();
  #trial: Trial | undefined;

  /**
   * Counts an answer at this limit; `isEarlier` if it belongs to a request that was sent before the limit came down.
   * Tells of `load`, or where to go back to since it was none.
   */
  count(isRefused: boolean, limit: number, isEarlier: boolean): 'load' | Level | undefined {
    const trial = this.#trial;
    if (isEarlier) {
      if (trial !== undefined) add(trial.before, isRefused);
      return undefined;
    }
    if (trial !== undefined && isUnderWay(trial, limit))
      return this.#tried(trial, isRefused, limit);
    this.#remember(isRefused);
    this.#review(isRefused);
    const isKnown = this.#chance > 0 && limit >= TOO_FEW;
    const usual = Math.min(MARGIN * this.#chance, this.#chance + MOST_MARGIN);
    this.#excess = Math.max(this.#excess - usual, 0) + (isRefused ? 1 : 0);
    return isRefused && this.#excess > (isKnown ? MOST_EXCESS : 0) ? 'load' : undefined;
  }

  /** The limit comes down from there. */
  cameDown(level: Level): void {
    this.#trial = this.#next(level);
    this.#excess = 0;
    this.#latest = none();
  }

  #next(level: Level): Trial {
    const last = this.#trial;
    if (last === undefined) return { from: level, before: this.#latest, after: none() };
    if (isUnderWay(last, level.limit)) {
      // Further down: now it is compared with this step.
      const from = { ...last.from, limit: level.limit, isStarting: false };
      return { from, before: last.after, after: none() };
    }
    if (last.after.refused === 0) return { from: level, before: this.#latest, after: none() };
    // It had grown back before there was enough to compare: what there is counts on.
    const limit = Math.max(last.from.limit, level.limit);
    return { ...last, from: { ...last.from, limit } };
  }

  #tried(
    { from, before, after }: Trial,
    isRefused: boolean,
    limit: number,
  ): 'load' | Level | undefined {
    add(after, isRefused);
    if (!isRefused) return undefined;
    if (limit < TOO_FEW) {
      // So far it came down since it was load: what was taken for chance is in doubt.
      this.#chance = 0;
      return 'load';
    }
    if (after.refused < ENOUGH) return undefined;
    const share = shareOf(after);
    // One or two may have come before by chance, however few come by it.
    const isAsBefore = before.refused < 2 || share >= UNCHANGED * shareOf(before);
    if (share > MOST_BY_CHANCE || !isAsBefore) return 'load';
    this.#chance = share;
    this.#excess = 0;
    this.#reviewed = none();
    this.#trial = undefined;
    return from;
  }

  #remember(isRefused: boolean): void {
    add(this.#latest, isRefused);
    if (this.#latest.answers <= REMEMBERED) return;
    this.#latest = { answers: this.#latest.answers / 2, refused: this.#latest.refused / 2 };
  }

  /** Chance may refuse less by and by, and then it is less that it explains. */
  #review(isRefused: boolean): void {
    if (this.#chance === 0) return;
    add(this.#reviewed, isRefused);
    if (this.#reviewed.answers * this.#chance < REVIEW) return;
    const share = shareOf(this.#reviewed);
    if (share < FEWER * this.#chance) this.#chance = share;
    this.#reviewed = none();
  }
}

function isUnderWay({ from }: Trial, limit: number): boolean {
  return limit < GROWN_BACK * from.limit;
}

function none(): Sample {
  return { answers: 0, refused: 0 };
}

function add(sample: Sample, isRefused: boolean): void {
  sample.answers += 1;
  if (isRefused) sample.refused += 1;
}

function shareOf({ answers, refused }: Sample): number {
  return answers === 0 ? 0 : refused / answers;
}
