import type { Scenario } from '../sim/scenario.ts';

/** A change of one snippet of core's sources. */
export interface Edit {
  /** Below `packages/core/src`. */
  readonly file: string;
  /** Must stand there exactly once, or the defect is out of date. */
  readonly find: string;
  readonly replace: string;
}

/** A wrong engine, and what catches it. */
export interface Defect {
  /** What it does wrong, in a few words. */
  readonly name: string;
  readonly edits: readonly Edit[];
  /** What it would do to a user. */
  readonly why: string;
  /** What the simulation says of it. */
  readonly caughtBy: RegExp;
  /** How the world differs from a random one so that it is caught soon. */
  readonly world?: Partial<Omit<Scenario, 'settings'>> & {
    readonly settings?: Partial<Scenario['settings']>;
  };
}
