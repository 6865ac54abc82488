/** What went wrong, in a word that stays the same across versions. `docs/errors.md` has a heading for each. */
export type SinkErrorCode =
  /** The stored state is not the one the load began with: another runner moved it. */
  | 'STATE_CONFLICT'
  /** A column exists with another type than the one asked for. */
  | 'SCHEMA_MISMATCH'
  /** A value, a row or a name does not fit what the contract allows. */
  | 'INVALID_VALUE'
  /** `stage` or `commit` was called on a load that is committed or disposed. */
  | 'LOAD_CLOSED'
  /** Another process holds the database exclusively. */
  | 'SINK_LOCKED'
  /** The database cannot be reached, or broke off. */
  | 'SINK_UNAVAILABLE'
  /** A right is missing. */
  | 'SINK_PERMISSION'
  /** The database refused for a reason that has no code of its own; see `cause`. */
  | 'SINK_FAILED'
  /** What is in the database could not be put where readers find a copy of it. */
  | 'PUBLISH_FAILED';

/** Options of {@link SinkError}. */
export interface SinkErrorOptions {
  /** Whether the same call may succeed later without anything being changed by hand. Default `false`. */
  readonly retryable?: boolean;
  /** The driver's own error. */
  readonly cause?: unknown;
  /** See {@link SinkError.documentId}. */
  readonly documentId?: string | undefined;
}

const CODES: ReadonlySet<unknown> = new Set<SinkErrorCode>([
  'STATE_CONFLICT',
  'SCHEMA_MISMATCH',
  'INVALID_VALUE',
  'LOAD_CLOSED',
  'SINK_LOCKED',
  'SINK_UNAVAILABLE',
  'SINK_PERMISSION',
  'SINK_FAILED',
  'PUBLISH_FAILED',
]);

/**
 * The only kind of error that a sink throws. Its message says what happened, to which table or file,
 * and what to do; it never holds a secret or a row's content.
 */
export class SinkError extends Error {
  override readonly name = 'SinkError';
  readonly code: SinkErrorCode;
  readonly retryable: boolean;
  /**
   * The id of the one document on account of which a load was refused, when that is certain: the others can be committed by
   * another load. `undefined` where the database does not say which it was.
   */
  readonly documentId: string | undefined;

  /**
   * An error of another copy of this package is one, too: an adapter that was installed by itself brings its own. They know
   * each other by name and code.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (!(value instanceof Error) || value.name !== 'SinkError') return false;
    return 'code' in value && CODES.has(value.code);
  }

  constructor(code: SinkErrorCode, message: string, options: SinkErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.documentId = options.documentId;
  }
}

/**
 * The same error, about this document: an `INVALID_VALUE` that was met while it was read and checked. Every other error comes back
 * as it is. Not for what a database says of rows that were sent to it with those of other documents.
 */
export function aboutDocument(error: unknown, documentId: string): unknown {
  if (!(error instanceof SinkError) || error.code !== 'INVALID_VALUE') return error;
  const { code, message, retryable, cause } = error;
  return new SinkError(code, message, {
    retryable,
    cause,
    documentId: error.documentId ?? documentId,
  });
}

/** The error of a commit that finds another state than the one its load began with. */
export function stateConflict(sync: string, cause?: unknown): SinkError {
  return new SinkError(
    'STATE_CONFLICT',
    `Sync ${JSON.stringify(sync)} was moved by another runner since this load began. Nothing was written; begin again from the state that is stored.`,
    { cause },
  );
}
