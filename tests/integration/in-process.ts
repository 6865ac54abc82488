import { join } from 'node:path';
import { CommanderError } from 'commander';
import { openConsole } from '../../apps/cli/src/console.ts';
import { program } from '../../apps/cli/src/program.ts';
import { Redactor } from '../../apps/cli/src/secrets.ts';
import type { World } from './world.ts';

/** What a command has written to each of its streams, and how it ended. */
export interface Written {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

/** Where a command runs. */
export interface Around {
  /** Somebody watches: with progress bar, colours, and lines for a person. Default `false`. */
  readonly isTerminal?: boolean;
  /** Ends `serve`. */
  readonly signal?: AbortSignal;
  /** Told of everything written so far. */
  readonly onWrite?: (written: string) => void;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a command of the world in this process, so that its streams can be terminals. */
export async function inProcess(
  { dir }: World,
  args: readonly string[],
  { isTerminal = false, signal, onWrite, environment = {} }: Around = {},
): Promise<Written> {
  const [out, err] = [memory(isTerminal, onWrite), memory(isTerminal, onWrite)];
  const redactor = new Redactor();
  const console = openConsole({ ...{ isTerminal, environment, redactor }, out, err });
  let code = 0;
  const onExit = (status: number): void => {
    code = status;
  };
  const inFolder = ['--config', join(dir, 'tdp-sync.yaml')];
  try {
    const given = [...args, ...(args[0] === 'schema' ? [] : inFolder)];
    const root = program({ console, signal: signal ?? new AbortController().signal, onExit });
    await root.parseAsync(given, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      const { errorLines, exitCodeOf } = await import('../../apps/cli/src/exit.ts');
      console.err.lines(...errorLines(error));
      code = exitCodeOf(error);
    }
  }
  return { out: out.text(), err: err.text(), code };
}

function memory(
  isTTY: boolean,
  onWrite: (written: string) => void = () => undefined,
): NodeJS.WritableStream & { text(): string } {
  let text = '';
  const write = (chunk: string): boolean => {
    text += chunk;
    onWrite(text);
    return true;
  };
  return { write, isTTY, columns: 400, text: () => text } as never;
}
