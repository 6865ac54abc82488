import { describeError, exitCodeOf } from '../exit.ts';
import { ExitCode } from '../exit-code.ts';

/** What `check` has found of one thing. */
export interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  readonly exitCode: number;
}

/** What an attempt finds; its error is a finding, too. */
export async function tried(name: string, attempt: () => Promise<Finding>): Promise<Finding> {
  try {
    return await attempt();
  } catch (error) {
    return failed(name, error);
  }
}

/** All is well. */
export function ok(check: string, detail: string): Finding {
  return { check, result: 'ok', detail, exitCode: ExitCode.complete };
}

/** It works, and wants a look. */
export function warning(check: string, detail: string): Finding {
  return { check, result: 'warning', detail, exitCode: ExitCode.complete };
}

/** It does not work. */
export function failed(check: string, error: unknown): Finding {
  // A row of the table is one line.
  const detail = describeError(error).replaceAll('\n', '; ');
  return { check, result: 'failed', detail, exitCode: exitCodeOf(error) };
}
