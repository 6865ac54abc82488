import { parseArgs } from 'node:util';
import { type Life, live, SHAPES, type Shape, STEPS, type Step } from './growth/lives.ts';
import { type MemoryPoint, measureLarge, measureSmall } from './growth/memory.ts';
import { growthText } from './growth/text.ts';
import type { Program } from './program.ts';
import { cpuRatio, cpuUs, medianOf, rate } from './rounds.ts';

export type { Step };

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
  /** Of steps that load files. */
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

/** What a run costs as the database grows. */
export const growthProgram: Program = {
  options:
    '[--sizes 10000,50000,200000] [--shapes document,rows] [--added 1000] [--rounds 5] [--memory-sizes 200000,600000] [--large-mb 50] [--large-counts 1,3]',
  run: async (args) => {
    const options = optionsFrom(args);
    const result = await growth(options);
    return {
      text: growthText(result),
      figures: { of: `${options.sizes.at(-1) ?? 0}x${options.rounds}`, result },
    };
  },
};

function optionsFrom(args: readonly string[]): GrowthOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sizes: { type: 'string', default: '10000,50000,200000' },
      shapes: { type: 'string', default: 'document,rows' },
      added: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '5' },
      'memory-sizes': { type: 'string', default: '200000,600000' },
      'large-mb': { type: 'string', default: '50' },
      'large-counts': { type: 'string', default: '1,3' },
    },
  });
  return {
    sizes: numbers(values.sizes),
    shapes: (Object.keys(SHAPES) as Shape[]).filter((name) => values.shapes.includes(name)),
    added: Number(values.added),
    rounds: Number(values.rounds),
    memorySizes: numbers(values['memory-sizes']),
    large: { mb: Number(values['large-mb']), counts: numbers(values['large-counts']) },
  };
}

function numbers(text: string): readonly number[] {
  return text
    .split(',')
    .filter((item) => item !== '')
    .map(Number);
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
