import type { RunReport, SyncOptions } from '@tdp-sync/core';
import type { Sink } from '@tdp-sync/sink';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { SyncConfig } from '../config/schema.ts';
import { type Console, print, printJson } from '../console.ts';
import { CliError, concernsAllSyncs, describeError, ExitCode, exitCodeOf } from '../exit.ts';
import { openProgress, type Progress } from '../render/progress.ts';
import { openSource, type TdpSource } from '../source.ts';

/** Options of every command that works on syncs one after the other. */
export interface EachSyncOptions {
  readonly config: string;
  readonly json: boolean;
  readonly logLevel: string;
  /** Only these syncs. Default: every one. */
  readonly sync: readonly string[];
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

/** What such a command does with one sync, and how it says so. */
export interface SyncWork<Report extends RunReport> {
  readonly work: (options: SyncOptions, config: SyncConfig) => Promise<Report>;
  readonly render: (report: Report) => string;
}

type Outcome<Report> = { readonly report: Report } | { readonly error: unknown };

/** Opens source and sink, works on each sync, prints the results, and resolves with the exit code. */
export async function eachSync<Report extends RunReport>(
  options: EachSyncOptions,
  console: Console,
  { work, render }: SyncWork<Report>,
): Promise<number> {
  const loaded = await loadConfig(options.config, console.environment);
  const names = chosenSyncs(loaded, options.sync);
  const progress = openProgress(console, { json: options.json, level: options.logLevel });
  options.signal.addEventListener(
    'abort',
    () => progress.note('Finishing the batch in hand; once more ends it now.'),
    { once: true },
  );
  const outcomes = new Map<string, Outcome<Report>>();
  try {
    await using source = await openSource(loaded, progress.onExchange);
    await using sink = await loaded.adapter.open(loaded.sinkConfig, loaded);
    for (const name of names) {
      const config = loaded.config.syncs[name];
      if (config === undefined || options.signal.aborted) continue;
      const outcome = await tried(() =>
        work(syncOptions(name, config, source, sink, progress, options.signal), config),
      );
      outcomes.set(name, outcome);
      if ('error' in outcome && concernsAllSyncs(outcome.error)) break;
    }
  } finally {
    progress.end();
  }
  show(outcomes, options.json, render, console);
  return exitCode([...outcomes.values()], options.signal);
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

async function tried<Report>(work: () => Promise<Report>): Promise<Outcome<Report>> {
  try {
    return { report: await work() };
  } catch (error) {
    return { error };
  }
}

/** What core needs to know of a sync. */
export function syncOptions(
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
    deletes: config.deletes,
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

function show<Report extends RunReport>(
  outcomes: ReadonlyMap<string, Outcome<Report>>,
  json: boolean,
  render: (report: Report) => string,
  console: Console,
): void {
  if (json) {
    const results = [...outcomes].map(([sync, outcome]) =>
      'report' in outcome
        ? outcome.report
        : { sync, outcome: 'failed', error: describeError(outcome.error) },
    );
    printJson(console, results);
  }
  for (const [name, outcome] of outcomes) {
    if ('error' in outcome) console.err.write(`${name}: ${describeError(outcome.error)}\n`);
    else if (!json) print(console, render(outcome.report));
  }
}

function exitCode(outcomes: readonly Outcome<RunReport>[], signal: AbortSignal): number {
  const reports: RunReport[] = [];
  for (const outcome of outcomes) {
    if ('error' in outcome) return exitCodeOf(outcome.error);
    reports.push(outcome.report);
  }
  if (signal.aborted && reports.some(({ outcome }) => outcome === 'interrupted')) {
    return signal.reason === 'SIGTERM' ? ExitCode.terminated : ExitCode.interrupted;
  }
  return reports.some(({ failing }) => failing > 0) ? ExitCode.someFilesFailed : ExitCode.complete;
}
