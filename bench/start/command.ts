import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What one command took, from before its process was started. */
export interface Took {
  readonly durationMs: number;
  readonly cpuMs: number;
}

const execute = promisify(execFile);
/** The shell's own `time` tells what a command and its threads used. */
const TIMED = 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null 2>&1';

/**
 * Runs a command to its end.
 *
 * @throws when it ends with an error.
 */
export async function timed(command: readonly string[]): Promise<Took> {
  const { stderr } = await execute('bash', ['-c', TIMED, 'bash', ...command]);
  const [real = Number.NaN, user = 0, system = 0] = stderr.trim().split(/\s+/).map(Number);
  return { durationMs: real * 1000, cpuMs: (user + system) * 1000 };
}
