import { SyncError } from '../errors.ts';
import { describeFile, type FileHit, withoutFile } from '../file.ts';

/** How many failures are taken as the files' own. Beyond, other files are tried: where none can be had, it is the source that fails, and the run stops. */
export interface FailureBudget {
  /** So many files in a row. Default 10. */
  readonly consecutive: number;
  /** So large a share of the files that the run has tried. Default 0.5. */
  readonly share: number;
  /** The share counts once so many files were tried. Default 20. */
  readonly shareFrom: number;
}

/** The default {@link FailureBudget}. */
export const defaultFailureBudget: FailureBudget = { consecutive: 10, share: 0.5, shareFrom: 20 };

/** Errors that many files at once get when the source is ill. */
const ILLNESS = new Set(['SOURCE_UNAVAILABLE', 'SOURCE_PROTOCOL', 'ACCESS_DENIED']);
/** Errors that concern one file; every other stops the run at once. */
const OF_ONE_FILE = new Set([
  ...ILLNESS,
  'FILE_NOT_FOUND',
  'FILE_TOO_LARGE',
  'DOCUMENT_INVALID',
  'TRANSFORM_FAILED',
  'SCHEMA_FROZEN',
]);

/** Whether the error is about one file only, so that the file is marked as failed and the others go on. */
export function concernsOneFile(error: unknown): error is SyncError {
  return error instanceof SyncError && OF_ONE_FILE.has(error.code);
}

/**
 * Tells files that fail from a source that does, as far as the failures themselves can. To be shown the retrievals in the order
 * of the files, not as they end: failing takes longer, so that a few bad files among good ones end in a row.
 */
export class OutageDetector {
  readonly #budget: FailureBudget;
  #tried = 0;
  #failed = 0;
  #inARow = 0;
  /** The first ones that failed, at most {@link NAMED}. */
  #first: Failure[] = [];
  #last: SyncError | undefined;

  constructor(budget: FailureBudget) {
    this.#budget = budget;
  }

  /** Counts a retrieval. Tells whether the failures look like an outage. */
  observe(retrieval: 'succeeded' | Failure): boolean {
    this.#tried += 1;
    if (retrieval === 'succeeded' || !isOfSource(retrieval.error)) {
      this.#inARow = 0;
      return false;
    }
    this.#failed += 1;
    this.#inARow += 1;
    this.#last = retrieval.error;
    if (this.#first.length < NAMED) this.#first.push(retrieval);
    const { consecutive, share, shareFrom } = this.#budget;
    const tooMany = this.#tried >= shareFrom && this.#failed > share * this.#tried;
    return this.#inARow >= consecutive || tooMany;
  }

  /** Whether the last retrieval has failed. */
  get isInARow(): boolean {
    return this.#inARow > 0;
  }

  /** The source is well: what has failed so far are the files' own failures. */
  acquit(): void {
    this.#tried = 0;
    this.#failed = 0;
    this.#inARow = 0;
    this.#first = [];
  }

  /** The error for an outage. `probed`: so many other files were tried, and none could be had either. */
  outage(probed: number): SyncError {
    const first = this.#first.map(
      ({ file, error }) => `${describeFile(file)}: ${withoutFile(error.reason, file)}`,
    );
    const others =
      probed === 0
        ? 'There is no other file to try.'
        : `Of ${probed} others none could be had either.`;
    return new SyncError(
      'SOURCE_OUTAGE',
      `${this.#failed} of ${this.#tried} files could not be retrieved, ${this.#inARow} in a row. ${others} ` +
        'So that is TDP, its storage or the way to them, not the files. The run stopped; what was committed stays, and the next run continues there. ' +
        `The first: ${first.join(' | ')}`,
      { retryable: true, cause: this.#last, status: this.#last?.status },
    );
  }
}

/** A file that could not be had or read, and why. */
export interface Failure {
  readonly file: FileHit;
  readonly error: SyncError;
}

/** So many files are named in the error for an outage. */
const NAMED = 3;

/** Whether many files at once get such an error when the source is ill. */
export function isOfSource(error: unknown): error is SyncError {
  return error instanceof SyncError && ILLNESS.has(error.code);
}

const FIRST_RETRY_MS = 5 * 60_000;
const LONGEST_RETRY_MS = 24 * 3_600_000;

/** The wait before a file that has failed `attempts` times is tried again: 5 minutes, three times longer each time, a day at most. */
export function retryDelayOfFileMs(attempts: number): number {
  return Math.min(FIRST_RETRY_MS * 3 ** (attempts - 1), LONGEST_RETRY_MS);
}

/** Whether a failed file is to be tried again. A time further off than any wait can be was set by a wrong clock. */
export function isRetryDue(retryAtMs: number, nowMs: number): boolean {
  return retryAtMs <= nowMs || retryAtMs > nowMs + LONGEST_RETRY_MS + 3_600_000;
}
