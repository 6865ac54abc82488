/** The engine under test: core as it is built, or a deliberately wrong copy of its sources. */
export type Engine = typeof import('@tdp-sync/core');
