import { Command, Option } from 'commander';
import { positiveInteger, share } from './arguments.ts';
import type { Console } from './console.ts';
import {
  addParts,
  failedOk,
  handConfigOn,
  json,
  level,
  syncs,
  wait,
  warnAfter,
} from './options.ts';
import { withHint } from './other-words.ts';
import { untilStopped } from './stop.ts';
import { version } from './version.ts';

/** What the process tells the commands. */
export interface Surroundings {
  readonly console: Console;
  /** Aborted by the first SIGINT or SIGTERM, with `Stopped` as reason. */
  readonly signal: AbortSignal;
  /** Told the exit status of the command. */
  readonly onExit: (code: number) => void;
}

/** The command line. Each command is imported only when it is used. */
export function program({ console, signal, onExit }: Surroundings): Command {
  const root = new Command('tdp-sync')
    .description('Keeps a database in step with the Tetra Data Platform (TDP).')
    .version(version)
    .configureOutput({
      writeOut: (text) => console.out.lines(...text.trimEnd().split('\n')),
      writeErr: (text) => console.err.lines(...text.trimEnd().split('\n')),
      outputError: (text, write) => {
        write(withHint(text));
      },
    })
    .option('-c, --config <file>', 'the config file, before or behind the command')
    .hook('preAction', handConfigOn)
    .exitOverride()
    .showHelpAfterError('(--help shows what there is)');

  const command = (name: string, description: string): Command =>
    root
      .command(name)
      .description(description)
      .option('-c, --config <file>', 'the config file', 'tdp-sync.yaml');
  /** A command that has nothing to commit ends at once when it is asked to. */
  const ending = async (work: Promise<number>) => onExit(await untilStopped(work, signal));
  root
    .command('init')
    .description('Write a commented config, an .env.example and a JSON Schema for editors.')
    .option('-d, --dir <folder>', 'where to', '.')
    .option('--from <file>', 'a search that you have: JSON, a notebook, or - for a cell on stdin')
    .option('--url <address>', "address of TDP's API")
    .option('--sync <name>', 'name of the first sync')
    .option('--source-type <type>', 'sync only this source type, such as empower')
    .option('--database <file>', 'the DuckDB file to write')
    .option('--force', 'overwrite what is there', false)
    .action(async (options) =>
      onExit(await (await import('./commands/init.ts')).init(options, console)),
    );

  command('check', 'Try config, token, search, clocks and sink. Loads nothing.')
    .addOption(json())
    .action(async (options) =>
      ending((await import('./commands/check.ts')).check(options, console)),
    );

  command('preview', 'Show the tables and rows that a few files would become. Writes nothing.')
    .addOption(syncs())
    .option('-n, --files <count>', 'files per sync', positiveInteger, 3)
    .addOption(json())
    .action(async (options) =>
      ending((await import('./commands/preview.ts')).preview(options, console)),
    );

  command('plan', 'Say what the next run would bring and take. Writes nothing.')
    .argument('[sync...]', 'only these syncs')
    .addOption(syncs())
    .option('--no-sample', 'retrieve no file to measure how long it takes')
    .addOption(json())
    .addOption(wait())
    .addOption(level())
    .action(async (sync: string[], options) => {
      const given = { ...options, sync: [...options.sync, ...sync], signal };
      onExit(await (await import('./commands/plan.ts')).plan(given, console));
    });

  addParts(command('run', 'Bring the database up to date once, and end.').addOption(syncs()))
    .addOption(json())
    .addOption(failedOk())
    .addOption(wait())
    .addOption(level())
    .action(async (options) =>
      onExit(await (await import('./commands/run.ts')).run({ ...options, signal }, console)),
    );

  command(
    'serve',
    'Keep the database up to date until stopped; with status page, probes and metrics.',
  )
    .addOption(new Option('--json', 'log as JSON lines on a terminal too').default(false))
    .addOption(level())
    .action(async (options) =>
      onExit(await (await import('./commands/serve.ts')).serve({ ...options, signal }, console)),
    );

  command('retry', 'Try every failed file now, due or not.')
    .addOption(syncs())
    .addOption(json())
    .addOption(failedOk())
    .addOption(wait())
    .addOption(level())
    .action(async (options) =>
      onExit(await (await import('./commands/retry.ts')).retryNow({ ...options, signal }, console)),
    );

  command(
    'sweep',
    "Compare TDP's whole listing with the database: deleted files, changed labels, late versions.",
  )
    .addOption(syncs())
    .option(
      '--max-vanished <share>',
      'how much may newly be missing, from 0 to 1, in place of the config',
      share,
    )
    .addOption(json())
    .addOption(failedOk())
    .addOption(wait())
    .addOption(level())
    .action(async (options) =>
      onExit(await (await import('./commands/sweep.ts')).sweepNow({ ...options, signal }, console)),
    );

  command('rebuild', 'Make the rows of all files anew that follow an older mapping.')
    .addOption(syncs())
    .option('--all', 'also those that follow the current one', false)
    .addOption(json())
    .addOption(failedOk())
    .addOption(wait())
    .addOption(level())
    .action(async (options) =>
      onExit(
        await (await import('./commands/rebuild.ts')).rebuildNow({ ...options, signal }, console),
      ),
    );

  command('reload', 'Load files anew that the database has: chosen by a condition, path or fileId.')
    .argument('<sync>', 'the sync')
    .option('--where <condition>', `SQL on the files table, such as "file_path LIKE '/lab/%'"`)
    .option('--path <path...>', 'paths of files; * stands for anything')
    .option('--file-id <id...>', 'ids of versions, as the column file_id has them')
    .option('--yes', 'do not ask, however many they are', false)
    .addOption(json())
    .addOption(failedOk())
    .addOption(wait())
    .addOption(level())
    .action(async (sync, options) =>
      onExit(
        await (await import('./commands/reload.ts')).reloadNow(
          { ...options, sync, signal },
          console,
        ),
      ),
    );

  command(
    'verify',
    'Compare TDP with the database, and the rows with what was stored; name every file that differs.',
  )
    .addOption(syncs())
    .option('--repair', 'bring in what is missing, stale, changed or failed', false)
    .option('--full', 'look at every file: also finds attributes changed without a stamp', false)
    .addOption(
      new Option(
        '--sample <files>',
        'besides fetch so many files anew, chosen by chance, and compare every cell',
      ).argParser(positiveInteger),
    )
    .addOption(json())
    .addOption(wait())
    .addOption(level())
    .action(async (options) =>
      onExit(
        await (await import('./commands/verify.ts')).verifyNow({ ...options, signal }, console),
      ),
    );

  command('status', 'Say where every sync stands, and how far behind TDP it is.')
    .addOption(syncs())
    .addOption(json())
    .action(async (options) =>
      ending((await import('./commands/status.ts')).status(options, console)),
    );

  command('reset', 'Forget where a sync stands, so that the next run reads everything again.')
    .argument('<sync>', 'the sync')
    .option('--yes', 'really do it', false)
    .action(async (sync, options) =>
      ending((await import('./commands/reset.ts')).reset({ ...options, sync }, console)),
    );

  command('drop', 'Remove what is noted of a sync that is not wanted any more. Its tables stay.')
    .argument('<sync>', 'the sync, whether the config still has it or not')
    .option('--yes', 'do not ask', false)
    .action(async (sync, options) =>
      ending((await import('./commands/drop.ts')).drop({ ...options, sync }, console)),
    );

  command('dbt-sources', "Print dbt's sources.yml for the tables that are there.")
    .argument('[sync]', 'the sync; all of them if left out')
    .addOption(warnAfter())
    .action(async (sync, options) =>
      ending((await import('./commands/dbt-sources.ts')).dbtSources({ ...options, sync }, console)),
    );

  command('rename', 'Give a sync another name in the config. The database is not touched.')
    .argument('<sync>', 'the sync')
    .argument('<name>', 'what it is to be called')
    .action(async (sync, to, options) =>
      ending((await import('./commands/rename.ts')).rename({ ...options, sync, to }, console)),
    );

  command(
    'conformance',
    'Try the sink against every obligation of the contract, in scratch databases.',
  )
    .option('--only <text>', 'only the cases whose name has this text in it')
    .option(
      '--timeout <seconds>',
      'how long one case may take before it has failed (default: 600)',
      positiveInteger,
    )
    .addOption(json())
    .action(async (options) =>
      ending((await import('./commands/conformance.ts')).conformance(options, console)),
    );

  root
    .command('schema')
    .description('Print the JSON Schema of the config.')
    .action(async () =>
      onExit(
        await (await import('./commands/schema.ts')).schema({ baseDir: process.cwd() }, console),
      ),
    );

  return root;
}
