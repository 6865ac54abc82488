import type { SinkError } from '@tdp-sync/sink';
import type { SyncError } from '../errors.ts';
import type { Changes } from '../position/position.ts';
import type { OpenWindow } from '../position/state.ts';
import type { Clocks } from '../source/read-clocks.ts';
import type { Window } from '../source/window.ts';
import type { SchemaNote } from '../tables/resolve.ts';

/** What the files of a batch have become. */
export interface BatchCounts {
  readonly loaded: number;
  readonly refreshed: number;
  readonly deleted: number;
  readonly failed: number;
  /** Their content. */
  readonly bytes: number;
}

/** What a run tells while it works. Core logs nothing; whoever runs it renders these. */
export type SyncEvent =
  /**
   * The run knows where it starts. `run` is its name in the stored position; `expected` the number of hits it
   * will look at, roughly; `newestMs` the newest index time among them. Files stamped later than any clock are left out of both.
   */
  | {
      readonly type: 'run-started';
      readonly sync: string;
      readonly run: string;
      readonly expected: number;
      readonly newestMs: number | undefined;
      readonly watermarkMs: number | undefined;
      readonly clocks: Clocks;
    }
  /** The clocks differ, or TDP shows files that are stamped later than any of them. */
  | { readonly type: 'clocks-doubted'; readonly sync: string; readonly clocks: Clocks }
  /**
   * The stored position was in the future: a watermark, or the end of a window that was being read. It goes back to `toMs`, or to the beginning,
   * and what was indexed since is read again; files that are held are not retrieved again.
   */
  | {
      readonly type: 'pulled-back';
      readonly sync: string;
      readonly fromMs: number;
      readonly toMs: number | undefined;
    }
  /**
   * The config says something else than at the last run. Another scope: all files are looked at again, and
   * those held unchanged are not retrieved. Another mapping: the rows of all files are made anew.
   */
  | { readonly type: 'config-changed'; readonly sync: string; readonly changes: Changes }
  /** The rows of files are made anew: of so many from the documents in the database, of the others from TDP. */
  | {
      readonly type: 'rebuild-started';
      readonly sync: string;
      readonly stored: number;
      readonly fetched: number;
    }
  /** The rows of all files whose content can be had follow the mapping. */
  | { readonly type: 'rebuild-ended'; readonly sync: string }
  /**
   * Rows of so many files were made before what is left out or hashed by now, and cannot be made anew, since their content cannot be had any
   * more, or not now. Of rows of before a reset nobody knows by which rules they were made.
   */
  | { readonly type: 'redaction-left'; readonly sync: string; readonly files: number }
  /** Files that were there have got a line in the history, so many. */
  | { readonly type: 'history-begun'; readonly sync: string; readonly files: number }
  /** The tables got something new, or have no place for something. */
  | {
      readonly type: 'schema-note';
      readonly sync: string;
      readonly fileId: string;
      readonly note: SchemaNote;
    }
  /** What lies before the sync was cut into so many slices, which any number of workers may bring in. */
  | {
      readonly type: 'backlog-cut';
      readonly sync: string;
      readonly slices: number;
      readonly files: number;
    }
  | {
      readonly type: 'window-opened';
      readonly sync: string;
      readonly window: Window;
      readonly pass: number;
      readonly after: string | undefined;
    }
  | {
      readonly type: 'page-read';
      readonly sync: string;
      readonly hits: number;
      readonly known: number;
    }
  | {
      readonly type: 'file-loaded';
      readonly sync: string;
      readonly fileId: string;
      /** As TDP gives it. */
      readonly indexedAt: string | undefined;
      readonly bytes: number;
    }
  | {
      readonly type: 'file-failed';
      readonly sync: string;
      readonly fileId: string;
      readonly path: string | undefined;
      readonly attempt: number;
      readonly retryAtMs: number;
      readonly error: SyncError;
    }
  /** TDP counts more files in the window than its pages have shown: it is read again. */
  | {
      readonly type: 'window-hole';
      readonly sync: string;
      readonly window: Window;
      readonly pass: number;
      readonly seen: number;
    }
  /** The database has failed in passing, and is asked again after so long. */
  | {
      readonly type: 'sink-retried';
      readonly sync: string;
      readonly error: SinkError;
      readonly attempt: number;
      readonly delayMs: number;
    }
  /** A batch or a part of it is in the database, and this is the position now: it moves with the last part. */
  | ({
      readonly type: 'committed';
      readonly sync: string;
      readonly applied: number;
      readonly leftAlone: number;
      /** How long the batch was gathered, and how long this commit took. */
      readonly gatheredMs: number;
      readonly durationMs: number;
      readonly open: OpenWindow | undefined;
      readonly watermarkMs: number | undefined;
    } & BatchCounts)
  | {
      readonly type: 'window-closed';
      readonly sync: string;
      readonly window: Window;
      readonly files: number;
      /** Not, where nothing came and the position that is stored is young enough. */
      readonly isStored: boolean;
      /** Slices of a backlog are left before it: the watermark does not move to its end. */
      readonly isBehind: boolean;
    };

/** A note on the tables, and how many files have caused it. */
export type SchemaCount = SchemaNote & { readonly files: number };

/** What a run did. */
export interface RunReport {
  readonly sync: string;
  /** `interrupted`: the signal asked to stop; the next run continues at the last commit. */
  readonly outcome: 'complete' | 'interrupted';
  /** Hits that were looked at. */
  readonly seen: number;
  /** Files whose content was retrieved and committed, or that have none to retrieve. */
  readonly loaded: number;
  /** Files whose attributes only were brought up to date. */
  readonly refreshed: number;
  /** Hits that the database held already. */
  readonly known: number;
  /** Files that TDP flags as deleted. */
  readonly deleted: number;
  /** Files that failed in this run. */
  readonly failed: number;
  /** Failed files in the database when the run ended, tried in this run or not. 0 means that all is loaded. */
  readonly failing: number;
  /**
   * Files with rows of before what `columns` leaves out and hashes by now, which could not be made anew; `undefined` where nothing is left out or
   * hashed, and where a sync that begins anew has not come to its end yet.
   */
  readonly unredacted: number | undefined;
  /** Of a rebuild: files with rows by an older mapping, which could not be made anew. */
  readonly olderRows?: number;
  /** Decompressed content retrieved. */
  readonly bytes: number;
  readonly commits: number;
  /** What the files have changed in the tables, and what did not fit in them. */
  readonly schema: readonly SchemaCount[];
  /** Everything indexed before it is in the database. */
  readonly watermarkMs: number | undefined;
  /** Slices of a backlog that was cut for several workers, and are not closed; 0 where there are none. */
  readonly slicesLeft: number;
  /**
   * How far the database is behind the newest file that TDP showed when the run began, those stamped later than any clock left out. 0
   * when nothing was missing then.
   */
  readonly behindMs: number;
  /** Where the sync begins, `since` or the oldest file; `undefined` when there is neither. */
  readonly startMs: number | undefined;
  /** The stored position was in the future, and where it was pulled back to; `toMs` is `undefined` for the beginning. */
  readonly pulledBack: { readonly fromMs: number; readonly toMs: number | undefined } | undefined;
  /** What the clocks said when the run began: what it says is true as of `clocks.nowMs`. */
  readonly clocks: Clocks;
  readonly durationMs: number;
}
