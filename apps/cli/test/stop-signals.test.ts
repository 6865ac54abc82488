import { expect, it } from 'vitest';
import { ExitCode } from '../src/exit-code.ts';
import { reloadSignal, Stopped, stopSignals } from '../src/stop.ts';

it('what asks to end is what the platform sends, and nothing asks for two things', () => {
  for (const platform of ['linux', 'darwin'] as const) {
    expect(stopSignals(platform)).toEqual(['SIGINT', 'SIGTERM']);
    expect(reloadSignal(platform)).toBe('SIGHUP');
  }
  // Windows: Ctrl+C, Ctrl+Break, and the window that is closed.
  expect(stopSignals('win32')).toEqual(['SIGINT', 'SIGBREAK', 'SIGHUP']);
  expect(reloadSignal('win32')).toBeUndefined();
});

it('each of them has the exit code of its kind', () => {
  const code = (name: 'SIGINT' | 'SIGTERM' | 'SIGBREAK' | 'SIGHUP'): number =>
    new Stopped(name).exitCode;
  expect([code('SIGINT'), code('SIGBREAK')]).toEqual([ExitCode.interrupted, ExitCode.interrupted]);
  expect([code('SIGTERM'), code('SIGHUP')]).toEqual([ExitCode.terminated, ExitCode.terminated]);
});
