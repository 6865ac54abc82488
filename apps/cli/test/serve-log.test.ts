import type { SyncEvent } from '@tdp-sync/core';
import { SyncError } from '@tdp-sync/core';
import { expect, it, vi } from 'vitest';
import { type Console, openConsole } from '../src/console.ts';
import { Redactor } from '../src/secrets.ts';
import { JobLog, openLog } from '../src/serve/log.ts';

function memory(isTerminal: boolean): { readonly console: Console; readonly text: () => string } {
  let text = '';
  const err = {
    write: (chunk: string): boolean => {
      text += chunk;
      return true;
    },
  } as unknown as NodeJS.WritableStream;
  const redactor = new Redactor();
  redactor.know('a-secret-of-old');
  const parts = { out: err, err, isTerminal, environment: {}, redactor };
  return { console: openConsole(parts), text: () => text };
}

it('writes lines for a person on a terminal, JSON lines elsewhere, and secrets nowhere', () => {
  const terminal = memory(true);
  openLog(terminal.console, 'info', false).info({ sync: 'docs' }, 'has a-secret-of-old');
  expect(terminal.text()).toMatch(/INFO.*has \[redacted\]/);
  expect(terminal.text()).toMatch(/sync.*docs/);
  const program = memory(true);
  openLog(program.console, 'info', true).info({ sync: 'docs' }, 'has a-secret-of-old');
  expect(JSON.parse(program.text())).toMatchObject({ sync: 'docs', msg: 'has [redacted]' });
  const quiet = memory(false);
  openLog(quiet.console, 'warn', false).info('nobody hears it');
  expect(quiet.text()).toBe('');
});

it('dates the lines for a person in UTC, wherever the machine is', () => {
  vi.stubEnv('TZ', 'Asia/Tokyo');
  const { console, text } = memory(true);
  openLog(console, 'info', false).info('well');
  vi.unstubAllEnvs();
  const [, time = ''] = /^\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC)\] /.exec(text()) ?? [];
  expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(60_000);
});

it('shows a person whatever a text holds, each line of a message as a part of it', () => {
  const { console, text } = memory(true);
  const log = openLog(console, 'info', false);
  log.info({ path: 'x\u001b[2J\ny' }, 'one\n[12:00:00] INFO: forged\u009b');
  expect(text()).toContain('one\n    | [12:00:00] INFO: forged\\u{9b}');
  expect(text()).toContain('x\\u{1b}[2J\\u{a}y');
});

it('says of each line to which sync, run, window and file it belongs', () => {
  const { console, text } = memory(false);
  const log = new JobLog(openLog(console, 'debug', false), 'docs', 'run');
  const window = { fromMs: 0, toMs: 3_600_000 };
  const say = (event: object): void => log.onEvent({ sync: 'docs', ...event } as SyncEvent);
  say({ type: 'run-started', run: 'r1', expected: 1, watermarkMs: undefined });
  say({ type: 'window-opened', window, pass: 1 });
  say({ type: 'page-read', hits: 1, known: 0 });
  const error = new SyncError('FILE_NOT_FOUND', 'gone');
  say({ type: 'file-failed', fileId: 'f1', attempt: 1, retryAtMs: 0, error });
  say({ type: 'window-closed', window, files: 1 });
  log.current.info('run ended');
  const lines = text()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.every(({ sync, kind }) => sync === 'docs' && kind === 'run')).toBe(true);
  expect(lines.every(({ run }) => run === 'r1')).toBe(true);
  const named = '1970-01-01T00:00:00.000Z/1970-01-01T01:00:00.000Z';
  expect(lines.map(({ window: of }) => of)).toEqual([
    undefined,
    undefined,
    named,
    named,
    undefined,
    undefined,
  ]);
  expect(lines[3]).toMatchObject({ fileId: 'f1', code: 'FILE_NOT_FOUND' });
});
