import { SyncError, type SyncEvent } from '@tdp-sync/core';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { EventLog } from '../src/render/progress/lines.ts';

function failed(at: number, where: string): SyncEvent {
  const path = `/lab/${at}.json`;
  const fileId = `f${at}`;
  const error = new SyncError(
    'DOCUMENT_INVALID',
    `The content of ${path} (fileId ${fileId}) cannot become a document: it ends too early.`,
    { where },
  );
  return { type: 'file-failed', sync: 'lab', fileId, path, attempt: 1, retryAtMs: 0, error };
}

/** What is logged of forty files that fail alike, each at a place of its own. */
function logged(level: string): readonly string[] {
  const lines: string[] = [];
  const log = pino({ level }, { write: (line: string) => void lines.push(line) });
  const events = new EventLog();
  for (let at = 0; at < 40; at += 1)
    events.write(log, failed(at, `At byte ${at}, line 1: the end.`));
  events.end(log);
  return lines;
}

test('files that fail alike have a line for the first five, and are counted as one', () => {
  const lines = logged('info');
  expect(lines).toHaveLength(6);
  expect(lines[4]).toContain('/lab/4.json (fileId f4) cannot become a document');
  expect(lines[4]).toContain('At byte 4, line 1');
  expect(lines[5]).toContain(
    '40 files in all failed with: The content of this file cannot become a document: it ends too early.',
  );
});

test('with more detail each has its line', () => {
  expect(logged('debug')).toHaveLength(41);
});
