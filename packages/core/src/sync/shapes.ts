import type { Document, Row, Status } from '@tdp-sync/sink';
import type { SyncError } from '../errors.ts';
import type { FileHit } from '../file.ts';
import type { Order, Stage } from '../position/order.ts';
import type { CatalogSnapshot } from '../tables/snapshot.ts';
import type { Extract } from '../transform/transform.ts';
import type { Decision, Version } from './decide.ts';
import type { Refusable } from './refusals.ts';

/*
 * The shapes of a file on its way to the database, and what each knows that the one before did not:
 *
 *   FileHit     what TDP's search says of it
 *   Task        what is to be done about it, by what the ledger holds
 *   Extracted   what its content has become: rows that have no tables yet, or a failure
 *   Draft       in which tables the rows go, all but what only its commit can know
 *   Document    all of it, as the sink takes it
 */

/**
 * A place in the hits of a query, which are in order of fileId: every file up to this fileId has been dealt with. `undefined`
 * says nothing of the files before: they may be under way still, and the place follows by itself.
 */
export interface Place {
  readonly after: string | undefined;
}

/** A hit, and what is to be done about it. */
export interface Task extends Place {
  readonly hit: FileHit;
  readonly decision: Action;
  /** The content, where it need not be retrieved, and how it was kept. */
  readonly content?: Buffer;
  readonly isRedacted?: boolean;
  /** Tables in which the file has rows that it should not have, whatever its layout. */
  readonly alsoIn?: readonly string[];
}

/** What can be done about a file. */
export type Action = Exclude<Decision, { action: 'skip' | 'earlier' | 'wait' }> | Rederivation;

/** To make the rows of a file anew that TDP does not show any more. */
export interface Rederivation {
  readonly action: 'rederive';
  readonly version: Version;
  /** As the ledger has them. */
  readonly stage: HeldStage;
  readonly status: Status;
}

/** Stages in which a file's rows may be those of the version that its order names. */
export type HeldStage = Exclude<Stage, { is: 'failed' }>;

/** A task whose content, if it has any, has been retrieved and transformed. */
export interface Extracted extends Place {
  readonly task: Task;
  /** `undefined` for a file without content that becomes rows; an error where it could not be had or read. */
  readonly result: Extract | SyncError | undefined;
  /** Size of the content. */
  readonly bytes: number;
  /** Whether its content was asked of the source. */
  readonly isRetrieved: boolean;
}

/** A document but for what only its commit knows. */
export interface Draft extends Place, Refusable<Draft> {
  readonly outcome: 'known' | 'loaded' | 'refreshed' | 'deleted' | 'failed';
  /** Size of its content. */
  readonly bytes: number;
  /** Rows that its content has become. */
  readonly rows: number;
  /** In the tables of these layouts its rows are replaced. */
  readonly layouts: readonly number[];
  /** Further tables in which they are. */
  readonly alsoIn?: readonly string[];
  /** Whether it depends on the rows that the file has: an older version may have been committed since it was made. */
  readonly needsHeld: boolean;
  /** The document, for the tables as they are by now and, where it needs them, the rows that the file has by now. */
  readonly document: (catalog: CatalogSnapshot, held: HeldRows | undefined) => Document;
  /** Where its rows have found their tables in the catalogue: in which reading of it, and how they find them in another. */
  readonly placed?: { readonly reading: number; readonly anew: () => Draft | undefined };
  /** Called when it is in the database. */
  readonly whenCommitted?: () => void;
}

/** Which rows of a file are in the data tables. */
export interface HeldRows extends Pick<Order, 'layout' | 'loadedFileId'> {
  /** The rows themselves, by table, where the ledger knows nothing of them: they are of before a reset. */
  readonly rows?: ReadonlyMap<string, readonly Row[]>;
}
