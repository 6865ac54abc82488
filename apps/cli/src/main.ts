#!/usr/bin/env node
import { CommanderError } from 'commander';
import type { Console } from './console.ts';
import { describeError, ExitCode, exitCodeOf } from './exit.ts';
import { program } from './program.ts';

const console: Console = {
  out: process.stdout,
  err: process.stderr,
  isTerminal: process.stderr.isTTY === true,
  environment: process.env,
};

const stop = new AbortController();
for (const [signal, code] of [
  ['SIGINT', ExitCode.interrupted],
  ['SIGTERM', ExitCode.terminated],
] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(code);
    stop.abort(signal);
  });
}

process.exitCode = await main();

async function main(): Promise<number> {
  let exitCode: number = ExitCode.complete;
  const onExit = (code: number): void => {
    exitCode = code;
  };
  try {
    await program({ console, signal: stop.signal, onExit }).parseAsync();
    return exitCode;
  } catch (error) {
    // Commander has said what is wrong by itself.
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? ExitCode.complete : ExitCode.config;
    console.err.write(`${describeError(error)}\n`);
    return exitCodeOf(error);
  }
}
