import { ExitCode } from './exit-code.ts';

const CODES = { SIGINT: ExitCode.interrupted, SIGTERM: ExitCode.terminated } as const;

/** A signal of the system that asks a command to end. */
export type StopSignal = keyof typeof CODES;

/** What a command was stopped by. An error, since it comes out wherever something was waited for. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
  readonly exitCode: number;

  constructor(signal: StopSignal) {
    super(`Stopped by ${signal}; what was committed stays.`);
    this.exitCode = CODES[signal];
  }
}

/** Aborted, with {@link Stopped} as reason, by the first SIGINT or SIGTERM; the second one ends the process. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(CODES[name]);
      stop.abort(new Stopped(name));
    });
  }
  return stop.signal;
}

/** The exit status of a command that this signal has stopped. */
export function stoppedCode({ reason }: AbortSignal): number {
  return reason instanceof Stopped ? reason.exitCode : ExitCode.interrupted;
}

/**
 * Waits for work, but no longer than `graceMs` after the signal.
 *
 * @throws the signal's reason when the work has not ended by then; it may go on.
 */
export function untilStopped<T>(
  work: Promise<T>,
  signal: AbortSignal,
  graceMs: () => number = () => 0,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let late: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      late = setTimeout(() => reject(signal.reason), graceMs());
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => {
      clearTimeout(late);
      signal.removeEventListener('abort', onAbort);
    });
  });
}
