import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeConfig } from './config.ts';
import { median } from './median.ts';
import { startServer } from './process.ts';
import type { Program } from './program.ts';
import { ratioOf } from './rounds.ts';
import { type Took, timed } from './start/command.ts';

const LABELS = {
  node: "node -e ''",
  open: 'DuckDB loaded, this file opened',
  run: 'tdp-sync run, nothing new',
} as const;
type Case = keyof typeof LABELS;

/** One case over all rounds, in medians. */
export interface StartResult {
  readonly files: number;
  readonly rounds: number;
  readonly durationMs: Readonly<Record<Case, number>>;
  readonly cpuMs: Readonly<Record<Case, number>>;
  /** Requests of the last of the runs. */
  readonly searches: number;
  readonly retrieves: number;
  /** A quiet run over loading DuckDB and opening the file: medians of the rounds' own ratios. */
  readonly ofOpen: { readonly duration: number; readonly cpu: number };
}

/** TDP's clock shows whole seconds: a run within the same one as the last has no window to look at. */
const SECOND_MS = 1100;
const BYTES = 2048;
const COMMAND = fileURLToPath(new URL('../apps/cli/bin/tdp-sync.js', import.meta.url));
const OPEN = fileURLToPath(new URL('./start/open.mjs', import.meta.url));

/** A quiet run's whole command over a filled database. */
export const startProgram: Program = {
  options: '[--files 200000] [--rounds 15]',
  run: async (args) => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        files: { type: 'string', default: '200000' },
        rounds: { type: 'string', default: '15' },
      },
    });
    const files = Number(values.files);
    const result = await start(files, Number(values.rounds));
    return { text: startText(result), figures: { of: `${files}`, result } };
  },
};

/** Fills a database, then measures the three commands, interleaved. */
export async function start(files: number, rounds: number): Promise<StartResult> {
  await using server = await startServer(files, BYTES);
  await using config = await writeConfig(server);
  const run = [process.execPath, COMMAND, 'run', '--config', config.file];
  await timed(run);
  // The second run compares the whole listing with the database, which is not due again before tomorrow.
  await setTimeout(SECOND_MS);
  await timed(run);
  const loaded = (await server.requests()).downloads;
  if (loaded !== files) throw new Error(`${loaded} files were loaded and not ${files}.`);
  const commands: Readonly<Record<Case, readonly string[]>> = {
    node: [process.execPath, '-e', ''],
    open: [process.execPath, OPEN, config.database],
    run,
  };
  const took: Readonly<Record<Case, Took[]>> = { node: [], open: [], run: [] };
  for (let round = 0; round < rounds; round += 1) {
    await setTimeout(SECOND_MS);
    await server.requests();
    for (const name of Object.keys(LABELS) as Case[]) took[name].push(await timed(commands[name]));
  }
  const { searches, retrieves } = await server.requests();
  if (retrieves !== 0) throw new Error(`A quiet run retrieved ${retrieves} files.`);
  return { files, rounds, searches, retrieves, ...evaluate(took) };
}

function evaluate(
  took: Readonly<Record<Case, readonly Took[]>>,
): Pick<StartResult, 'durationMs' | 'cpuMs' | 'ofOpen'> {
  const each = (figure: (one: Took) => number): Record<Case, number> => ({
    node: median(took.node.map(figure)),
    open: median(took.open.map(figure)),
    run: median(took.run.map(figure)),
  });
  const ratio = (figure: (one: Took) => number): number => ratioOf(took.run, took.open, figure);
  const duration = ({ durationMs }: Took): number => durationMs;
  const cpu = ({ cpuMs }: Took): number => cpuMs;
  return {
    durationMs: each(duration),
    cpuMs: each(cpu),
    ofOpen: { duration: ratio(duration), cpu: ratio(cpu) },
  };
}

/** The result as a table. */
export function startText(result: StartResult): string {
  const { files, rounds, durationMs, cpuMs, ofOpen, searches } = result;
  return [
    `a database of ${files.toLocaleString('en-US')} files, medians of ${rounds} rounds`,
    'command                                    ms    CPU ms',
    ...(Object.keys(LABELS) as Case[]).map((name) =>
      [
        LABELS[name].padEnd(34),
        durationMs[name].toFixed(0).padStart(11),
        cpuMs[name].toFixed(0).padStart(10),
      ].join(''),
    ),
    `quiet run / opening the file: ${ofOpen.duration.toFixed(2)} of the time, ${ofOpen.cpu.toFixed(2)} of the CPU time`,
    `requests of a quiet run: ${searches} searches, nothing else`,
  ].join('\n');
}
