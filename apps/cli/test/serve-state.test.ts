import { describe, expect, it } from 'vitest';
import type { SyncConfig } from '../src/config/schema.ts';
import { Scheduler } from '../src/serve/scheduler.ts';
import { SyncBoard } from '../src/serve/sync-board.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 1);
const config = { every: { everyMs: 5 * MINUTE }, settle: MINUTE } as unknown as SyncConfig;
const RUN = { sync: 'lab', kind: 'run' } as const;

interface Held {
  readonly failed?: number;
  readonly differences?: number;
  /** Of the differences those that are failed files, where that was stored. */
  readonly differing?: number | undefined;
}

/** A sync whose runs are told of one by one. */
function lab() {
  const board = new SyncBoard('lab', config, START);
  const plans = new Map([
    ['lab', { every: config.every, sweepMs: undefined, verifyMs: undefined }],
  ]);
  const scheduler = new Scheduler({ concurrent: 1, turnMs: MINUTE });
  scheduler.configure(plans, new Map(), START);
  const snapshot = (watermarkMs: number, { failed = 0, differences = 0, differing }: Held) => ({
    state: { watermarkMs, verification: { atMs: START, differences, failed: differing } },
    failures: { files: failed, groups: [], named: [] },
    runs: [],
  });
  return {
    board,
    scheduler,
    /** Begins a run, in which TDP shows files up to now. */
    begin: (nowMs: number) => {
      board.begun(RUN, nowMs);
      const watermarkMs = board.progress.known.watermarkMs;
      const clocks = { isBarred: false };
      const event = {
        type: 'run-started',
        sync: 'lab',
        newestMs: nowMs - 1000,
        watermarkMs,
        clocks,
      };
      board.onEvent(event as never, nowMs);
    },
    end: (startMs: number, nowMs: number, held: Held = {}) => {
      const watermarkMs = startMs - MINUTE;
      const window = { fromMs: START - MINUTE, toMs: watermarkMs };
      board.onEvent({ type: 'window-closed', sync: 'lab', window, files: 1 } as never, nowMs);
      const report = { outcome: 'complete', behindMs: MINUTE - 1000 };
      const result = { end: 'complete', report, snapshot: snapshot(watermarkMs, held) };
      board.ended(RUN, result as never, nowMs);
    },
    status: (nowMs: number) =>
      board.status(scheduler, { ok: true, reason: undefined }, nowMs, (text) => text),
  };
}

describe('the state of a sync', () => {
  it('is up to date all the time in a lab in which a file arrives each second', () => {
    const { begin, end, status } = lab();
    begin(START);
    end(START, START + 20_000);
    const states = new Set<string>();
    for (let nowMs = START + 5 * MINUTE; nowMs < START + 60 * MINUTE; nowMs += 5 * MINUTE) {
      states.add(status(nowMs - 1).state);
      begin(nowMs);
      states.add(status(nowMs + 10_000).state);
      end(nowMs, nowMs + 20_000);
      states.add(status(nowMs + 20_000).state);
    }
    expect([...states]).toEqual(['up-to-date']);
  });

  it('is catching up while no run has come to its end, and once the last one is too old', () => {
    const { begin, end, status } = lab();
    expect(status(START).state).toBe('starting');
    begin(START);
    expect(status(START + 1000).state).toBe('catching-up');
    end(START, START + 1000);
    expect(status(START + 10 * MINUTE).state).toBe('up-to-date');
    expect(status(START + 10 * MINUTE + 1).state).toBe('catching-up');
  });

  it('goes by the database after a start', () => {
    const fresh = lab();
    fresh.board.learn(
      {
        state: { watermarkMs: START - 2 * MINUTE } as never,
        failures: { files: 0, groups: [], named: [] },
        runs: [],
      },
      START,
    );
    expect(fresh.status(START).state).toBe('up-to-date');
    expect(fresh.status(START + 9 * MINUTE + 1).state).toBe('catching-up');
  });

  it.each([
    [{ failed: 99 }, 'Up to date, 99 failed'],
    [{ failed: 99, differences: 99 }, 'Up to date, 99 failed'],
    [{ differences: 1 }, 'Up to date, 1 difference at the last verification'],
    [
      { failed: 2, differences: 5, differing: 4 },
      'Up to date, 2 failed, 1 difference at the last verification',
    ],
    [
      { failed: 1, differences: 2001 },
      'Up to date, 1 failed, 2,000 differences at the last verification',
    ],
  ])('wants attention with %j', (held, summary) => {
    const { begin, end, status } = lab();
    begin(START);
    end(START, START + 1000, held);
    expect(status(START + 1000)).toMatchObject({ state: 'attention', summary });
  });

  it('is up to date once the files are loaded that were failed when it was verified', () => {
    const { begin, end, status } = lab();
    begin(START);
    end(START, START + 1000, { differences: 3, differing: 3 });
    expect(status(START + 1000)).toMatchObject({
      ...{ state: 'up-to-date', summary: 'Up to date' },
      lastVerify: { differences: 3, failed: 3 },
    });
  });

  it('is up to date again when all is mended', () => {
    const { begin, end, status } = lab();
    begin(START);
    end(START, START + 1000, { failed: 3 });
    begin(START + 2000);
    end(START + 2000, START + 3000);
    expect(status(START + 3000)).toMatchObject({ state: 'up-to-date', summary: 'Up to date' });
  });
});

it('a sync that was reset, or whose database was restored, is as far as the database says, whoever saw it', () => {
  const { board, begin, end, status } = lab();
  begin(START);
  end(START, START + 1000);
  expect(status(START + 2000)).toMatchObject({ state: 'up-to-date' });
  const heard = {
    ...{ end: 'interrupted' as const, startedMs: START + 3000, behindMs: undefined, files: 0 },
    ...{ trouble: undefined, newestMs: undefined, reachedMs: undefined, bytes: 0 },
  };
  const snapshot = {
    state: { watermarkMs: START - 60 * MINUTE },
    failures: { files: 0, groups: [], named: [] },
    runs: [],
  };
  board.heard('run', heard, snapshot as never, START + 4000);
  const now = status(START + 5000);
  expect(now.state).toBe('catching-up');
  expect(now.lagSeconds).toBeGreaterThan(59 * 60);
  // A run that has found nothing stores nothing, and has come further all the same.
  const reached = { ...heard, end: 'complete' as const, behindMs: 0, reachedMs: START + 5000 };
  board.heard('run', reached, snapshot as never, START + 6000);
  expect(status(START + 7000)).toMatchObject({ state: 'up-to-date', lagSeconds: 0 });
});
