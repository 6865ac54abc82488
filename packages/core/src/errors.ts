/** What went wrong, in a word that stays the same across versions. `docs/errors.md` has a heading for each. */
export type SyncErrorCode =
  /** TDP answered 401: the token is wrong, revoked or expired. */
  | 'AUTH_REJECTED'
  /** The credentials cannot be read. */
  | 'CREDENTIALS_UNREADABLE'
  /** TDP answered 403: the organisation is wrong, or the user lacks the right. */
  | 'ACCESS_DENIED'
  /** TDP refused the query of the sync's filter (400). */
  | 'QUERY_REJECTED'
  /** TDP cannot be reached, or failed again and again. */
  | 'SOURCE_UNAVAILABLE'
  /** This process, or its machine, may have no more files and connections open. */
  | 'TOO_MANY_OPEN_FILES'
  /** TDP, or something between, answered what no TDP answers. */
  | 'SOURCE_PROTOCOL'
  /** A search answer was partial, unordered or of another query. */
  | 'PAGE_INVALID'
  /** TDP counts more files in a window than its pages show. */
  | 'WINDOW_NOT_PROVEN'
  /** TDP's clock, its stamps and this machine's clock differ, so that nothing more can be proven complete. */
  | 'CLOCKS_DISAGREE'
  /** So many files have vanished at once that a sweep marks none of them. */
  | 'SWEEP_REFUSED'
  /** So many files failed at once that it must be the source. */
  | 'SOURCE_OUTAGE'
  /** TDP shows a file, but does not give it (404 or 410). */
  | 'FILE_NOT_FOUND'
  /** A file is larger than the sync allows. */
  | 'FILE_TOO_LARGE'
  /** A file's content is not JSON in UTF-8. */
  | 'DOCUMENT_INVALID'
  /** A file's content cannot become the rows that the sync's mapping or transform wants. */
  | 'TRANSFORM_FAILED'
  /** A file needs tables or columns that are not there, and the sync's schema is frozen. */
  | 'SCHEMA_FROZEN'
  /** The database cannot hold the rows of a file. */
  | 'ROWS_REFUSED'
  /** The sync is not set up any more as when its backlog was cut into slices. */
  | 'SLICES_OUTDATED'
  /** The state in the sink was not written by a version that this one can continue. */
  | 'STATE_UNREADABLE';

/** Options of {@link SyncError}. */
export interface SyncErrorOptions {
  /** Whether the same call may succeed later without anything being changed by hand. Default `false`. */
  readonly retryable?: boolean | undefined;
  /** HTTP status of the answer, where there was one. */
  readonly status?: number | undefined;
  /** How long the server asked to wait before the next try, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The storage's own word for what is wrong, such as S3's `AccessDenied` or `InvalidObjectState`, where it said one. */
  readonly storageCode?: string | undefined;
  /**
   * What went wrong with a file, and nothing that tells which file it was or where in it: all files with the same
   * fault have the same. Default: the message without {@link where}.
   */
  readonly reason?: string | undefined;
  /** A last sentence of the message: where in the file. */
  readonly where?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The kind of error that core throws. The message says what happened, to which file or setting, what
 * is safe and what to do next; it never holds a token or a presigned URL.
 */
export class SyncError extends Error {
  override readonly name = 'SyncError';
  readonly code: SyncErrorCode;
  readonly retryable: boolean;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly storageCode: string | undefined;
  /** What stands in the files table, where files are counted by it. */
  readonly reason: string;
  readonly where: string | undefined;

  constructor(code: SyncErrorCode, text: string, options: SyncErrorOptions = {}) {
    const message = options.where === undefined ? text : `${text} ${options.where}`;
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
    this.storageCode = options.storageCode;
    this.reason = options.reason ?? text;
    this.where = options.where;
  }
}

/** Takes out of a text what whoever runs core knows to be secret. */
export type Redact = (text: string) => string;

/**
 * The same error with a message that holds no secret; {@link SyncError}s of files are stored. What quotes a server or a
 * function of the user's must be redacted before it is cut to a length, since half a secret is found by nobody.
 */
export function redacted(error: SyncError, redact: Redact): SyncError {
  const { message, reason, where, code, retryable, status, retryAfterMs, storageCode, cause } =
    error;
  const isClean = [message, reason].every((text) => redact(text) === text);
  if (isClean) return error;
  const text = where === undefined ? message : message.slice(0, -where.length - 1);
  return new SyncError(code, redact(text), {
    ...{ retryable, status, retryAfterMs, storageCode, cause },
    reason: redact(reason),
    where: where === undefined ? undefined : redact(where),
  });
}
