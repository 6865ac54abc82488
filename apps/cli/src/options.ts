import { type Command, Option } from 'commander';
import { durationMs, momentMs, positiveInteger, sliceShare } from './arguments.ts';

/** Results as JSON. */
export const json = (): Option => new Option('--json', 'results as JSON').default(false);

/** Which syncs. */
export const syncs = (): Option =>
  new Option('-s, --sync <name...>', 'only these syncs').default([], 'all');

/** Whether failed files alone are a failure. */
export const failedOk = (): Option =>
  new Option('--failed-files-ok', 'exit with 0, and not 6, when only files have failed').default(
    false,
  );

/** How long to wait for the database. */
export const wait = (): Option =>
  new Option(
    '--wait <duration>',
    'how long to wait for a database that another process holds, such as 10m',
  ).argParser(durationMs);

/** How much is logged. */
export const level = (): Option =>
  new Option('--log-level <level>', 'how much is logged where there is no progress bar')
    .choices(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info');

/** Which part of what there is a run is about, in place of what is new. */
export function addParts(run: Command): Command {
  return run
    .option(
      '--from <date>',
      'only the files indexed from then on, such as 2024-01; the position stays where it is',
      momentMs,
    )
    .option('--to <date>', 'and before then (default: now)', momentMs)
    .addOption(
      new Option(
        '--slice <index/of>',
        'only this share of the backlog, such as 0/8: for several workers side by side',
      )
        .argParser(sliceShare)
        .conflicts(['from', 'to']),
    )
    .option(
      '--slice-files <count>',
      'about so many files make a slice, where the backlog is not cut yet (default: 100000)',
      positiveInteger,
    );
}

/** When dbt is to warn. */
export const warnAfter = (): Option =>
  new Option('--warn-after <duration>', 'dbt source freshness warns when nothing came for so long')
    .argParser(durationMs)
    .default(86_400_000, '1d');

/** The root takes a config that is named before the command or behind it, and hands it on. */
export function handConfigOn(root: Command, action: Command): void {
  const { config } = root.opts<{ config?: string }>();
  if (config === undefined) return;
  if (action.getOptionValueSource('config') === undefined)
    action.error(`error: "${action.name()}" takes no --config`);
  action.setOptionValueWithSource('config', config, 'cli');
}
