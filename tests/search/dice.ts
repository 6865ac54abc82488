/** A sequence of numbers that is the same for the same seed: whole numbers from 0 to below what is given. */
export type Dice = (below: number) => number;

/** Opens the sequence of a seed. */
export function dice(seed: number): Dice {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  const roll: Dice = (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
  for (let skipped = 0; skipped < 3; skipped++) roll(2);
  return roll;
}

/** One of the items. */
export function pick<T>(roll: Dice, items: readonly T[]): T {
  return items[roll(items.length)] as T;
}
