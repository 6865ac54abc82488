import { SinkError } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { sinkError } from '../src/errors.ts';

/** What DuckDB 1.5.6 says, word for word. */
const SAID = [
  [
    'IO Error: Could not set lock on file "/x/lab.duckdb": Conflicting lock is held in /usr/bin/node (PID 42). See also https://duckdb.org/docs/stable/connect/concurrency',
    'SINK_LOCKED',
    true,
  ],
  ['IO Error: Cannot open file "/x/lab.duckdb": Permission denied', 'SINK_PERMISSION', false],
  ['IO Error: Cannot open file "/x/lab.duckdb": Read-only file system', 'SINK_PERMISSION', false],
  [
    'IO Error: Could not write file "/x/lab.duckdb": No space left on device',
    'SINK_UNAVAILABLE',
    false,
  ],
  [
    // Windows, by https://github.com/suketa/ruby-duckdb/issues/1285 and https://github.com/t8y2/dbx/issues/557.
    'IO Error: Cannot open file "/x/lab.duckdb": The process cannot access the file because it is being used by another process.\r\n\n\nFile is already open in \nC:\\Program Files\\nodejs\\node.exe (PID 8252)',
    'SINK_LOCKED',
    true,
  ],
  [
    'IO Error: Cannot open file "/x/lab.duckdb": 另一个程序正在使用此文件，进程无法访问。\r\n\nFile is already open in \nC:\\node.exe (PID 3528)',
    'SINK_LOCKED',
    true,
  ],
  ['IO Error: Cannot open file "/x/lab.duckdb": Access is denied.', 'SINK_PERMISSION', false],
  [
    'IO Error: Could not write file "/x/lab.duckdb": There is not enough space on the disk.',
    'SINK_UNAVAILABLE',
    false,
  ],
  ['TransactionContext Error: Conflict on update!', 'SINK_FAILED', true],
  [
    'Out of Memory Error: failed to allocate data of size 16.0 MiB (476.6 MiB/476.8 MiB used)',
    'SINK_FAILED',
    false,
  ],
  [
    'TransactionContext Error: Failed to commit: failed to pin block of size 256.0 KiB (243.9 MiB/244.1 MiB used)',
    'SINK_FAILED',
    false,
  ],
  [
    'TransactionContext Error: Failed to commit: Checkpoint failed for database "tdp". The database has been invalidated. Original error: failed to pin block of size 256.0 KiB',
    'SINK_UNAVAILABLE',
    true,
  ],
  [
    'TransactionContext Error: Failed to commit: Cannot open file "/x/lab.duckdb.wal": Too many open files',
    'SINK_UNAVAILABLE',
    true,
  ],
  [
    'FATAL Error: Failed: database has been invalidated because of a previous fatal error. Original error: "IO Error: Cannot open file "/x/lab.duckdb.tmp/a": Too many open files"',
    'SINK_UNAVAILABLE',
    true,
  ],
  ['Conversion Error: Could not convert string "a patient" to INT64', 'SINK_FAILED', false],
] as const;

test.each(SAID)('%s', (text, code, retryable) => {
  const cause = new Error(text);
  const error = sinkError(cause, '/x/lab.duckdb');
  expect(error).toMatchObject({ code, retryable, cause });
  expect(error.message).toContain('/x/lab.duckdb');
  expect(error.message).not.toContain('a patient');
});

test('who holds the file is named, on Windows too', () => {
  const held = SAID.filter(([, code]) => code === 'SINK_LOCKED');
  const said = held.map(([text]) => sinkError(new Error(text), '/x/lab.duckdb').message);
  expect(said.map((message) => /held by (.+?)\. A/.exec(message)?.[1])).toEqual([
    '/usr/bin/node (PID 42)',
    'C:\\Program Files\\nodejs\\node.exe (PID 8252)',
    'C:\\node.exe (PID 3528)',
  ]);
});

test('a SinkError stays as it is', () => {
  const error = new SinkError('LOAD_CLOSED', 'closed');
  expect(sinkError(error, 'x')).toBe(error);
});
