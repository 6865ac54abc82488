import { ExitCode } from './exit-code.ts';

const CODES = {
  SIGINT: ExitCode.interrupted,
  SIGTERM: ExitCode.terminated,
  SIGBREAK: ExitCode.interrupted,
  SIGHUP: ExitCode.terminated,
} as const;

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

/**
 * What asks a command to end on this platform. Windows sends no SIGTERM; Ctrl+Break is SIGBREAK there, and the closing of the console's
 * window SIGHUP, some ten seconds before the process is ended whatever it does.
 */
export function stopSignals(platform: NodeJS.Platform): readonly StopSignal[] {
  return platform === 'win32' ? ['SIGINT', 'SIGBREAK', 'SIGHUP'] : ['SIGINT', 'SIGTERM'];
}

/** What asks `serve` to read its config anew: nothing on Windows, where that signal asks to end. */
export function reloadSignal(platform: NodeJS.Platform): 'SIGHUP' | undefined {
  return platform === 'win32' ? undefined : 'SIGHUP';
}

/** Aborted, with {@link Stopped} as reason, by the first of {@link stopSignals}; the second one ends the process. */
export function stopSignal(platform: NodeJS.Platform = process.platform): AbortSignal {
  const stop = new AbortController();
  for (const name of stopSignals(platform)) {
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
