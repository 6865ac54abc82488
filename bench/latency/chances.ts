import type { Faults } from '@tdp-sync/emulator';
import { writeConfig } from '../config.ts';
import { type BenchServer, type Measured, runCase, startServer } from '../process.ts';
import { interleaved, medianOf, rate, rateRatio } from '../rounds.ts';
import { MODELS, type ModelName } from './models.ts';

/** tdp-sync where a share of all requests fails by chance, against the same without. */
export interface ChanceResult {
  readonly label: string;
  readonly files: number;
  /** Files per second where nothing fails. */
  readonly faultless: number;
  readonly chances: readonly {
    readonly share: number;
    readonly filesPerSecond: number;
    /** Files per second over those without failures: median of the rounds' own ratios. */
    readonly ofFaultless: number;
  }[];
}

/** How much is measured. */
export interface ChanceOptions {
  readonly rounds: number;
  readonly shares: readonly number[];
  readonly files: number;
  /** A kind of server that refuses what is too much, besides. Default: one that bears everything. */
  readonly model?: ModelName;
}

const BYTES = 2048;

/** Lets a share of all requests fail, whatever they ask for and however many there are: a quarter of them in each way. */
export function failByChance(faults: Faults, share: number): void {
  for (const kind of ['429', '503', 'reset', 'truncate'] as const)
    faults.random('any', { kind }, share / 4);
}

/** Runs tdp-sync with default settings at each share, interleaved, each with a server of its own. */
export async function measureChances({
  rounds,
  shares,
  files,
  model,
}: ChanceOptions): Promise<ChanceResult> {
  await using servers = new AsyncDisposableStack();
  const cases: Record<string, () => Promise<Measured>> = {};
  for (const share of [0, ...shares]) {
    const options = { chance: share, ...(model === undefined ? {} : { model }) };
    const server = servers.use(await startServer(files, BYTES, options));
    cases[`${share}`] = () => run(server, files);
  }
  const runs = await interleaved(rounds, cases);
  const of = (share: number): readonly Measured[] => runs[`${share}`] ?? [];
  return {
    ...{ label: model === undefined ? 'at once, any number' : MODELS[model].label, files },
    faultless: medianOf(of(0), rate),
    chances: shares.map((share) => ({
      share,
      filesPerSecond: medianOf(of(share), rate),
      ofFaultless: rateRatio(of(share), of(0)),
    })),
  };
}

async function run(server: BenchServer, files: number): Promise<Measured> {
  await using config = await writeConfig(server);
  const measured = await runCase('configured', { config: config.file });
  if (measured.files !== files) throw new Error(`tdp-sync loaded ${measured.files} of ${files}.`);
  return measured;
}
