import type { SyncState } from '@tdp-sync/core';

/** What is known of the slices of a sync, by their numbers. */
export interface Dealt {
  /** Nothing is left of them, or they have failed a moment ago. */
  readonly left: ReadonlySet<number>;
  /** Somebody has them, or they wait for somebody. */
  readonly dealt: ReadonlySet<number>;
  /** So many may be dealt at a time. */
  readonly most: number;
}

/**
 * Which slices to deal now: the first that are left, so that the watermark gets on, and few at a time, so that whoever is quick gets more.
 */
export function slicesToDeal(
  { first, cuts }: NonNullable<SyncState['slices']>,
  { left, dealt, most }: Dealt,
): readonly number[] {
  return cuts
    .slice(1)
    .map((_, at) => first + at)
    .filter((number) => !left.has(number))
    .slice(0, most)
    .filter((number) => !dealt.has(number));
}
