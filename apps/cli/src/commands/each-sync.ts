import { filesTable, type HistogramSource, type RunReport, type SyncOptions } from '@tdp-sync/core';
import type { Published, Sink } from '@tdp-sync/sink';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { SyncConfig } from '../config/schema.ts';
import { type Console, print } from '../console.ts';
import { CliError, concernsAllSyncs, describeError, exitCodeOf, Told } from '../exit.ts';
import { ExitCode } from '../exit-code.ts';
import type { WithFailures } from '../failures.ts';
import { nearest } from '../near.ts';
import { publishedLines } from '../render/copies.ts';
import { openProgress } from '../render/progress/open.ts';
import type { Progress } from '../render/progress/progress.ts';
import { printResults } from '../render/results.ts';
import { Stopped, stoppedCode, untilStopped } from '../stop.ts';
import { failuresOf } from '../sync/failed-files.ts';
import type { OnLine } from '../sync/journal.ts';
import { openToLook } from '../sync/look.ts';
import { configuredOptions } from '../sync/options.ts';
import { copyStatus, publishCopies } from '../sync/publish.ts';
import { openSource, type TdpSource } from '../sync/source.ts';
import { type OpenTransform, transformOf } from '../sync/transform.ts';
import { startTelemetry } from '../telemetry.ts';
import { awaitDatabase } from './await-database.ts';

/** Options of every command that works on syncs one after the other. */
export interface EachSyncOptions {
  readonly config: string;
  readonly json: boolean;
  readonly logLevel: string;
  /** Only these syncs. Default: every one. */
  readonly sync: readonly string[];
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Whether nothing is to be brought in, so that a database that is not there need not be made. */
  readonly isLook?: boolean;
  /** Milliseconds for which a database that another process holds is waited for. Default 0. */
  readonly wait?: number;
  /** Whether other processes ask the same TDP for files of the same backlog. Default `false`. */
  readonly isShared?: boolean;
  /** Failed files alone make no failure: 0 in place of 6. */
  readonly failedFilesOk?: boolean;
}

/** What such a command does with one sync, and how it says so. */
export interface SyncWork<Report extends RunReport> {
  /** Its name. */
  readonly command: string;
  readonly work: (
    options: OpenedOptions,
    config: SyncConfig,
    onLine: OnLine,
  ) => Promise<Outcome<Report>>;
  /** In lines. */
  readonly render: (report: WithFailures<Report>) => readonly string[];
}

/** What came of one sync: a report, an error, or an error after something that is worth a report. */
export interface Outcome<Report> {
  readonly report?: Report;
  readonly error?: unknown;
}

/**
 * Works on each sync, prints the results, and resolves with the exit code.
 *
 * @throws the signal's reason when it has not come to the last one, or has not ended in time.
 */
export async function eachSync<Report extends RunReport>(
  options: EachSyncOptions,
  console: Console,
  { command, work, render }: SyncWork<Report>,
): Promise<number> {
  const { signal, json } = options;
  const { outcomes, isWhole, published, tellError } = await walkSyncs<
    Outcome<WithFailures<Report>>
  >(options, console, async (opened) => {
    const { name, config, progress } = opened;
    const onAbort = (): void =>
      progress.note('Finishing the batch in hand; once more ends it now.');
    signal.addEventListener('abort', onAbort);
    try {
      const given = await opened.options();
      const outcome = await work(given, config, (_line, trouble) => {
        if (trouble !== undefined) progress.note(`${name}: ${trouble}`);
      });
      return await withFailures(outcome, given);
    } catch (error) {
      return { error };
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  });
  show(outcomes, { command, json, render, published, tellError }, console);
  if (!isWhole) throw signal.reason;
  const code = exitCode([...outcomes.values()], signal);
  const isOk = code === ExitCode.someFilesFailed && options.failedFilesOk === true;
  return withCopies(isOk ? ExitCode.complete : code, published);
}

/** Whoever waits for the copy is to know that it is not there; what was wrong before counts more. */
export function withCopies(code: number, published: readonly Published[]): number {
  const isWhole = code === ExitCode.complete || code === ExitCode.someFilesFailed;
  const failed = published.find(({ error }) => error !== undefined);
  return isWhole && failed !== undefined ? exitCodeOf(failed.error) : code;
}

async function withFailures<Report extends RunReport>(
  { report, ...rest }: Outcome<Report>,
  { name, sink }: SyncOptions,
): Promise<Outcome<WithFailures<Report>>> {
  if (report === undefined) return rest;
  const { groups } = report.failing === 0 ? { groups: [] } : await failuresOf(name, sink);
  const { name: filesTableName } = filesTable(name);
  return { ...rest, report: { ...report, failures: groups, filesTable: filesTableName } };
}

/** A sync whose source and sink are open. */
export interface OpenedSync {
  readonly name: string;
  readonly config: SyncConfig;
  readonly source: TdpSource;
  readonly progress: Progress;
  /** What core needs to know of it. @throws CliError when its transform cannot be had. */
  readonly options: () => Promise<OpenedOptions>;
}

/** What core needs to know of a sync, with a source that counts by time, too. */
export type OpenedOptions = SyncOptions & { readonly source: HistogramSource };

/** What came of the syncs. */
export interface Walk<Result> {
  readonly outcomes: ReadonlyMap<string, Result>;
  /** `false` when the signal has ended it before all that was under way or to be done. */
  readonly isWhole: boolean;
  /** The copies for readers; none where nothing was to be brought in, or it was stopped: then the next run renews them. */
  readonly published: readonly Published[];
  /** Says what a sync has ended with: in the lines of a person, or in one like all others of the log. */
  readonly tellError: (error: unknown, sync: string) => void;
}

/**
 * Opens source and sink and works on one sync after the other, until an error concerns all of them. What has not ended
 * in time after the signal is left as it is.
 */
export async function walkSyncs<Result extends object>(
  options: EachSyncOptions,
  console: Console,
  work: (opened: OpenedSync) => Promise<Result>,
): Promise<Walk<Result>> {
  const loaded = await loadConfig(options.config, console);
  const names = chosenSyncs(loaded, options.sync);
  const progress = await openProgress(console, { json: options.json, level: options.logLevel });
  const { signal } = options;
  const outcomes = new Map<string, Result>();
  let published: readonly Published[] = [];
  const walk = async (): Promise<boolean> => {
    await using _telemetry = await startTelemetry(loaded.environment, progress.note);
    const { onExchange } = progress;
    await using source = await openSource(loaded, onExchange, undefined, 0, options.isShared);
    if (source.remark !== undefined) progress.note(source.remark);
    const open = (): Promise<Sink> =>
      options.isLook === true ? openToLook(loaded) : loaded.adapter.open(loaded.sinkConfig, loaded);
    await using sink = await awaitDatabase(open, {
      waitMs: options.wait,
      signal,
      note: progress.note,
    });
    for (const name of names) {
      const config = loaded.config.syncs[name];
      if (config === undefined) continue;
      if (signal.aborted) return false;
      const opened = { name, config, source, progress };
      const outcome = await withOptions(opened, loaded, sink, signal, work);
      outcomes.set(name, outcome);
      if ('error' in outcome && concernsAllSyncs(outcome.error)) break;
    }
    if (options.isLook !== true && !signal.aborted)
      published = await publishAfter([...outcomes.values()], loaded, progress);
    return true;
  };
  try {
    const isWhole = await untilStopped(walk(), signal, () => loaded.config.serve.drain);
    return { outcomes, isWhole, published, tellError: progress.failed };
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) {
      progress.failed(error);
      throw new Told(error);
    }
    return { outcomes, isWhole: false, published, tellError: progress.failed };
  } finally {
    progress.end();
  }
}

/** Whatever has ended the syncs: what they had committed by then is for readers, too. */
async function publishAfter(
  outcomes: readonly object[],
  loaded: LoadedConfig,
  progress: Progress,
): Promise<readonly Published[]> {
  try {
    const published = await publishCopies(loaded);
    for (const { error } of published) if (error !== undefined) progress.failed(error);
    return published;
  } catch (error) {
    // A database that has failed a sync has been told of.
    if (outcomes.some((outcome) => 'error' in outcome)) return [];
    throw error;
  }
}

/** The syncs to work on, in the config's order. */
export function chosenSyncs(
  { config, file }: LoadedConfig,
  wanted: readonly string[],
): readonly string[] {
  const names = Object.keys(config.syncs);
  const unknown = wanted.filter((name) => !names.includes(name));
  const [first] = unknown;
  if (first !== undefined) {
    const meant = unknown.length === 1 ? nearest(first, names) : undefined;
    const guess = meant === undefined ? '' : ` Did you mean ${meant}?`;
    throw new CliError(
      `There is no sync "${unknown.join('", "')}" in ${file}.${guess} It has: ${names.join(', ')}.`,
    );
  }
  return wanted.length === 0 ? names : names.filter((name) => wanted.includes(name));
}

/** Works on a sync, and ends the process of its transform afterwards. */
async function withOptions<Result>(
  opened: Omit<OpenedSync, 'options'>,
  loaded: LoadedConfig,
  sink: Sink,
  signal: AbortSignal,
  work: (opened: OpenedSync) => Promise<Result>,
): Promise<Result> {
  const { name, config, source, progress } = opened;
  const transforms: OpenTransform[] = [];
  const options = async (): Promise<OpenedOptions> => {
    const transform = await transformOf(name, config, loaded, {
      schemas: source.schemas,
      onOutput: (line) => progress.onOutput(name, line),
    });
    transforms.push(transform);
    return syncOptions(opened, loaded, transform, sink, signal);
  };
  try {
    return await work({ ...opened, options });
  } finally {
    for (const transform of transforms) await transform[Symbol.asyncDispose]();
  }
}

function syncOptions(
  { name, config, source, progress }: Omit<OpenedSync, 'options'>,
  loaded: LoadedConfig,
  transform: OpenTransform,
  sink: Sink,
  signal: AbortSignal,
): OpenedOptions {
  return {
    ...configuredOptions(name, config, loaded),
    transform,
    source: source.client,
    sourceId: source.id,
    sink,
    concurrency: () => source.limit.current,
    signal,
    emit: progress.onEvent,
  };
}

function show<Report extends RunReport>(
  outcomes: ReadonlyMap<string, Outcome<WithFailures<Report>>>,
  {
    command,
    json,
    render,
    published,
    tellError,
  }: Pick<SyncWork<Report>, 'command' | 'render'> &
    Pick<EachSyncOptions, 'json'> &
    Pick<Walk<object>, 'published' | 'tellError'>,
  console: Console,
): void {
  if (json) {
    const results = [...outcomes].map(([sync, { report, error }]) => ({
      ...(report ?? { sync, outcome: error instanceof Stopped ? 'interrupted' : 'failed' }),
      ...(error === undefined ? {} : { error: describeError(error) }),
    }));
    printResults(console, command, results, published.map(copyStatus));
  }
  for (const [name, { report, error }] of outcomes) {
    if (report !== undefined && !json) print(console, ...render(report));
    if (error !== undefined) tellError(error, name);
  }
  if (!json) print(console, ...publishedLines(published));
}

function exitCode(outcomes: readonly Outcome<RunReport>[], signal: AbortSignal): number {
  const reports: RunReport[] = [];
  for (const { report, error } of outcomes) {
    if (error !== undefined) return exitCodeOf(error);
    if (report !== undefined) reports.push(report);
  }
  if (signal.aborted && reports.some(({ outcome }) => outcome === 'interrupted'))
    return stoppedCode(signal);
  return reports.some(({ failing }) => failing > 0) ? ExitCode.someFilesFailed : ExitCode.complete;
}
