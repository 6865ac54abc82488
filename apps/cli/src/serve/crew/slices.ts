import type { Queue, TaskView } from '@tdp-sync/queue';
import type { JobEnd } from '../lane.ts';
import type { Service } from '../service.ts';
import { slicesToDeal } from './deal.ts';
import { isOpen, jobOf, type QueuedJob, taskOf } from './tasks.ts';

/** A slice that has failed, or that somebody else had, is left alone for so long; and a plan of which all slices are said to be closed. */
const REST_MS = 60_000;

/** How the bringing in of a slice has ended. */
interface SliceEnd {
  readonly end: JobEnd;
  /** Nothing is left of it. */
  readonly isClosed: boolean;
}

/** Deals out the slices of backlogs. */
export class SliceDealer {
  readonly #service: Service;
  /** Until when slices are left alone, by their plans and numbers: for good, when nothing is left of them. */
  readonly #left = new Map<string, Map<number, number>>();
  /** When something was heard of a plan last. */
  readonly #newsMs = new Map<string, number>();

  constructor(service: Service) {
    this.#service = service;
  }

  /** What has come of a slice. One whose replica was only stopped is dealt again at once. */
  heard({ plan = '', slice = 0 }: QueuedJob, { end, isClosed }: SliceEnd, nowMs: number): void {
    if (end === 'interrupted') return;
    const left = this.#left.get(plan) ?? new Map<number, number>();
    left.set(slice, isClosed ? Number.POSITIVE_INFINITY : nowMs + REST_MS);
    this.#left.set(plan, left);
    this.#newsMs.set(plan, nowMs);
  }

  /** Deals out what is to be brought in now, a little more than there are replicas. */
  async deal(
    queue: Queue,
    tasks: readonly TaskView[],
    replicas: number,
    nowMs: number,
  ): Promise<void> {
    const open = tasks.filter(isOpen).flatMap((task) => jobOf(task) ?? []);
    const plans = new Set<string>();
    for (const { name: sync, snapshot } of this.#service.boards) {
      const plan = snapshot?.state?.slices;
      if (plan === undefined) continue;
      plans.add(plan.id);
      if (this.#service.scheduler.isPaused(sync)) continue;
      const left = [...(this.#left.get(plan.id) ?? [])].filter(([, untilMs]) => untilMs > nowMs);
      const dealt = open.filter((job) => job.sync === sync).flatMap(({ slice }) => slice ?? []);
      const numbers = slicesToDeal(plan, {
        left: new Set(left.map(([number]) => number)),
        dealt: new Set(dealt),
        most: replicas + 1,
      });
      for (const slice of numbers)
        await queue.schedule(taskOf({ sync, kind: 'slice', slice, plan: plan.id }));
      // They were, by what somebody saw; the database says that they are not: it may have been restored.
      const isOver = numbers.length === 0 && dealt.length === 0;
      if (isOver && nowMs - (this.#newsMs.get(plan.id) ?? 0) > REST_MS) this.#left.delete(plan.id);
    }
    for (const id of this.#newsMs.keys()) {
      if (plans.has(id)) continue;
      this.#left.delete(id);
      this.#newsMs.delete(id);
    }
  }
}
