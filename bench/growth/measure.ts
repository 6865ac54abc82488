import { cpuRatio, cpuUs, medianOf, rate } from '../rounds.ts';
import { type Life, live, SHAPES, type Shape, STEPS, type Step } from './lives.ts';
import { type MemoryPoint, measureLarge, measureSmall } from './memory.ts';

/** What is measured. */
export interface GrowthOptions {
  /** Files in the databases. */
  readonly sizes: readonly number[];
  readonly shapes: readonly Shape[];
  /** New files of the step that adds as many at each size. */
  readonly added: number;
  readonly rounds: number;
  /** Files of the first syncs whose peaks of memory are compared. */
  readonly memorySizes: readonly number[];
  /** Large bodies, and how many of them. */
  readonly large: { readonly mb: number; readonly counts: readonly number[] };
}

/** One step at one size. */
export interface GrowthPoint {
  readonly step: Step;
  readonly size: number;
  readonly files: number;
  readonly cpuMs: number;
  readonly peakMiB: number;
  readonly searches: number;
  /** Of steps that load or compare files. */
  readonly cpuUsPerFile?: number;
  readonly filesPerSecond?: number;
  /** CPU time per file over that at the first size: median of the rounds' own ratios. */
  readonly ofFirst?: number;
}

/** All figures of the program. */
export interface GrowthResult {
  readonly options: GrowthOptions;
  readonly shapes: readonly { readonly shape: string; readonly points: readonly GrowthPoint[] }[];
  readonly memory: readonly MemoryPoint[];
}

/** Measures every shape at every size, sizes interleaved, then memory. */
export async function growth(options: GrowthOptions): Promise<GrowthResult> {
  const shapes: GrowthResult['shapes'][number][] = [];
  for (const shape of options.shapes)
    shapes.push({ shape: SHAPES[shape].label, points: await measureShape(shape, options) });
  const { mb, counts } = options.large;
  const memory = [
    ...(await measureSmall(options.memorySizes)),
    ...(await measureLarge(mb, counts)),
  ];
  return { options, shapes, memory };
}

async function measureShape(
  shape: Shape,
  { sizes, rounds, added }: GrowthOptions,
): Promise<readonly GrowthPoint[]> {
  const lives = sizes.map((size) => ({ size, rounds: [] as Life[] }));
  for (let round = 0; round < rounds; round += 1)
    for (const { size, rounds } of lives) rounds.push(await live(size, shape, added));
  const smallest = lives[0]?.rounds ?? [];
  return STEPS.flatMap((step) =>
    lives.map(({ size, rounds }) => pointOf(step, size, rounds, smallest)),
  );
}

function pointOf(
  step: Step,
  size: number,
  lives: readonly Life[],
  smallest: readonly Life[],
): GrowthPoint {
  const runs = lives.map((life) => life[step]);
  const files = runs[0]?.files ?? 0;
  const point = {
    ...{ step, size, files },
    cpuMs: medianOf(runs, ({ cpuMs }) => cpuMs),
    peakMiB: medianOf(runs, ({ peakMiB }) => peakMiB),
    searches: runs[0]?.requests.searches ?? 0,
  };
  if (files === 0) return point;
  return {
    ...point,
    cpuUsPerFile: medianOf(runs, cpuUs),
    filesPerSecond: medianOf(runs, rate),
    ofFirst: cpuRatio(
      runs,
      smallest.map((life) => life[step]),
    ),
  };
}
