import { type RunReport, type SyncOptions, sync } from '@tdp-sync/core';
import type { Sink } from '@tdp-sync/sink';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { SyncConfig } from '../config/schema.ts';
import { type Console, print, printJson } from '../console.ts';
import { CliError, concernsAllSyncs, describeError, ExitCode, exitCodeOf } from '../exit.ts';
import { openProgress, type Progress } from '../render/progress.ts';
import { summary } from '../render/summary.ts';
import { openSource, type TdpSource } from '../source.ts';

/** Options of `tdp-sync run`. */
export interface RunOptions {
  readonly config: string;
  readonly json: boolean;
  readonly logLevel: string;
  /** Only these syncs. Default: every one. */
  readonly sync: readonly string[];
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

interface Outcome {
  readonly report?: RunReport;
  readonly error?: unknown;
}

/** One pass over every sync. */
export async function run(options: RunOptions, console: Console): Promise<number> {
  const loaded = await loadConfig(options.config, console.environment);
  const names = chosenSyncs(loaded, options.sync);
  const progress = openProgress(console, { json: options.json, level: options.logLevel });
  options.signal.addEventListener(
    'abort',
    () => progress.note('Finishing the batch in hand; once more ends it now.'),
    { once: true },
  );
  try {
    await using source = await openSource(loaded, progress.onExchange);
    await using sink = await loaded.adapter.open(loaded.sinkConfig, loaded);
    const outcomes = await runEach(
      names,
      options,
      (name, config) => sync(syncOptions(name, config, source, sink, progress, options.signal)),
      loaded,
    );
    progress.end();
    return conclude(outcomes, options, console);
  } finally {
    progress.end();
  }
}

/** The syncs to work on, in the config's order. */
export function chosenSyncs(
  { config, file }: LoadedConfig,
  wanted: readonly string[],
): readonly string[] {
  const names = Object.keys(config.syncs);
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new CliError(
      `There is no sync "${unknown.join('", "')}" in ${file}. It has: ${names.join(', ')}.`,
    );
  return wanted.length === 0 ? names : names.filter((name) => wanted.includes(name));
}

async function runEach(
  names: readonly string[],
  { signal }: RunOptions,
  runOne: (name: string, config: SyncConfig) => Promise<RunReport>,
  { config }: LoadedConfig,
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  for (const name of names) {
    const settings = config.syncs[name];
    if (settings === undefined || signal.aborted) continue;
    try {
      outcomes.set(name, { report: await runOne(name, settings) });
    } catch (error) {
      outcomes.set(name, { error });
      if (concernsAllSyncs(error)) break;
    }
  }
  return outcomes;
}

function syncOptions(
  name: string,
  config: SyncConfig,
  source: TdpSource,
  sink: Sink,
  progress: Progress,
  signal: AbortSignal,
): SyncOptions {
  return {
    name,
    source: source.client,
    sourceId: source.id,
    sink,
    filter: config.filter,
    sinceMs: config.since,
    settleMs: config.settle,
    lookbackMs: config.lookback,
    maxWindowMs: config.maxWindow,
    content: config.content,
    batch: {
      documents: config.batch.documents,
      bytes: config.batch.bytes,
      ageMs: config.batch.age,
    },
    failureBudget: config.failures,
    concurrency: () => source.limit.current,
    signal,
    emit: progress.onEvent,
  };
}

function conclude(
  outcomes: ReadonlyMap<string, Outcome>,
  options: RunOptions,
  console: Console,
): number {
  if (options.json) {
    printJson(
      console,
      [...outcomes].map(
        ([name, { report, error }]) =>
          report ?? { sync: name, outcome: 'failed', error: describeError(error) },
      ),
    );
  }
  for (const [name, { report, error }] of outcomes) {
    if (report !== undefined && !options.json) print(console, summary(report));
    if (report === undefined) console.err.write(`${name}: ${describeError(error)}\n`);
  }
  return exitCode([...outcomes.values()], options.signal);
}

function exitCode(outcomes: readonly Outcome[], signal: AbortSignal): number {
  const failed = outcomes.find(({ report }) => report === undefined);
  if (failed !== undefined) return exitCodeOf(failed.error);
  if (signal.aborted && outcomes.some(({ report }) => report?.outcome === 'interrupted')) {
    return signal.reason === 'SIGTERM' ? ExitCode.terminated : ExitCode.interrupted;
  }
  return outcomes.some(({ report }) => (report?.failed ?? 0) + (report?.waiting ?? 0) > 0)
    ? ExitCode.someFilesFailed
    : ExitCode.complete;
}
