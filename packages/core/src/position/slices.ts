import type { Window } from '../source/window.ts';

/**
 * A backlog that is cut into slices, so that several workers can bring it in side by side. Each slice is a window with a state of its own; the
 * sync's state has only the plan.
 */
export interface SlicePlan {
  /** Names the plan: no two of them are ever called the same, so that no state of another plan's slice is taken for one of this. */
  readonly id: string;
  /** The number of the first slice that is left, from 0. */
  readonly first: number;
  /** Where slices begin and end: the nth that is left reaches from the nth of these times to the next. At least two, ascending. */
  readonly cuts: readonly number[];
  /** Everything indexed from the end of the last slice up to here is in the sink. */
  readonly tailMs: number;
}

/** A stretch of the backlog, half-open as every window. */
export interface Slice extends Window {
  readonly number: number;
  /** Under which name its state is kept. */
  readonly name: string;
}

/** The slices that are left of a plan of this sync, in order of time. */
export function slicesOf(sync: string, { id, first, cuts }: SlicePlan): readonly Slice[] {
  return cuts.slice(1).map((toMs, at) => ({
    number: first + at,
    name: `${sync}#${id}.${first + at}`,
    fromMs: cuts[at] ?? toMs,
    toMs,
  }));
}

/** What is left of a plan when so many more of its slices are in the sink; `undefined` when all are. */
export function withoutFirst(plan: SlicePlan, closed: number): SlicePlan | undefined {
  const cuts = plan.cuts.slice(closed);
  return cuts.length < 2 ? undefined : { ...plan, first: plan.first + closed, cuts };
}
