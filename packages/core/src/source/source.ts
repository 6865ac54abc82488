import type { FileHit } from '../file.ts';
import type { Window } from './window.ts';

/** One clause of TDP's (Elasticsearch's) query language, passed on as it is. */
export type QueryClause = Readonly<Record<string, unknown>>;

/** Which files are meant: all that match every clause and, where given, were indexed in the window or have one of the ids. */
export interface FileQuery {
  readonly filter: readonly QueryClause[];
  /** Half-open; either end may be left out. */
  readonly indexed?: Partial<Window>;
  readonly fileIds?: readonly string[];
}

/** What TDP says of a query as a whole. */
export interface Survey {
  /** Number of file versions that match. */
  readonly count: number;
  /** The least and greatest `indexedAt` among them; `undefined` when there are none. */
  readonly oldestMs: number | undefined;
  readonly newestMs: number | undefined;
  /** TDP's own clock when it answered, in milliseconds since 1970. */
  readonly nowMs: number;
}

/**
 * Told how many bytes an answer holds in memory by now, or is about to. What it gives, if anything, resolves when there is
 * room for them; until then no more may be taken.
 */
export type Hold = (bytes: number) => Promise<void> | undefined;

/** Where TDP's files come from, as the engine sees it. Every method may be called concurrently. */
export interface Source {
  survey(query: FileQuery, signal?: AbortSignal): Promise<Survey>;
  /**
   * The hits after `after` in ascending byte order of fileId, at most `size`, maybe fewer although
   * more exist; none only when there are no more. Fields are complete as of the answer.
   *
   * @throws SyncError `PAGE_INVALID` for a partial or unordered answer.
   */
  page(
    query: FileQuery,
    after: string | undefined,
    size: number,
    signal?: AbortSignal,
  ): Promise<readonly FileHit[]>;
  /**
   * The content of one version, decompressed. `hold` is asked for room as a large one comes and is unpacked.
   *
   * @throws SyncError `FILE_NOT_FOUND`, `ACCESS_DENIED`, `FILE_TOO_LARGE`, or what concerns the source as a whole.
   */
  retrieve(file: FileHit, signal?: AbortSignal, hold?: Hold): Promise<Buffer>;
  /**
   * Whether a version that search does not show any more is still in TDP. `unknown` when TDP does not
   * say, for want of a right for instance.
   */
  presence(fileId: string, signal?: AbortSignal): Promise<Presence>;
}

/**
 * What TDP's file record says: `gone` is deleted or not there, `superseded` that another version of the file is there,
 * `present` any other record.
 */
export type Presence = 'present' | 'superseded' | 'gone' | 'unknown';

/** What TDP counts in one stretch of `indexedAt`. */
export interface Bucket {
  /** Where the stretch begins; it is as long as the interval that was asked for. */
  readonly fromMs: number;
  /** Number of file versions, at least 1. */
  readonly count: number;
  readonly oldestMs: number;
  readonly newestMs: number;
  /** All their times added up, as a double: exact below 2^53, that is for some 5,000 files. */
  readonly sumMs: number;
}

/** A source that also counts by time. */
export interface HistogramSource extends Source {
  /**
   * Counts per stretch of `indexedAt`, in order of time, without empty ones. Stretches begin at whole
   * multiples of the interval since 1970, also where the query's window begins within one.
   *
   * @throws SyncError `PAGE_INVALID` for a partial answer.
   */
  histogram(query: FileQuery, intervalMs: number, signal?: AbortSignal): Promise<readonly Bucket[]>;
}
