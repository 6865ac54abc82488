import { CommanderError } from 'commander';
import { type Console, openConsole, tell } from './console.ts';
import { ExitCode } from './exit-code.ts';
import { program } from './program.ts';
import { Redactor } from './secrets.ts';
import { Stopped, stopSignal } from './stop.ts';

/** Runs the command line of this process and resolves with its exit status. */
export async function start(): Promise<number> {
  const console = openConsole({
    out: process.stdout,
    err: process.stderr,
    isTerminal: process.stderr.isTTY === true,
    environment: process.env,
    redactor: new Redactor(),
  });
  process.on('uncaughtException', (error) => endWith(error, console));
  for (const stream of [process.stdout, process.stderr]) stream.on('error', onWriteError);
  let exitCode: number = ExitCode.complete;
  const onExit = (code: number): void => {
    exitCode = code;
  };
  try {
    await program({ console, signal: stopSignal(), onExit }).parseAsync();
    return exitCode;
  } catch (error) {
    // Commander has said what is wrong by itself.
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? ExitCode.complete : ExitCode.config;
    }
    const code = await toldOf(error, console);
    // What is still under way is not waited for.
    if (error instanceof Stopped) process.exit(error.exitCode);
    return code;
  }
}

/** Who reads may be gone, as `head` is after its lines. That stops no work that is under way; how it ends, its exit code says. */
function onWriteError(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/** Node's own report of what nobody caught would go past the console. */
async function endWith(error: unknown, console: Console): Promise<void> {
  try {
    process.exit(await toldOf(error, console));
  } catch (unreadable) {
    // Nobody catches what is thrown here either: it would come back without end.
    tell(
      console,
      `${error}`,
      `tdp-sync's own files cannot be read: ${unreadable}. Were they replaced while it ran? What is in the database is whole; start it again.`,
    );
    process.exit(ExitCode.unexpected);
  }
}

async function toldOf(error: unknown, console: Console): Promise<number> {
  // It knows all errors of core, which neither --version nor --help has to load.
  const { errorLines, exitCodeOf } = await import('./exit.ts');
  tell(console, ...errorLines(error));
  return exitCodeOf(error);
}
