import type { LaneJob, LaneKind } from './lane.ts';

/** Who does what a service has decided: the process itself, or the replicas that it is one of. */
export interface Hands {
  /** Whether it is for this process to decide what is due. */
  readonly decides: boolean;
  /** Has a job done that is due. The scheduler is told when it has ended. */
  start(job: LaneJob): void;
  /** Has what is done in the lane of a sync end, wherever it is done. */
  interrupt(sync: string, why: string): void;
  /** Has the scheduler of whoever decides told that this is wanted. */
  want(sync: string, kind: LaneKind, fileIds: readonly string[] | undefined): void;
  /** Has everybody told that a sync is paused, or is not any more, and what is under way with it end. */
  paused(sync: string, isPaused: boolean): void;
}
