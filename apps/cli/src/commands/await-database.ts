import { type Clock, systemClock } from '@tdp-sync/core';
import { type Sink, SinkError } from '@tdp-sync/sink';
import { span } from '../render/format.ts';

/** Often enough for who waits, and seldom enough for a server that refuses. */
const ASK_AGAIN_MS = 2000;

/** How a command waits for a database that somebody else holds. */
export interface Waiting {
  /** No longer than this. Default 0: what holds the database ends the command. */
  readonly waitMs?: number | undefined;
  readonly signal: AbortSignal;
  /** Told once why it waits, and once that it has ended. */
  readonly note: (text: string) => void;
  readonly clock?: Pick<Clock, 'sleep'>;
}

/**
 * Opens the database; while another process holds it, asks again until that lets go.
 *
 * @throws SinkError `SINK_LOCKED` when it is held longer, and whatever else `open` throws at once; the signal's reason.
 */
export async function awaitDatabase(
  open: () => Promise<Sink>,
  { waitMs = 0, signal, note, clock = systemClock }: Waiting,
): Promise<Sink> {
  let waitedMs = 0;
  for (;;) {
    try {
      const sink = await open();
      if (waitedMs > 0) note(`The database is free, after ${span(waitedMs)}.`);
      return sink;
    } catch (error) {
      if (!isHeld(error) || waitedMs >= waitMs) throw error;
      if (waitedMs === 0)
        note(`${error.message} Waiting for it, for ${span(waitMs)} at most (--wait).`);
      const nextMs = Math.min(ASK_AGAIN_MS, waitMs - waitedMs);
      await clock.sleep(nextMs, signal);
      waitedMs += nextMs;
    }
  }
}

function isHeld(error: unknown): error is SinkError {
  return error instanceof SinkError && error.code === 'SINK_LOCKED';
}
