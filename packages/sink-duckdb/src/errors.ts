import { SinkError, type SinkErrorCode } from '@tdp-sync/sink';

interface Known {
  readonly pattern: RegExp;
  readonly code: SinkErrorCode;
  readonly retryable?: boolean;
  readonly says: (file: string, match: RegExpExecArray) => string;
}

const OUT_OF_MEMORY =
  /Out of Memory Error|could not allocate block|failed to (?:pin block|allocate|offload)|max_temp_directory_size/i;

/** DuckDB's errors have no codes, so they are told apart by their text; the tests hold these texts. */
const KNOWN: readonly Known[] = [
  {
    // Before all others: it is what a failed commit, an invalidated database and much else come of.
    pattern: /Too many open files/i,
    code: 'SINK_UNAVAILABLE',
    retryable: true,
    says: noMoreFiles,
  },
  {
    // Windows has its own words, in its user's language; who holds the file DuckDB adds in its own.
    pattern:
      /Could not set lock on file(?:[\s\S]*?lock is held in (.+? \(PID \d+\)))?|(?:used by another process[\s\S]*?)?File is already open in\s+(.+? \(PID \d+\))|used by another process/,
    code: 'SINK_LOCKED',
    retryable: true,
    says: (file, [, here, there]) =>
      `${file} is held by ${here ?? there ?? 'another process'}. A DuckDB file has one writer at a time: end that program, or let it close the file, and run again.`,
  },
  {
    // Whether the commit stands is known after the file is opened again: hence retryable.
    pattern: /database has been invalidated|FATAL Error|INTERNAL Error/,
    code: 'SINK_UNAVAILABLE',
    retryable: true,
    says: (file) =>
      `DuckDB has closed ${file} after an error. If it speaks of memory, raise "memoryLimit" or load less at once. Start again: what was committed is safe.`,
  },
  {
    pattern: OUT_OF_MEMORY,
    code: 'SINK_FAILED',
    says: (file) =>
      `DuckDB ran out of memory on ${file}. What was committed is safe. Raise "memoryLimit" in the config's "sink", and run again.`,
  },
  {
    pattern: /different configuration/,
    code: 'SINK_UNAVAILABLE',
    says: (file) =>
      `${file} is open in this process already, with another memoryLimit, threads, checkpointThreshold or tempDirectory. Give all sinks on one file the same settings.`,
  },
  {
    pattern:
      /Permission denied|Operation not permitted|Read-only file system|read-only mode|Access is denied/i,
    code: 'SINK_PERMISSION',
    says: (file) =>
      `${file} cannot be written. The user of this process needs the right to read and write the file and to create files in its folder.`,
  },
  {
    pattern: /Is a directory/i,
    code: 'SINK_UNAVAILABLE',
    says: (file) => `${file} is a folder. Give the path of a file in "path".`,
  },
  {
    pattern: /No such file or directory|Not a directory|cannot find the path specified/i,
    code: 'SINK_UNAVAILABLE',
    says: (file) => `The folder of ${file} does not exist. Create it, or correct "path".`,
  },
  {
    pattern: /not a valid DuckDB database file/,
    code: 'SINK_UNAVAILABLE',
    says: (file) => `${file} exists, but is no DuckDB database. Give another "path".`,
  },
  {
    // It would be read by an extension, and none is ever fetched.
    pattern: /Extension "sqlite/,
    code: 'SINK_UNAVAILABLE',
    says: (file) => `${file} exists, but is SQLite's, and no DuckDB database. Give another "path".`,
  },
  {
    pattern: /database file with version number/,
    code: 'SINK_UNAVAILABLE',
    says: (file) => `${file} was written by a version of DuckDB that this one cannot read.`,
  },
  {
    pattern: /No space left on device|not enough space on the disk/,
    code: 'SINK_UNAVAILABLE',
    says: (file) => `The disk of ${file} is full. Nothing was written; make room and run again.`,
  },
  {
    pattern: /TransactionContext Error|Conflict on|another transaction has altered/,
    code: 'SINK_FAILED',
    retryable: true,
    says: (file) => `Another connection wrote to the same rows of ${file}. Nothing was written.`,
  },
  {
    pattern: /Connection (?:was never established|has been closed|Error)|connection disconnected/i,
    code: 'SINK_UNAVAILABLE',
    says: (file) => `The connection to ${file} is closed.`,
  },
];

function noMoreFiles(file: string): string {
  return `DuckDB can open no more files for ${file}: all are open that this process may have. Nothing was written. Raise the limit (ulimit -n), or let tdp-sync do less at once.`;
}

/** Whether DuckDB could go on, but needed more memory for this one statement than it may use. */
export function isOutOfMemory(error: unknown): boolean {
  return (
    error instanceof SinkError &&
    error.code === 'SINK_FAILED' &&
    OUT_OF_MEMORY.test(String(error.cause))
  );
}

/** The SinkError for what DuckDB threw. One that is a SinkError already comes back as it is. */
export function sinkError(error: unknown, file: string): SinkError {
  if (error instanceof SinkError) return error;
  const text = error instanceof Error ? error.message : String(error);
  for (const { pattern, code, retryable = false, says } of KNOWN) {
    const match = pattern.exec(text);
    if (match !== null) return new SinkError(code, says(file, match), { retryable, cause: error });
  }
  // Only the kind of error: the rest of DuckDB's text may quote what is in a row.
  const kind = /^[A-Z][\w ]*? Error/i.exec(text)?.[0] ?? 'an error';
  return new SinkError('SINK_FAILED', `DuckDB refused with ${kind} on ${file}.`, {
    cause: error,
  });
}
