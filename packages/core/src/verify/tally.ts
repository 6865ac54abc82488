import type { Reason } from './judge.ts';
import type { Difference, VerifyReport } from './report.ts';

/** Counts what a verification finds, and passes it on. */
export class VerifyTally {
  readonly #onDifference: (difference: Difference) => void;
  readonly #found: Record<Reason, number> = {
    missing: 0,
    stale: 0,
    earlier: 0,
    attributes: 0,
    rows: 0,
    content: 0,
    failed: 0,
    moved: 0,
    unmatched: 0,
    vanished: 0,
  };
  shown = 0;
  held = 0;
  examined = 0;
  mended = 0;
  sampled = 0;
  /** Keys of the files that still differ. */
  readonly left: Set<string> = new Set();
  /** Those of them with which something else is wrong than that they have failed. */
  readonly #wrong = new Set<string>();

  constructor(onDifference: (difference: Difference) => void = () => undefined) {
    this.#onDifference = onDifference;
  }

  /** What is shown and held is as of the last count. */
  startCount(): void {
    this.shown = 0;
    this.held = 0;
  }

  tell(difference: Difference): void {
    this.#found[difference.reason] += 1;
    if (difference.mended) this.mended += 1;
    else {
      this.left.add(difference.key);
      if (difference.reason !== 'failed') this.#wrong.add(difference.key);
    }
    this.#onDifference(difference);
  }

  /** Of the files that still differ those that have failed, and no more than that. */
  get failed(): number {
    return this.left.size - this.#wrong.size;
  }

  get counts(): Pick<
    VerifyReport,
    'shown' | 'held' | 'examined' | 'sampled' | 'found' | 'mended' | 'left'
  > {
    const { shown, held, examined, sampled, mended, left } = this;
    return { shown, held, examined, sampled, found: { ...this.#found }, mended, left: left.size };
  }
}
