import { expect, it } from 'vitest';
import { cadence } from '../../src/config/cadence.ts';
import type { LaneJob } from '../../src/serve/lane.ts';
import { Scheduler } from '../../src/serve/scheduler.ts';

const MINUTE = 60_000;

/** One sync that has run just now. */
function scheduler(every = '10m'): Scheduler {
  const made = new Scheduler({ concurrent: 1, turnMs: 15 * MINUTE });
  const plan = { every: cadence.parse(every), sweepMs: undefined, verifyMs: undefined };
  made.configure(new Map([['lab', plan]]), new Map([['lab', { ranAtMs: 0 }]]), 0);
  return made;
}

function started(made: Scheduler, nowMs: number): readonly LaneJob[] {
  return made.next(nowMs).start;
}

it('files of events are brought in at once, all that have come together', () => {
  const made = scheduler();
  made.want('lab', 'event', 1000, ['a', 'b']);
  made.want('lab', 'event', 2000, ['b', 'c']);
  expect(started(made, 2000)).toEqual([{ sync: 'lab', kind: 'event', fileIds: ['a', 'b', 'c'] }]);
  made.ended('lab', 'event', 'complete', 3000);
  expect(started(made, 4000)).toEqual([]);
});

it('a stream of events keeps no run from its turn', () => {
  const made = scheduler();
  const kinds: string[] = [];
  for (let nowMs = 0; nowMs < 25 * MINUTE; nowMs += 1000) {
    made.want('lab', 'event', nowMs, [`f${nowMs}`]);
    for (const { kind } of started(made, nowMs)) {
      kinds.push(kind);
      // By then the next ones wait.
      made.want('lab', 'event', nowMs + 500, [`g${nowMs}`]);
      made.ended('lab', kind, 'complete', nowMs + 900);
    }
  }
  expect(kinds.filter((kind) => kind === 'run')).toHaveLength(2);
});

it('while they fail they wait longer each time, and hold up no run; one that comes to its end lets them go on', () => {
  const made = scheduler('1h');
  const begun: number[] = [];
  for (let nowMs = 0; nowMs < 30 * MINUTE; nowMs += 1000) {
    made.want('lab', 'event', nowMs, ['a']);
    for (const { kind } of started(made, nowMs)) {
      begun.push(nowMs / 1000);
      made.ended('lab', kind, 'failed', nowMs);
    }
  }
  expect(begun).toEqual([0, 30, 90, 210, 450, 930]);
  made.want('lab', 'run', 30 * MINUTE);
  expect(started(made, 30 * MINUTE).map(({ kind }) => kind)).toEqual(['run']);
  made.ended('lab', 'run', 'complete', 30 * MINUTE);
  expect(started(made, 30 * MINUTE).map(({ kind }) => kind)).toEqual(['event']);
});

it('more files than are worth it are left to a run', () => {
  const made = scheduler();
  const many = Array.from({ length: 15_000 }, (_, at) => `f${at}`);
  made.want('lab', 'event', 0, many);
  made.want(
    'lab',
    'event',
    0,
    many.map((id) => `x${id}`),
  );
  expect(started(made, 0)).toEqual([{ sync: 'lab', kind: 'run' }]);
  made.ended('lab', 'run', 'complete', 1000);
  expect(started(made, 1000)).toEqual([]);
});
