import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Forecast, forecast } from '@tdp-sync/core';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { storedName } from '../config/tables.ts';
import { type Console, print } from '../console.ts';
import { describeError, exitCodeOf } from '../exit.ts';
import { ExitCode } from '../exit-code.ts';
import { type Expectation, planLines } from '../render/plan.ts';
import { printResults } from '../render/results.ts';
import { type Rate, rateOfRuns, rateOfSample } from '../sync/rate.ts';
import { type EachSyncOptions, type OpenedSync, walkSyncs } from './each-sync.ts';

/** Options of `tdp-sync plan`. */
export interface PlanOptions extends EachSyncOptions {
  /** Whether a few files may be retrieved to measure how long that takes, where no run has told. */
  readonly sample: boolean;
}

type Outcome = { readonly plan: Expectation } | { readonly error: unknown };

/** Says what the next run of each sync would do and take. Writes nothing, and retrieves a few files at most. */
export async function plan(options: PlanOptions, console: Console): Promise<number> {
  const loaded = await loadConfig(options.config, console);
  const { outcomes, isWhole } = await walkSyncs<Outcome>(
    { ...options, isLook: true },
    console,
    async (opened) => {
      try {
        return { plan: await planOne(opened, loaded, options.sample) };
      } catch (error) {
        opened.progress.failed(error, opened.name);
        return { error };
      }
    },
  );
  if (options.json) printResults(console, 'plan', [...outcomes].map(asJson));
  else
    for (const outcome of outcomes.values())
      if ('plan' in outcome) print(console, ...planLines(outcome.plan));
  if (!isWhole) throw options.signal.reason;
  for (const outcome of outcomes.values()) if ('error' in outcome) return exitCodeOf(outcome.error);
  return ExitCode.complete;
}

async function planOne(
  { name, config, source, options }: OpenedSync,
  loaded: LoadedConfig,
  mayRetrieve: boolean,
): Promise<Expectation> {
  const given = await options();
  const found = await forecast(given);
  const stored = storedName(name, config);
  const byRuns = await rateOfRuns(given.sink, stored);
  const rate = byRuns ?? (mayRetrieve ? await rateOfSample(source, found.examples) : undefined);
  const retrieved = whole(found, found.toRetrieve.files) + found.failedDue;
  const seconds = rate === undefined ? undefined : retrieved / rate.filesPerSecond;
  return {
    sync: name,
    found,
    rate,
    retrievals: retrieved,
    isTwofold: loaded.config.source.download === 'presigned',
    seconds,
    commits: commitsOf(given.batch ?? {}, retrieved + whole(found, found.toNote), rate, seconds),
    file: await fileOf(loaded, found),
  };
}

/** What was found of the hits that were looked at, for all of them. */
function whole({ hits, looked }: Forecast, count: number): number {
  return looked === 0 ? 0 : Math.round((count * hits) / looked);
}

/** At least so many transactions: one is full by files, content or age. */
function commitsOf(
  batch: { readonly documents?: number; readonly bytes?: number; readonly ageMs?: number },
  files: number,
  rate: Rate | undefined,
  seconds: number | undefined,
): number {
  const { documents = 4096, bytes = 32 * 1024 * 1024, ageMs = 20_000 } = batch;
  if (files === 0) return 0;
  const byBytes = (files * (rate?.bytesPerFile ?? 0)) / bytes;
  const byAge = ((seconds ?? 0) * 1000) / ageMs;
  return Math.ceil(Math.max(files / Math.ceil(documents / 2), byBytes, byAge));
}

/** What the file of a database takes by now, where there is one and all of it is this sync's. */
async function fileOf(
  { adapter, sinkConfig, baseDir, config }: LoadedConfig,
  { held }: Forecast,
): Promise<Expectation['file']> {
  const { path } = sinkConfig as { readonly path?: unknown };
  const isAlone = Object.keys(config.syncs).length === 1;
  if (adapter.name !== 'duckdb' || typeof path !== 'string' || held === 0 || !isAlone)
    return undefined;
  try {
    const { size } = await stat(resolve(baseDir, path));
    return { path, bytes: size, bytesPerFile: size / held };
  } catch {
    // It is only told where it can be.
    return undefined;
  }
}

function asJson([sync, outcome]: readonly [string, Outcome]): unknown {
  if ('error' in outcome) return { sync, outcome: 'failed', error: describeError(outcome.error) };
  const { found, rate, retrievals, seconds, commits, file } = outcome.plan;
  const { examples: _few, clocks: _clocks, looked, hits, ...counts } = found;
  return {
    ...{ sync, outcome: 'planned' },
    ...{ hits, looked, isExact: looked >= hits, ...counts },
    ...{ retrievals, rate: rate ?? null, seconds: seconds ?? null, commits, file: file ?? null },
  };
}
