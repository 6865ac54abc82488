import { writeConfig } from '../config.ts';
import { type BenchServer, type Measured, runCase, startServer } from '../process.ts';
import { interleaved, medianOf, rate, rateRatio } from '../rounds.ts';
import { MODELS, type Model, type ModelName } from './models.ts';

/** The concurrency that tdp-sync finds against the best fixed one, at one kind of server. */
export interface FoundResult {
  readonly label: string;
  readonly files: number;
  readonly filesPerSecond: number;
  /** The best of the fixed numbers. */
  readonly best: { readonly number: number; readonly filesPerSecond: number };
  /** Files per second over those of the best fixed number: median of the rounds' own ratios. */
  readonly ofBest: number;
  /** Share of tdp-sync's requests for files that were refused. */
  readonly refusedShare: number;
}

/** How much is measured. */
export interface FoundOptions {
  readonly rounds: number;
  /** The fixed numbers that are tried. */
  readonly numbers: readonly number[];
  /** Share of each model's files. */
  readonly share: number;
}

const BYTES = 2048;
/** So many of the fixed numbers, the best of the search, are measured against tdp-sync. */
const FINALISTS = 2;

/** Tries each fixed number once, then measures the best ones and tdp-sync with default settings, interleaved. */
export async function measureFound(name: ModelName, options: FoundOptions): Promise<FoundResult> {
  const model = MODELS[name];
  const files = Math.ceil(model.files * options.share);
  await using server = await startServer(files, BYTES, { model: name });
  const finalists = await best(server, model, options.numbers);
  let refused = 0;
  let asked = 0;
  const found = async (): Promise<Measured> => {
    await server.requests();
    const measured = await run(server, model);
    const requests = await server.requests();
    refused += requests.refused;
    asked += requests.retrieves;
    if (measured.files !== files) throw new Error(`tdp-sync loaded ${measured.files} of ${files}.`);
    return measured;
  };
  const runs = await interleaved(options.rounds, {
    found,
    ...Object.fromEntries(
      finalists.map((number) => [`${number}`, () => run(server, model, number)]),
    ),
  } as Record<string, () => Promise<Measured>>);
  const of = (name: string): readonly Measured[] => runs[name] ?? [];
  const rates = finalists.map((number) => medianOf(of(`${number}`), rate));
  const filesPerSecond = Math.max(...rates);
  const number = finalists[rates.indexOf(filesPerSecond)] ?? 0;
  return {
    ...{ label: model.label, files, filesPerSecond: medianOf(of('found'), rate) },
    best: { number, filesPerSecond },
    ofBest: rateRatio(of('found'), of(`${number}`)),
    refusedShare: refused / asked,
  };
}

async function best(
  server: BenchServer,
  model: Model,
  numbers: readonly number[],
): Promise<readonly number[]> {
  const rates = new Map<number, number>();
  for (const number of numbers) rates.set(number, await rateAt(server, model, number));
  return [...rates]
    .sort(([, a], [, b]) => b - a)
    .slice(0, FINALISTS)
    .map(([number]) => number);
}

/** 0 where so many at once are too much for the server: the run ends with an error. */
async function rateAt(server: BenchServer, model: Model, fixed: number): Promise<number> {
  try {
    return rate(await run(server, model, fixed));
  } catch {
    return 0;
  }
}

async function run(server: BenchServer, { download }: Model, fixed?: number): Promise<Measured> {
  await using config = await writeConfig(server, { download });
  const input = { config: config.file, ...(fixed === undefined ? {} : { fixed }) };
  return await runCase('configured', input);
}
