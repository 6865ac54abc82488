import { type CommitResult, type Load, type Sink, SinkError } from '@tdp-sync/sink';

/** What is committed. */
export interface Pending {
  readonly sync: string;
  /** A state that no other run can store. */
  readonly state: string;
  /** How many documents. */
  readonly staged: number;
}

/**
 * Commits, and finds out whether it has happened when the answer was lost: that it has, exactly if its state is stored.
 *
 * @throws SinkError when it has not, or when that cannot be found out now.
 */
export async function settledCommit(
  sink: Sink,
  load: Load,
  { sync, state, staged }: Pending,
): Promise<CommitResult> {
  try {
    return await load.commit(state);
  } catch (error) {
    if (!(error instanceof SinkError) || !error.retryable) throw error;
    if ((await readBack(sink, sync, error)) !== state) throw error;
    return { applied: staged, leftAlone: 0 };
  }
}

async function readBack(sink: Sink, sync: string, error: SinkError): Promise<string | undefined> {
  try {
    return await sink.readState(sync);
  } catch {
    throw new SinkError(
      error.code,
      `${error.message} Whether the commit that was under way is done cannot be found out now. The next run finds it out by itself; nothing is lost or done twice.`,
      { retryable: error.retryable, cause: error.cause },
    );
  }
}
