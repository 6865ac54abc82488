import type { AdaptiveLimit } from '@tdp-sync/core';

/** How many files one of several syncs may retrieve at once: an equal part of what the source bears, and one at least. */
export function shareOf(limit: Pick<AdaptiveLimit, 'current'>, active: number): number {
  return Math.max(Math.floor(limit.current / Math.max(active, 1)), 1);
}
