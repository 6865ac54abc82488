import type { ColumnType, Table, Value } from '@tdp-sync/sink';
import type { FileHit } from '../file.ts';

/** Turns one file into rows. Pure: the same file gives the same rows. */
export interface Transform {
  /** Changes whenever the rows of the same file would. */
  readonly fingerprint: string;
  /** Whether rows hold what TDP knows of the file besides its content, so that changed labels ask for new rows. */
  readonly readsAttributes: boolean;
  /** Tables that are there before any file asks for one, by names that nothing else may have. */
  readonly declared: readonly Table[];
  /**
   * Tells apart what is left out of documents or hashed before anything is made of them; empty or left out where nothing is. A part
   * of the fingerprint.
   */
  readonly redaction?: string;
  /** What becomes of the values at a path of the documents before that; left out where nothing does. */
  readonly treatmentAt?: (path: string) => 'drop' | 'hash' | undefined;
  /**
   * The rows of one file, before it is settled in which tables and columns they are kept.
   *
   * @throws SyncError `DOCUMENT_INVALID` when the content cannot be read, `TRANSFORM_FAILED` when it
   *   cannot become rows.
   */
  extract(
    file: FileHit,
    content: Buffer,
    signal: AbortSignal,
    given?: GivenContent,
  ): Promise<Extract>;
}

/** How content comes to a transform. */
export interface GivenContent {
  /** It comes from the database, where it was kept after {@link Transform.redaction}: to hash it again would make other hashes. */
  readonly isRedacted?: boolean | undefined;
}

/** All that one file becomes. */
export interface Extract {
  /** Names the set of tables that files of this kind share, such as `lcuv-empower v2`. */
  readonly layout: string;
  /** Parents before their children. No two have the same path. */
  readonly tables: readonly ExtractedTable[];
}

/** The rows of one file in one table. */
export interface ExtractedTable {
  /** Where the rows stand in the document, such as `injections[].peaks[]`. With the layout it identifies the table. */
  readonly path: string;
  /** What the table is called, unless another one has that name. */
  readonly name: string;
  /** No two have the same path; two may ask for the same name. */
  readonly columns: readonly ExtractedColumn[];
  /** Positional, as the columns. Read once, and perhaps made only then. */
  readonly rows: Iterable<readonly Cell[]> & { readonly length: number };
}

/** A column that a file has values for. */
export interface ExtractedColumn {
  /** Where the values stand, seen from the row, such as `area.value`. It identifies the column within its table. */
  readonly path: string;
  /** What the column is called, unless another one has that name. */
  readonly name: string;
  /** The type of every cell that is no {@link Unfit}, and of the column if it is a new one. */
  readonly type: ColumnType;
  /** How many cells are {@link Unfit}. */
  readonly unfit: number;
  /** What is known of it besides. The same object for all files, so that it is looked at once. */
  readonly about?: ColumnNote | undefined;
}

/** What is known of a column besides name and type. */
export interface ColumnNote {
  /** Where its values stand in the document, such as `users[].name`. Left out: what the paths of table and column say. */
  readonly path?: string | undefined;
  /** The whole name, where it was cut or the user chose another one. */
  readonly original?: string | undefined;
  /** In words, by the IDS's schema. */
  readonly description?: string | undefined;
  readonly unit?: string | undefined;
}

/** What stands in one row and column: a value in the form of the column's type, or one that does not fit it. */
export type Cell = Value | Unfit;

/** A value that its column's type cannot hold. Its text goes to a column of its own. */
export class Unfit {
  /** The value as it was written, or as JSON where it is no scalar. */
  readonly text: string;
  /** What stands in the column itself: `null`, or what comes nearest where that makes sense. */
  readonly nearest: Value;

  constructor(text: string, nearest: Value = null) {
    this.text = text;
    this.nearest = nearest;
  }
}
