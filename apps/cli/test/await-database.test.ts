import { type Sink, SinkError } from '@tdp-sync/sink';
import { memorySink } from '@tdp-sync/sink/memory';
import { beforeEach, expect, test, vi } from 'vitest';
import { awaitDatabase, type Waiting } from '../src/commands/await-database.ts';

const held = (): SinkError => new SinkError('SINK_LOCKED', 'lab.duckdb is held by python.');
const told: string[] = [];
const slept: number[] = [];

beforeEach(() => {
  told.length = 0;
  slept.length = 0;
});

/** Refused by each of these errors in turn, then opened. */
function opening(...errors: readonly unknown[]) {
  const left = [...errors];
  return vi.fn(async (): Promise<Sink> => {
    const error = left.shift();
    if (error !== undefined) throw error;
    return memorySink.open({}, { baseDir: '/' });
  });
}

function waiting(waitMs: number | undefined, stop = new AbortController()): Waiting {
  const sleep = async (durationMs: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    slept.push(durationMs);
  };
  return {
    waitMs,
    signal: stop.signal,
    note: (text) => void told.push(text),
    clock: { sleep },
  };
}

test('a database that is free is opened, and nothing is said', async () => {
  await awaitDatabase(opening(), waiting(60_000));
  expect(told).toEqual([]);
});

test('one that is held is asked again until it is let go, told once at each end', async () => {
  const open = opening(held(), held(), held());
  await awaitDatabase(open, waiting(60_000));
  expect(open).toHaveBeenCalledTimes(4);
  expect(told).toEqual([
    'lab.duckdb is held by python. Waiting for it, for 1 min 0 s at most (--wait).',
    'The database is free, after 6.0 s.',
  ]);
});

test('it is waited for no longer than said, and asked once more at the end', async () => {
  const open = opening(...Array.from({ length: 9 }, held));
  await expect(awaitDatabase(open, waiting(5000))).rejects.toMatchObject({ code: 'SINK_LOCKED' });
  expect(open).toHaveBeenCalledTimes(4);
  expect(slept).toEqual([2000, 2000, 1000]);
});

test.each([
  ['without a time to wait', undefined, held()],
  ['for any other reason', 60_000, new SinkError('SINK_PERMISSION', 'It cannot be written.')],
])('it is refused at once %s', async (_, waitMs, error) => {
  await expect(awaitDatabase(opening(error), waiting(waitMs))).rejects.toBe(error);
  expect(told).toEqual([]);
  expect(slept).toEqual([]);
});

test('a signal ends the waiting', async () => {
  const stop = new AbortController();
  stop.abort(new Error('stopped'));
  await expect(awaitDatabase(opening(held()), waiting(60_000, stop))).rejects.toThrow('stopped');
});
