import type { RunReport, SyncOptions } from '@tdp-sync/core';
import type { Sink } from '@tdp-sync/sink';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { SyncConfig } from '../config/schema.ts';
import { type Console, print, printJson } from '../console.ts';
import { CliError, concernsAllSyncs, describeError, ExitCode, exitCodeOf } from '../exit.ts';
import type { OnLine } from '../journal.ts';
import { openProgress, type Progress } from '../render/progress.ts';
import { openSource, type TdpSource } from '../source.ts';
import { reservedTables, transformOf } from '../transform.ts';

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
  readonly work: (
    options: SyncOptions,
    config: SyncConfig,
    onLine: OnLine,
  ) => Promise<Outcome<Report>>;
  readonly render: (report: Report) => string;
}

/** What came of one sync: a report, an error, or an error after something that is worth a report. */
export interface Outcome<Report> {
  readonly report?: Report;
  readonly error?: unknown;
}

/** Opens source and sink, works on each sync, prints the results, and resolves with the exit code. */
export async function eachSync<Report extends RunReport>(
  options: EachSyncOptions,
  console: Console,
  { work, render }: SyncWork<Report>,
): Promise<number> {
  const loaded = await loadConfig(options.config, console);
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
        syncOptions(name, config, loaded, source, sink, progress, options.signal).then((given) =>
          work(given, config, (_line, trouble) => {
            if (trouble !== undefined) progress.note(`${name}: ${trouble}`);
          }),
        ),
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

async function tried<Report>(work: () => Promise<Outcome<Report>>): Promise<Outcome<Report>> {
  try {
    return await work();
  } catch (error) {
    return { error };
  }
}

/** What core needs to know of a sync. */
export async function syncOptions(
  name: string,
  config: SyncConfig,
  loaded: LoadedConfig,
  source: TdpSource,
  sink: Sink,
  progress: Progress,
  signal: AbortSignal,
): Promise<SyncOptions> {
  return {
    ...configuredOptions(name, config, loaded),
    transform: await transformOf(name, config, loaded, source.schemas),
    source: source.client,
    sourceId: source.id,
    sink,
    concurrency: () => source.limit.current,
    signal,
    emit: progress.onEvent,
  };
}

/** What the config says about a sync, but for its transform. */
export function configuredOptions(
  name: string,
  config: SyncConfig,
  loaded: LoadedConfig,
): Omit<SyncOptions, 'source' | 'sourceId' | 'sink'> {
  return {
    name,
    filter: config.filter,
    sinceMs: config.since,
    settleMs: config.settle,
    lookbackMs: config.lookback,
    maxWindowMs: config.maxWindow,
    content: config.content,
    schema: config.schema,
    reservedTables: reservedTables(name, loaded),
    deletes: config.deletes,
    batch: {
      documents: config.batch.documents,
      bytes: config.batch.bytes,
      ageMs: config.batch.age,
    },
    failureBudget: config.failures,
  };
}

function show<Report extends RunReport>(
  outcomes: ReadonlyMap<string, Outcome<Report>>,
  json: boolean,
  render: (report: Report) => string,
  console: Console,
): void {
  if (json) {
    const results = [...outcomes].map(([sync, { report, error }]) => ({
      ...(report ?? { sync, outcome: 'failed' }),
      ...(error === undefined ? {} : { error: describeError(error) }),
    }));
    printJson(console, results);
  }
  for (const [name, { report, error }] of outcomes) {
    if (report !== undefined && !json) print(console, render(report));
    if (error !== undefined) console.err.write(`${name}: ${describeError(error)}\n`);
  }
}

function exitCode(outcomes: readonly Outcome<RunReport>[], signal: AbortSignal): number {
  const reports: RunReport[] = [];
  for (const { report, error } of outcomes) {
    if (error !== undefined) return exitCodeOf(error);
    if (report !== undefined) reports.push(report);
  }
  if (signal.aborted && reports.some(({ outcome }) => outcome === 'interrupted')) {
    return signal.reason === 'SIGTERM' ? ExitCode.terminated : ExitCode.interrupted;
  }
  return reports.some(({ failing }) => failing > 0) ? ExitCode.someFilesFailed : ExitCode.complete;
}
