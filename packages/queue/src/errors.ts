/** What went wrong, in a word that stays the same across versions. `docs/errors.md` has a heading for each. */
export type QueueErrorCode =
  /** The queue cannot be reached, or broke off. */
  | 'QUEUE_UNAVAILABLE'
  /** A right is missing. */
  | 'QUEUE_PERMISSION'
  /** The queue refused for a reason that has no code of its own; see `cause`. */
  | 'QUEUE_FAILED';

const CODES: ReadonlySet<unknown> = new Set<QueueErrorCode>([
  'QUEUE_UNAVAILABLE',
  'QUEUE_PERMISSION',
  'QUEUE_FAILED',
]);

/**
 * The only kind of error that a queue throws. Its message says what happened, to which server, and what to do; it never holds a secret.
 */
export class QueueError extends Error {
  override readonly name = 'QueueError';
  readonly code: QueueErrorCode;
  /** Whether the same call may succeed later without anything being changed by hand. */
  readonly retryable: boolean;

  /** An error of another copy of this package is one, too: they know each other by name and code. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (!(value instanceof Error) || value.name !== 'QueueError') return false;
    return 'code' in value && CODES.has(value.code);
  }

  constructor(code: QueueErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = code === 'QUEUE_UNAVAILABLE';
  }
}
