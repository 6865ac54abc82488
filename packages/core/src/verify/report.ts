import type { Clocks } from '../source/read-clocks.ts';
import type { HistogramSource } from '../source/source.ts';
import type { SyncOptions } from '../sync/options.ts';
import type { Finding, Reason } from './judge.ts';

/** A sync, and how it is to be verified. */
export interface VerifyOptions extends SyncOptions {
  readonly source: HistogramSource;
  /** Bring in what is missing, stale, changed or failed, as a run does. Default `false`. */
  readonly repair?: boolean;
  /**
   * Look at every file, not only where the counts differ. Finds what counts cannot show: attributes that
   * TDP changed without a new index time. Default `false`.
   */
  readonly full?: boolean;
  /** So many files, chosen by chance, are fetched anew and compared with the database cell by cell. Default none. */
  readonly sample?: number | undefined;
  /** Told of each difference, once it was seen a second time and, where asked for, mended. */
  readonly onDifference?: (difference: Difference) => void;
}

/** One file that is not in the database as TDP shows it. */
export interface Difference extends Finding {
  readonly sync: string;
  /** The `_file_key` of the file. */
  readonly key: string;
  readonly fileId: string;
  /** TDP's logical path, else the S3 key, where known. */
  readonly path: string | undefined;
  /** It was, and is not any more. */
  readonly mended: boolean;
  /** No repair can mend it: rows of the history are damaged, and TDP does not have them. */
  readonly isLasting?: true;
}

/** What a verification found. */
export interface VerifyReport {
  readonly sync: string;
  /** `not-run`: there is no watermark for this config yet, so there is nothing to hold TDP against. */
  readonly outcome: 'equal' | 'different' | 'not-run';
  /** Everything indexed before it was compared. */
  readonly watermarkMs: number | undefined;
  /** File versions that TDP shows there. */
  readonly shown: number;
  /** Files that the database holds there. */
  readonly held: number;
  /** Of those shown, the ones that were looked at one by one. */
  readonly examined: number;
  /** Files that were fetched anew and compared cell by cell. */
  readonly sampled: number;
  /** Requests to TDP, retrievals for a repair included. */
  readonly requests: number;
  readonly searches: number;
  /** Differences by reason, those that were mended included. */
  readonly found: Readonly<Record<Reason, number>>;
  readonly mended: number;
  /** Differences that are still there. */
  readonly left: number;
  /** Files with rows of before what `columns` leaves out and hashes by now, as far as the last run knew; no difference to TDP. */
  readonly unredacted: number | undefined;
  readonly clocks: Clocks;
  readonly durationMs: number;
}
