import { CommanderError } from 'commander';
import { type Console, redactedConsole } from './console.ts';
import { ExitCode } from './exit-code.ts';
import { program } from './program.ts';
import { Redactor } from './secrets.ts';
import { Stopped, stopSignal } from './stop.ts';

/** Runs the command line of this process and resolves with its exit status. */
export async function start(): Promise<number> {
  const plain: Console = {
    out: process.stdout,
    err: process.stderr,
    isTerminal: process.stderr.isTTY === true,
    environment: process.env,
  };
  const console = redactedConsole(plain, new Redactor());
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
    // It knows all errors of core, which neither --version nor --help has to load.
    const { describeError, exitCodeOf } = await import('./exit.ts');
    console.err.write(`${describeError(error)}\n`);
    // What is still under way is not waited for.
    if (error instanceof Stopped) process.exit(error.exitCode);
    return exitCodeOf(error);
  }
}
