import { median } from './median.ts';
import type { Measured } from './process.ts';

/** What each case measured, round by round. */
export type Rounds<Name extends string> = Readonly<Record<Name, readonly Measured[]>>;

/** Runs all cases, one after the other, as many times as there are rounds: what slows the machine for a while slows them all. */
export async function interleaved<Name extends string>(
  rounds: number,
  cases: Readonly<Record<Name, () => Promise<Measured>>>,
): Promise<Rounds<Name>> {
  const names = Object.keys(cases) as Name[];
  const runs = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    Measured[]
  >;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) runs[name].push(await cases[name]());
  }
  return runs;
}

/** The median of a figure over the rounds. */
export function medianOf(runs: readonly Measured[], figure: (run: Measured) => number): number {
  return median(runs.map(figure));
}

/** CPU time per file in microseconds. */
export function cpuUs({ cpuMs, files }: Measured): number {
  return (cpuMs * 1000) / files;
}

/** A figure over that of other runs: the median of the rounds' own ratios. */
export function ratioOf<Run>(
  runs: readonly Run[],
  others: readonly Run[],
  figure: (run: Run) => number,
): number {
  return median(
    runs.map((run, round) => {
      const other = others[round];
      return other === undefined ? Number.NaN : figure(run) / figure(other);
    }),
  );
}

/** CPU time per file over that of other runs. */
export function cpuRatio(runs: readonly Measured[], others: readonly Measured[]): number {
  return ratioOf(runs, others, cpuUs);
}

/** Files per second. */
export function rate({ files, durationMs }: Measured): number {
  return (files * 1000) / durationMs;
}

/** Files per second over those of other runs. */
export function rateRatio(runs: readonly Measured[], others: readonly Measured[]): number {
  return ratioOf(runs, others, rate);
}
