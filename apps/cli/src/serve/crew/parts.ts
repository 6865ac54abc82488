import type { Clock } from '@tdp-sync/core';
import type { Queue } from '@tdp-sync/queue';
import type { Logger } from 'pino';

/** The queues that a crew works with. */
export interface Queues {
  /** Of what is done with syncs by one replica at a time. */
  readonly lanes: Queue;
  /** Of slices of backlogs: a queue of their own, so that they hold up nothing else. */
  readonly slices: Queue;
}

/** What a crew is made of. */
export interface CrewParts {
  readonly clock: Clock;
  readonly log: Logger;
  /** No two replicas have the same. */
  readonly id: string;
  /** What others call this one. */
  readonly name: string;
  readonly openQueues: () => Promise<Queues>;
  /** A backlog is cut into slices of about so many files. */
  readonly sliceFiles: number;
  /** How often the queues are looked at. Default 2,000. */
  readonly lookMs?: number;
  /** Aborted when the service stops: from then on nothing more is taken. */
  readonly signal: AbortSignal;
}

/** Asks the queues for something, and tells whether they could be asked. Never rejects. */
export type Ask = (request: (queues: Queues) => Promise<unknown>) => Promise<boolean>;

/** A queue that could not be asked is left alone for so long. */
export const AGAIN_MS = 5000;
