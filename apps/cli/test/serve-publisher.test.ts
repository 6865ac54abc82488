import { setImmediate as turn } from 'node:timers/promises';
import { type Published, SinkError } from '@tdp-sync/sink';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Metrics } from '../src/serve/metrics.ts';
import { Publisher } from '../src/serve/publisher.ts';

const COPY: Published = {
  ...{ target: '/read.duckdb', atMs: 0, isCurrent: true, isGone: false, isNew: true },
  error: undefined,
};
const FAILED: Published = {
  ...{ ...COPY, isCurrent: false, isNew: false },
  error: new SinkError('PUBLISH_FAILED', 'the disk is full', { retryable: true }),
};

let nowMs: number;
let sleeps: { untilMs: number; wake: () => void }[];
let board: { name: string; commits: number; isAtWork: boolean };
let told: (sync: string | undefined) => void;
let made: { atMs: number }[];
let answer: () => Promise<readonly Published[]>;
let shown: readonly Published[];
let log: string;
let publisher: Publisher;

const clock = {
  now: () => nowMs,
  sleep: (durationMs: number, signal?: AbortSignal) =>
    new Promise<void>((wake, reject) => {
      sleeps.push({ untilMs: nowMs + durationMs, wake });
      signal?.addEventListener('abort', () => reject(signal.reason));
    }),
};

/** Lets time pass, and all that follows from it happen. */
async function pass(durationMs: number): Promise<void> {
  nowMs += durationMs;
  for (let round = 0; round < 5; round += 1) {
    const due = sleeps.filter(({ untilMs }) => untilMs <= nowMs);
    sleeps = sleeps.filter(({ untilMs }) => untilMs > nowMs);
    for (const { wake } of due) wake();
    await turn();
  }
}

/** A job ends that has committed something. */
async function commit(): Promise<void> {
  board.commits += 1;
  told('lab');
  await pass(0);
}

beforeEach(async () => {
  nowMs = 0;
  sleeps = [];
  board = { name: 'lab', commits: 0, isAtWork: false };
  made = [];
  answer = async () => [COPY];
  shown = [];
  log = '';
  const adapter = {
    publish: () => {
      made.push({ atMs: nowMs });
      return answer();
    },
  };
  const service = {
    boards: [board],
    runtime: {
      loaded: { adapter, sinkConfig: {} },
      lease: { use: (work: () => unknown) => work() },
    },
    onChange: (listener: typeof told) => {
      told = listener;
      return () => undefined;
    },
    show: (copies: readonly Published[]) => {
      shown = copies;
    },
  };
  const write = (line: string): void => {
    log += line;
  };
  const parts = { clock, log: pino({}, { write }), metrics: new Metrics() };
  publisher = new Publisher(service as never, parts);
  await pass(0);
});
afterEach(() => publisher[Symbol.asyncDispose]());

it('publishes at the start, and after jobs that have committed something', async () => {
  expect(made).toHaveLength(1);
  told('lab');
  await pass(0);
  expect(made).toHaveLength(1);
  await commit();
  expect(made).toHaveLength(2);
  expect(shown).toEqual([COPY]);
});

it('waits for the job to end', async () => {
  board.isAtWork = true;
  await commit();
  expect(made).toHaveLength(1);
  board.isAtWork = false;
  told('lab');
  await pass(0);
  expect(made).toHaveLength(2);
});

it('makes one copy at a time, and takes a tenth of the time at most', async () => {
  let done: (copies: readonly Published[]) => void = () => undefined;
  answer = () => new Promise((resolve) => (done = resolve));
  await commit();
  for (let at = 0; at < 20; at += 1) await commit();
  expect(made).toHaveLength(2);
  await pass(1000);
  done([COPY]);
  await pass(0);
  await pass(8999);
  expect(made).toHaveLength(2);
  await pass(1);
  expect(made).toHaveLength(3);
  done([COPY]);
  await pass(60_000);
  expect(made).toHaveLength(3);
});

it('tries again what could not be put in place, with growing waits, and shows it meanwhile', async () => {
  answer = async () => [FAILED];
  await commit();
  expect(shown).toEqual([FAILED]);
  expect(log).toContain('PUBLISH_FAILED');
  for (let minute = 0; minute < 60; minute += 1) await pass(60_000);
  const minutes = made.slice(1).map(({ atMs }) => atMs / 60_000);
  expect(minutes).toEqual([0, 1, 3, 7, 15, 30, 45, 60]);
  answer = async () => [COPY];
  for (let minute = 0; minute < 60; minute += 1) await pass(60_000);
  expect(made).toHaveLength(10);
  expect(shown).toEqual([COPY]);
});

it('a database that cannot be read is asked again, and nothing else comes of it', async () => {
  answer = async () => {
    throw new SinkError('SINK_LOCKED', 'lab.duckdb is held by python', { retryable: true });
  };
  await commit();
  expect(log).toContain('held by python');
  answer = async () => [COPY];
  await pass(60_000);
  expect(shown).toEqual([COPY]);
});
