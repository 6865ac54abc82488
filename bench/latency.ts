import { parseArgs } from 'node:util';
import {
  type AgainstOptions,
  type AgainstResult,
  measureAgainst,
  skipped,
} from './latency/against.ts';
import { type ChanceOptions, type ChanceResult, measureChances } from './latency/chances.ts';
import { type FoundOptions, type FoundResult, measureFound } from './latency/found.ts';
import { MODEL_NAMES, MODELS, type ModelName } from './latency/models.ts';
import { againstText, chancesText, foundText } from './latency/text.ts';
import type { Program } from './program.ts';

/** What is measured. */
export interface LatencyOptions {
  readonly latencies: readonly number[];
  readonly models: readonly ModelName[];
  readonly against: AgainstOptions;
  readonly found: FoundOptions;
  readonly chances: readonly ChanceOptions[];
}

/** All figures of the program. */
export interface LatencyResult {
  readonly options: LatencyOptions;
  /** Cases that were left out, and why. */
  readonly skipped: Readonly<Record<string, string>>;
  readonly against: readonly AgainstResult[];
  readonly found: readonly FoundResult[];
  readonly chances: readonly ChanceResult[];
}

/** More than tdp-sync ever has under way with default settings. */
const CAP = 600;
const NUMBERS = [16, 25, 40, 128, 256];

/** tdp-sync where answers take time: against scripts that fetch one by one, and against the best fixed concurrency. */
export const latencyProgram: Program = {
  options: `[--latencies 5,20,100] [--files 20000] [--fixed-files 3000] [--one-by-one 50] [--models ${MODEL_NAMES.join(',')}] [--chances 0.005,0.01,0.02,0.05] [--chance-files 3000] [--rounds 5]`,
  run: async (args) => {
    const options = optionsFrom(args);
    const result = await latency(options);
    const of = `${options.against.files}x${options.against.rounds}`;
    return { text: latencyText(result), figures: { of, result } };
  },
};

function optionsFrom(args: readonly string[]): LatencyOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      latencies: { type: 'string', default: '5,20,100' },
      files: { type: 'string', default: '20000' },
      'fixed-files': { type: 'string', default: '3000' },
      'one-by-one': { type: 'string', default: '50' },
      models: { type: 'string', default: MODEL_NAMES.join(',') },
      chances: { type: 'string', default: '0.005,0.01,0.02,0.05' },
      'chance-files': { type: 'string', default: '3000' },
      rounds: { type: 'string', default: '5' },
    },
  });
  const rounds = Number(values.rounds);
  return {
    latencies: listed(values.latencies).map(Number),
    models: MODEL_NAMES.filter((name) => listed(values.models).includes(name)),
    against: {
      ...{ rounds, cap: CAP },
      files: Number(values.files),
      fixedFiles: Number(values['fixed-files']),
      oneByOne: Number(values['one-by-one']),
    },
    found: { rounds, numbers: NUMBERS, share: 1 },
    chances: chancesFrom(
      listed(values.chances).map(Number),
      Number(values['chance-files']),
      rounds,
    ),
  };
}

/** At a server that bears everything, as many files as in the goal, and at one with a rate limit. */
function chancesFrom(
  shares: readonly number[],
  files: number,
  rounds: number,
): readonly ChanceOptions[] {
  if (shares.length === 0) return [];
  const rated = Math.min(MODELS.rated.files, files);
  return [
    { rounds, shares, files },
    { rounds, shares, files: rated, model: 'rated' },
  ];
}

function listed(text: string): readonly string[] {
  return text.split(',').filter((item) => item !== '');
}

/** Measures each latency, then each kind of server, then what fails by chance. */
export async function latency(options: LatencyOptions): Promise<LatencyResult> {
  const left = await skipped();
  const against: AgainstResult[] = [];
  for (const latencyMs of options.latencies)
    against.push(await measureAgainst(latencyMs, options.against, left));
  const found: FoundResult[] = [];
  for (const name of options.models) found.push(await measureFound(name, options.found));
  const chances: ChanceResult[] = [];
  for (const one of options.chances) chances.push(await measureChances(one));
  return { options, skipped: left, against, found, chances };
}

/** The result as tables. */
export function latencyText({ options, skipped, against, found, chances }: LatencyResult): string {
  const { rounds, files } = options.against;
  return [
    `${files.toLocaleString('en-US')} files, medians of ${rounds} rounds`,
    ...Object.entries(skipped).map(([label, why]) => `left out: ${label}: ${why}`),
    ...against.map(againstText),
    ...(found.length === 0 ? [] : [foundText(found)]),
    ...chances.map(chancesText),
  ].join('\n\n');
}
