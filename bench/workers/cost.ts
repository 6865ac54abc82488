import { createDatabase, ownServer } from '../../packages/sink-postgres/test/server.ts';
import { median } from '../median.ts';
import { startServer } from '../process.ts';
import { type CrewTook, crew, shares } from './crew.ts';

const BYTES = 2048;

/** What is measured. */
export interface CostOptions {
  readonly files: number;
  readonly sliceFiles: number;
  readonly rounds: number;
}

/** One round: a run, and a worker that brings in the same by slices, into a schema of its own each. */
export interface CostRound {
  readonly run: CrewTook;
  readonly worker: CrewTook;
}

/** All rounds. */
export interface CostResult {
  readonly options: CostOptions;
  readonly rounds: readonly CostRound[];
}

/** What it costs that a backlog is cut, where one worker brings all of it in, from an emulator that answers at once. */
export async function cost(options: CostOptions): Promise<CostResult> {
  const { files, sliceFiles } = options;
  await using postgres = await ownServer({ isDurable: true });
  await createDatabase(postgres, 'lab');
  await using server = await startServer(files, BYTES, {});
  const { auth_token: token, org } = server.auth;
  const take = async (schema: string, args: readonly string[]): Promise<CrewTook> => {
    const source = { url: server.url, auth: { token, org } };
    const sink = { type: 'postgres', url: postgres.url('lab'), schema };
    const took = await crew([{ args, config: { source, sink, syncs: { docs: {} } } }]);
    const { downloads } = await server.requests();
    if (downloads !== files)
      throw new Error(`${downloads} files were downloaded, and not ${files}.`);
    return took;
  };
  const rounds: CostRound[] = [];
  const [slices = []] = shares(1, sliceFiles);
  for (let round = 0; round < options.rounds; round += 1)
    rounds.push({
      run: await take(`run_${round}`, []),
      worker: await take(`worker_${round}`, slices),
    });
  return { options, rounds };
}

/** The result as a table. */
export function costText({ options, rounds }: CostResult): string {
  const { files, sliceFiles } = options;
  const line = (name: string, took: (round: CostRound) => CrewTook): string => {
    const rate = median(rounds.map((round) => (files * 1000) / took(round).durationMs));
    const cpuUs = median(rounds.map((round) => took(round).cpuUs / files));
    return name.padEnd(24) + rate.toFixed(0).padStart(9) + cpuUs.toFixed(0).padStart(14);
  };
  const ratio = (figure: (took: CrewTook) => number): string =>
    median(rounds.map(({ run, worker }) => figure(worker) / figure(run))).toFixed(3);
  const [time, cpu] = [ratio(({ durationMs }) => durationMs), ratio(({ cpuUs }) => cpuUs)];
  return [
    `${files.toLocaleString('en-US')} files of ${BYTES} bytes, no latency, slices of ${sliceFiles}, medians of ${rounds.length} rounds`,
    'one process                files/s   CPU us/file',
    line('run, uncut', ({ run }) => run),
    line('one worker, by slices', ({ worker }) => worker),
    `by slices / uncut: ${time} of the time, ${cpu} of the CPU time`,
  ].join('\n');
}
