import { SyncError, type SyncErrorCode } from '@tdp-sync/core';
import { QueueError, type QueueErrorCode } from '@tdp-sync/queue';
import { SinkError, type SinkErrorCode } from '@tdp-sync/sink';
import { causeTold } from './cause.ts';
import { ExitCode } from './exit-code.ts';
import { openFilesHint } from './open-files.ts';
import { Stopped } from './stop.ts';

/** An error of usage or config: the message is all that a user needs. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = ExitCode.config, cause?: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

/** What has been told already: only its exit status is left. */
export class Told extends Error {
  override readonly name = 'Told';

  constructor(cause: unknown) {
    super('told', { cause });
  }
}

/** The exit status for each code of core. */
export const SYNC_EXIT: Readonly<Record<SyncErrorCode, number>> = {
  AUTH_REJECTED: ExitCode.access,
  CREDENTIALS_UNREADABLE: ExitCode.access,
  ACCESS_DENIED: ExitCode.access,
  QUERY_REJECTED: ExitCode.config,
  SOURCE_UNAVAILABLE: ExitCode.source,
  TOO_MANY_OPEN_FILES: ExitCode.source,
  SOURCE_PROTOCOL: ExitCode.source,
  PAGE_INVALID: ExitCode.source,
  WINDOW_NOT_PROVEN: ExitCode.source,
  CLOCKS_DISAGREE: ExitCode.source,
  SWEEP_REFUSED: ExitCode.source,
  SOURCE_OUTAGE: ExitCode.source,
  FILE_NOT_FOUND: ExitCode.source,
  FILE_TOO_LARGE: ExitCode.source,
  DOCUMENT_INVALID: ExitCode.source,
  TRANSFORM_FAILED: ExitCode.source,
  SCHEMA_FROZEN: ExitCode.source,
  ROWS_REFUSED: ExitCode.sink,
  SLICES_OUTDATED: ExitCode.config,
  STATE_UNREADABLE: ExitCode.sink,
};

/** The exit status for each code of a sink. */
export const SINK_EXIT: Readonly<Record<SinkErrorCode, number>> = {
  STATE_CONFLICT: ExitCode.sink,
  SCHEMA_MISMATCH: ExitCode.sink,
  INVALID_VALUE: ExitCode.unexpected,
  LOAD_CLOSED: ExitCode.unexpected,
  SINK_LOCKED: ExitCode.sink,
  SINK_UNAVAILABLE: ExitCode.sink,
  SINK_PERMISSION: ExitCode.access,
  SINK_FAILED: ExitCode.sink,
  PUBLISH_FAILED: ExitCode.sink,
};

/** The exit status for each code of a queue. */
export const QUEUE_EXIT: Readonly<Record<QueueErrorCode, number>> = {
  QUEUE_UNAVAILABLE: ExitCode.sink,
  QUEUE_PERMISSION: ExitCode.access,
  QUEUE_FAILED: ExitCode.sink,
};

/** The exit status for an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Told) return exitCodeOf(error.cause);
  if (error instanceof CliError || error instanceof Stopped) return error.exitCode;
  if (error instanceof SinkError) return SINK_EXIT[error.code];
  if (error instanceof QueueError) return QUEUE_EXIT[error.code];
  if (!(error instanceof SyncError)) return ExitCode.unexpected;
  const denied = error.code === 'SOURCE_OUTAGE' && error.status === 403;
  return denied ? ExitCode.access : SYNC_EXIT[error.code];
}

const UNFORESEEN =
  'Something went wrong that tdp-sync did not foresee. The database holds only whole batches; running again is safe.';

/** One message for a person: what happened and what to do, with the code to look up; a stack only for what nobody foresaw. */
export function describeError(error: unknown): string {
  if (error instanceof Stopped) return error.message;
  const hint = openFilesHint(error);
  if (error instanceof CliError) return error.message + hint;
  if (error instanceof SinkError)
    return `${error.message}${causeTold(error)}${hint} [${error.code}]`;
  if (error instanceof SyncError || error instanceof QueueError)
    return `${error.message}${hint} [${error.code}]`;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${UNFORESEEN}${hint}\n${detail}`;
}

/**
 * {@link describeError} in lines for a person. Only an error of config has several of its own; a line break in the message of
 * any other came with a text from outside.
 */
export function errorLines(error: unknown, prefix = ''): readonly string[] {
  if (error instanceof Told) return [];
  const [first = '', ...rest] = linesOf(error);
  return [prefix + first, ...rest];
}

function linesOf(error: unknown): readonly string[] {
  if (error instanceof CliError) return describeError(error).split('\n');
  const isForeseen =
    error instanceof Stopped ||
    error instanceof SyncError ||
    error instanceof SinkError ||
    error instanceof QueueError;
  if (isForeseen) return [describeError(error)];
  if (!(error instanceof Error)) return [UNFORESEEN, String(error)];
  const first = UNFORESEEN + openFilesHint(error);
  const { message, stack = message } = error;
  const end = stack.indexOf(message) + message.length;
  const frames = stack.slice(end).split('\n');
  return [first, stack.slice(0, end), ...frames.filter((frame) => frame !== '')];
}

/** Whether the error would meet every other sync of the same config too. */
export function concernsAllSyncs(error: unknown): boolean {
  if (error instanceof SinkError)
    return error.code !== 'SCHEMA_MISMATCH' && error.code !== 'STATE_CONFLICT';
  return (
    error instanceof SyncError &&
    [
      'AUTH_REJECTED',
      'CREDENTIALS_UNREADABLE',
      'ACCESS_DENIED',
      'SOURCE_UNAVAILABLE',
      'TOO_MANY_OPEN_FILES',
      'SOURCE_PROTOCOL',
    ].includes(error.code)
  );
}
