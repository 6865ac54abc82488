import type { Row, Table } from '@tdp-sync/sink';
import type { FileHit } from '../file.ts';

/** Turns one file into rows. Pure: the same file gives the same rows. */
export interface Transform {
  /** Every table that it can write to. */
  readonly tables: readonly Table[];
  /** Changes whenever the rows of the same file would. */
  readonly fingerprint: string;
  /**
   * The rows of one file by table, all tables named.
   *
   * @throws SyncError `DOCUMENT_INVALID` when the content cannot be read.
   */
  rows(file: FileHit, content: Buffer): ReadonlyMap<string, Iterable<Row>>;
}
