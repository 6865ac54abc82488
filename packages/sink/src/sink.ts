import type { ConfigSchema } from './config-schema.ts';
import type { SinkError } from './errors.ts';

/**
 * The contract between tdp-sync and a database, version 1.
 *
 * Whoever writes a sink reads this file from top to bottom; every sentence with "must" has a case
 * in `@tdp-sync/sink/conformance` and code in the reference sink (`@tdp-sync/sink/memory`).
 *
 * A sink must:
 *
 * 1. keep state, ledger and rows in the same database, so that one transaction can change all;
 * 2. create the tables and columns it is told of, and never drop or retype one (`SCHEMA_MISMATCH`);
 * 3. keep staged documents where no reader of the tables sees them;
 * 4. replace a document whole in each table that the document names, and leave its rows in every
 *    other table as they are;
 * 5. leave a document alone that is stored at the same or a greater order; of one document staged
 *    twice in a load, the greater order counts, and of equal orders the first;
 * 6. change rows, ledger and state together or not at all, whatever fails when;
 * 7. refuse to commit (`STATE_CONFLICT`) when the stored state is no longer the one that the load
 *    began with, or a document was made against another line of the ledger than the one that is stored;
 * 8. keep every value exact, quote every name, and compare ids, orders and states byte by byte;
 * 9. leave nothing behind when a load is disposed uncommitted;
 * 10. record in the same transaction how many rows a document has in each table that it names, with a
 *    fingerprint of them, and find by these the rows that are no longer as the commits left them.
 *
 * There are no optional methods and no capability flags: all of it is required.
 */

/** How a value is stored. Each type has exactly one form as a {@link Value}; `null` fits all of them. */
export type ColumnType =
  /** `true` or `false`. */
  | 'boolean'
  /** A `bigint` from -2^63 to 2^63-1. */
  | 'int64'
  /** A finite `number`, kept to the last bit. Whether zero keeps its sign is left to the database. */
  | 'float64'
  /**
   * Text: optional `-`, 1 to 29 digits, then optionally `.` and 1 to 9 digits. Kept to the last digit;
   * the spelling is not: `1.50`, `01.5` and `1.5` are one value.
   */
  | 'decimal'
  /**
   * Any well-formed text without NUL, of any length. A lone surrogate or a NUL is `INVALID_VALUE`: half
   * of the databases cannot hold them, and a silent replacement would be a changed value. Whoever
   * calls the sink cleans them away before. The empty text is not `null`.
   */
  | 'string'
  /** Text `YYYY-MM-DD`, years 0001 to 9999. */
  | 'date'
  /** Text `YYYY-MM-DDThh:mm:ss.ffffffZ`: UTC, always six digits of fraction, years 0001 to 9999. */
  | 'timestamp'
  /**
   * A JSON text: what `JSON.parse` accepts, and what is allowed as `string`; nor may an escape in it stand
   * for NUL or a lone surrogate. Kept so that the database's own JSON functions work on it. What it
   * says is kept, its spelling need not be; what those functions make of a doubled key, or of
   * a number that a float64 does not hold, is the database's affair.
   */
  | 'json';

/** One cell. Its form follows from the {@link ColumnType} of its column, never the other way round. */
export type Value = string | number | bigint | boolean | null;

/** One row, positional: as many values as the table has columns, in their order. */
export type Row = readonly Value[];

/** A column that a table must have. */
export interface Column {
  /**
   * 1 to 128 UTF-16 units of well-formed text without NUL. Unique within its table when compared
   * without case. Letters and digits of any script, `_`, `-` and blanks inside must be held as they
   * are, reserved words too. A name with other characters that the database cannot hold must be refused
   * with `INVALID_VALUE` by `begin`, before anything is changed.
   */
  readonly name: string;
  readonly type: ColumnType;
  /**
   * What the column holds, in words: at most 600 characters of what a `string` may be. A database that keeps comments shows it as the
   * column's, set when the table or the column is made; a sink may pass over it. Whatever it says, it must neither let anything
   * fail nor change what is stored, and another one for a column that is there changes nothing at all.
   */
  readonly description?: string;
}

/**
 * A table that documents write to.
 *
 * Besides the columns named here the sink adds two of its own, first: `_file_key`, the id of the
 * document that the row belongs to, and `_row`, an integer that counts the rows of that document in
 * that table from 0 in the order in which the document gave them.
 *
 * A table belongs to one sync: its rows are replaced by `_file_key` alone. Whoever calls the sink
 * sees to it.
 */
export interface Table {
  /** As a column's name, unique without case within the target; never begins with `_tdp_sync`, in any case. */
  readonly name: string;
  /** At least one. None is called `_file_key` or `_row`, in any case. */
  readonly columns: readonly Column[];
}

/** How wide the rows of a table may be, in a unit of the sink's own. */
export interface RowRoom {
  /** What all columns of a table may take together, the sink's own two not counted; `Infinity` where nothing bounds it. */
  readonly total: number;
  /** What a column of each type takes of it at most, whatever is in the cell. */
  readonly of: Readonly<Record<ColumnType, number>>;
}

/** Where a document stands. The sink stores it and gives it back; it does not act on it. */
export type Status = 'loaded' | 'failed' | 'deleted';

/** The sink's word for a file: all that one file contributes to the database, replaced as a whole. */
export interface Document {
  /** 32 lower-case hex digits. The value of `_file_key` in every row of this document. */
  readonly id: string;
  /**
   * Grows with each version of the document: 1 to 128 printable ASCII characters without blanks,
   * compared byte by byte. The same order always means the same content.
   */
  readonly order: string;
  readonly status: Status;
  /**
   * The order of the line in the ledger that this document was made against, `null` for none. Where it is given and the
   * document is to be applied, the commit rejects with `STATE_CONFLICT` and changes nothing if another line is stored by then: the rows of
   * that one may be in tables that this document does not name. Default: against any.
   */
  readonly replaces?: string | null | undefined;
  /**
   * The rows that replace this document's rows, by table name. A table that is named with no rows
   * is emptied of this document; a table that is not named keeps the rows it has. Only tables of the
   * load's target may be named. The iterables are read once, during {@link Load.stage}.
   */
  readonly rows: ReadonlyMap<string, Iterable<Row>>;
}

/** One line of the ledger: what the sink stores about a document besides its rows. */
export interface StoredDocument {
  readonly id: string;
  readonly order: string;
  readonly status: Status;
}

/** One row as it is stored, and the document it belongs to. */
export interface StoredRow {
  /** The row's `_file_key`. */
  readonly id: string;
  /** Positional, as the columns that were asked for. */
  readonly row: Row;
}

/** Rows of one document in one table that are not those which the commits left there. */
export interface RowDamage {
  /** The `_file_key` that the rows have or should have. Rows that others wrote may have any; the empty text stands for none. */
  readonly id: string;
  /** The table, by the name that it was asked for with. */
  readonly table: string;
  /**
   * How many rows the last commit that named the table left there: 0 when it left none, or when there is no line of
   * the ledger to which they belong. `undefined` when a version of the sink wrote the line that did not record any:
   * then it is not known whether the rows are right.
   */
  readonly recorded: number | undefined;
  /** How many there are. As many as recorded when it is what they say that has changed. */
  readonly found: number;
}

/**
 * Where a sync stands: text that only the engine understands, allowed to be what a `string` may be.
 * The sink must keep it to the letter; the empty text is a state.
 */
export type State = string;

/** What a load is for. */
export interface Target {
  /**
   * Name of the sync: 1 to 64 UTF-16 units of well-formed text without NUL. State and ledger are kept
   * per sync; names are compared byte by byte, case and blanks at the end included.
   */
  readonly sync: string;
  /** Every table that the documents of this load may name. */
  readonly tables: readonly Table[];
  /** The state that this load continues from, or `undefined` when none was stored. */
  readonly since: State | undefined;
  /**
   * The sync in whose ledger the documents are, where that is another: a name as `sync`. Default: `sync`. So several workers
   * bring parts of one sync in at a time, each with a state of its own. Their loads may commit at the same time, and all do:
   * no document, row or line of the ledger may be lost or doubled by it. Of a document that is in several the greatest order
   * counts, whichever commits last.
   */
  readonly ledger?: string | undefined;
}

/** What a commit did. The two counts add up to the number of documents staged. */
export interface CommitResult {
  /** Documents whose ledger line and rows were written. */
  readonly applied: number;
  /** Documents left alone: stored at the same or a greater order, or beaten within the load. */
  readonly leftAlone: number;
}

/**
 * One all-or-nothing load. `begin` opens it, `stage` fills it, `commit` makes it real.
 * Disposing it before `commit` throws away what was staged; disposing twice, or after `commit`, does
 * nothing. After `commit` was called, or the load was disposed, `stage` and `commit` reject with
 * `LOAD_CLOSED`.
 */
export interface Load extends AsyncDisposable {
  /**
   * Takes documents into the staging area. May be called any number of times, never concurrently.
   *
   * Before: the documents name only tables of the target, and their rows fit the columns.
   * After: no reader of the tables sees anything new.
   *
   * @throws SinkError `INVALID_VALUE` when a value does not fit its column, a row has not as many values
   *   as its table has columns, a table is not in the target, or an id, order or status is not of
   *   its form; or when the database cannot hold it for another reason, such as its size. `documentId` then names the
   *   document, if it is certain which one it is. An error that an iterable of rows throws comes through as it is. After any
   *   rejection the load can only be disposed: `stage` and `commit` reject with `LOAD_CLOSED`.
   */
  stage(documents: readonly Document[]): Promise<void>;
  /**
   * Applies the staged documents and stores `state`, in one transaction. An empty load just moves
   * the state.
   *
   * When it resolves, all is durable. When it rejects, nothing changed, with one exception: an error
   * that is `retryable` may hide a commit whose answer was lost. The caller settles that by reading
   * the state: it is either still `since`, or the new one and then everything is applied.
   *
   * @throws SinkError `STATE_CONFLICT` when the stored state is not `since`: another runner has
   *   moved it; or when a document {@link Document.replaces | replaces} another line than the stored one. Of several loads that began with the same state exactly one can commit, provided that
   *   it moves the state: a `state` equal to `since` is stored like any other, but stops nobody.
   *   `INVALID_VALUE` when the new state is not of its form, or the database cannot hold what was staged: as with `stage`.
   *   The caller then leaves out the document that is named or, where none is, finds it by loads of fewer documents. An
   *   error that has no code of its own (`SINK_FAILED`) and is not `retryable` is taken for the same; what has nothing to
   *   do with the documents, such as a full disk, must have another code.
   */
  commit(state: State): Promise<CommitResult>;
}

/** Which lines of the ledger to read. Both conditions apply when both are given. */
export interface DocumentFilter {
  /** Only these ids. May hold tens of thousands, may hold ids that are not stored, may be empty. */
  readonly ids?: readonly string[];
  readonly status?: Status;
}

/**
 * An open connection to one database. Its methods may be called concurrently, and several loads may
 * be open at once; what happens to one must not touch another. A database may be opened several
 * times at once, in one process too, and a commit through one must show in all.
 *
 * Disposing it disposes the loads that are open on it; disposing twice does nothing. After that its
 * methods reject with `SINK_UNAVAILABLE`, and an iteration under way either goes on to its end or
 * rejects: it must not end early as if it were complete.
 */
export interface Sink extends AsyncDisposable {
  /**
   * How many tables one load may name at most; `Infinity` where nothing bounds it. At least 50. A larger target is refused
   * by `begin` with `INVALID_VALUE` or by the database: which files go into one load is decided with this number.
   */
  readonly tablesPerLoad: number;
  /**
   * How wide rows may be, where databases keep a row within a page: a table of up to 1,000 columns that take no more than `total`
   * must take a row in which each cell is filled, with whatever its type allows. At least 200 columns of any one type. Which columns
   * a table gets is decided with this number; what comes beyond goes into one JSON column, which is counted. A wider
   * table may hold the rows that fit; for one that does not, `stage` or `commit` rejects with `INVALID_VALUE`, as for any other
   * document that the database cannot hold.
   */
  readonly rowRoom: RowRoom;
  /** The state that the last commit of this sync stored, or `undefined`. */
  readState(sync: string): Promise<State | undefined>;
  /**
   * Lines of the ledger in ascending byte order of their ids; only committed ones, each once. Lines that
   * are committed while the caller reads may show or not. An iterator that is left, or read
   * half and waiting, must not hold up a commit.
   */
  documents(sync: string, filter?: DocumentFilter): AsyncIterable<StoredDocument>;
  /**
   * The committed rows of one table that belong to these documents, in ascending byte order of id, then
   * of `_row`, each once. A row is positional, as `table.columns` name and order them, and holds exactly what was
   * staged, in the forms of {@link ColumnType}: a decimal in its shortest spelling (`1.5`, not `01.50`;
   * `0`, not `-0`), json in any spelling that says the same.
   *
   * There may be tens of thousands of ids, some without rows, some twice, or none at all. A table that
   * does not exist has no rows. A column that the table lacks reads as null, as it would after a `begin`;
   * names are matched as `begin` matches them. Reading creates nothing.
   *
   * The rows of one document are those of one commit. A document that is committed while the caller
   * reads may show as it was or as it is now. An iterator that is left, or read half and waiting, must
   * not hold up a commit or a `begin`. Documents may be large: read a portion at a time, not all at once.
   *
   * @throws SinkError when the first row is asked for, whatever the ids: `SCHEMA_MISMATCH` when a column
   *   exists with another type, or the name belongs to something that is no table with `_file_key` and
   *   `_row`; `INVALID_VALUE` when the table or a column is not of its form.
   */
  rows(table: Table, ids: readonly string[]): AsyncIterable<StoredRow>;
  /**
   * Where the rows of these tables are not those which the commits of the sync left: in ascending byte order of ids,
   * of one document in the order of `tables`, each once, and nothing of what is right. Rows without a line in
   * the ledger are told too.
   *
   * What a commit leaves must be recorded by the same transaction, for each document that it applies and each table that
   * the document names: the number of rows, and a fingerprint of at least 32 bits. The fingerprint depends on `_row`, and
   * on the name and the exact value of each cell that is not null, so that adding a column changes none. It is there
   * for accidents, and need not withstand whoever knows it. A table that a document does not name keeps its record.
   *
   * `tables` are those that loads of this sync have named, as many as there are, each with all columns that it was ever
   * named with. Other tables and columns are not looked at. A table that does not exist, or is none with `_file_key`
   * and `_row`, has no rows; a column that is missing or of another type reads as null. Neither is an error: the
   * documents that had something there are told. Reading creates nothing.
   *
   * Record and rows of one document in one table are of one moment: what is committed while the caller reads must not
   * show as damage. An iterator that is left, or read half and waiting, must not hold up a commit or a `begin`. Compare
   * within the database: memory and what is sent must not grow with the tables, only with what is told.
   *
   * @throws SinkError `INVALID_VALUE` when the sync, a table or a column is not of its form.
   */
  damages(sync: string, tables: readonly Table[]): AsyncIterable<RowDamage>;
  /**
   * Creates the tables of the target or adds their missing columns, and opens an empty staging area.
   * A table that exists with more columns is fine: rows written by this load hold null there.
   * Columns are matched by name, never by position, and names the way the database matches them.
   * Calling it with what already exists writes nothing.
   *
   * @throws SinkError `SCHEMA_MISMATCH` when a column exists with another type, or the name belongs to
   *   something that is no table with `_file_key` and `_row`. Nothing was changed in that table. (Two
   *   column types that the database keeps in one type of its own, such as `string` and `json`, pass.)
   *   `INVALID_VALUE` when the sync, a table or a column is not of its form.
   */
  begin(target: Target): Promise<Load>;
  /**
   * Forgets the state and the ledger of one sync, both or neither, and with the ledger what was recorded of rows. Its
   * tables and rows stay, other syncs are untouched. A load that began from the state forgotten here meets `STATE_CONFLICT`.
   */
  clear(sync: string): Promise<void>;
}

/** What a sink is told about its surroundings. */
export interface SinkContext {
  /** Absolute folder of the config file. Relative paths in the sink's config start here. */
  readonly baseDir: string;
  /**
   * What the whole process may take, where the config or a container bounds it: what a sink holds in memory should be a small share of it.
   */
  readonly memoryBytes?: number | undefined;
}

/** A copy of the database for readers. */
export interface Published {
  /** Where it is put, without secrets. */
  readonly target: string;
  /** When it was put there last, in milliseconds since 1970; `undefined` before the first time. */
  readonly atMs: number | undefined;
  /** Whether it holds what the database holds. */
  readonly isCurrent: boolean;
  /** Whether what was put there last is no more there, or no more as it was. */
  readonly isGone: boolean;
  /** Whether this call has put it there. */
  readonly isNew: boolean;
  /** Why it could not be put there the last time that it was tried (`PUBLISH_FAILED`); `undefined` when it could. */
  readonly error: SinkError | undefined;
}

/** What an adapter package exports as its default: the name of a database and how to open it. */
export interface SinkAdapter<Config = unknown> {
  /** The short name, such as `duckdb`. */
  readonly name: string;
  /** The version of this contract that the adapter keeps. */
  readonly contract: 1;
  /** Checks the `sink:` section of the config without its `type`, and fills in defaults. */
  readonly config: ConfigSchema<Config>;
  /**
   * Whether only one process at a time can have the database open, as with a file that its writer locks: what is for several processes
   * beside one another, such as workers that share a backlog, is then refused before anything is opened. Left out where any number may, as
   * on a server. Within one process a database may be opened several times either way.
   */
  readonly isExclusive?: boolean;
  /**
   * Connects, creates the database file or schema and the bookkeeping tables where missing.
   *
   * @throws SinkError `SINK_LOCKED` when another process holds the database exclusively,
   *   `SINK_UNAVAILABLE` when it cannot be reached or opened, `SINK_PERMISSION` when a right is missing.
   */
  open(config: Config, context: SinkContext): Promise<Sink>;
  /**
   * Whether there is a database that `open` would not first have to create; creates nothing. Commands that only look ask it, so that
   * looking leaves none behind. Left out where a database is never created by being opened, as on a server.
   *
   * @throws SinkError as `open`, when that could not create it either.
   */
  exists?(config: Config, context: SinkContext): Promise<boolean>;
  /**
   * What the database calls a table, or a column of it, that it cannot hold under its name; any other name as it is. For
   * `tdp-sync preview`, which opens no database. Left out where each name is held as it is, or refused.
   */
  storedName?(table: string, column?: string): string;
  /**
   * Brings the copies for readers that the config asks for up to date with what is committed, and tells of each. A reader finds the copy of
   * before or the one of now, whole, whatever ends the process when; what it was in the midst of is taken away by the next call. A copy
   * that is current is left as it is. Called after work that may have changed something, with a sink open on the same database or none.
   * A copy that cannot be made throws nothing, since the data is where it belongs: its {@link Published.error} says why, and the
   * next call tries again. Left out where readers need no copy, as on a server.
   *
   * @throws SinkError as `open`, and when the database cannot be read.
   */
  publish?(config: Config, context: SinkContext): Promise<readonly Published[]>;
  /** What {@link publish} has left, copies that it has not come to included. Reads only. @throws SinkError as `publish`. */
  published?(config: Config, context: SinkContext): Promise<readonly Published[]>;
  /** Whether {@link publish} could put copies where the config wants them, as far as it can be seen; puts none, and makes no database for it. @throws SinkError as `publish`. */
  publishable?(
    config: Config,
    context: SinkContext,
  ): Promise<readonly Pick<Published, 'target' | 'error'>[]>;
}
