import { RIGHT } from '../sim/clocks.ts';
import { DAY, HOUR, MINUTE } from '../sim/scenario.ts';
import { NO_TROUBLE } from '../sim/troubles.ts';
import type { Defect } from './defect.ts';

const YEAR = 365 * DAY;

/** A lab in which a file comes every now and then, and nothing else goes wrong. */
const QUIET: Defect['world'] = {
  rates: NO_TROUBLE,
  lengthMs: 4 * HOUR,
  labEveryMs: 20 * MINUTE,
  runEveryMs: 8 * MINUTE,
  localSkewMs: 0,
};

/** What the engine can do wrong with clocks. */
export const CLOCK_DEFECTS: readonly Defect[] = [
  {
    name: 'the local clock is the upper bound',
    why: 'a machine whose clock is fast would close windows that are still being filled',
    edits: [
      {
        file: 'sync/windows.ts',
        find: '  { nowMs }: Clocks,',
        replace: '  { localMs: nowMs }: Clocks,',
      },
    ],
    caughtBy: /watermark .* is not .* ms ago/,
    world: { localSkewMs: 3 * HOUR },
  },
  {
    name: 'the Date alone is the upper bound',
    why: 'a proxy whose clock is fast would make files invisible to every run',
    edits: [
      {
        file: 'sync/windows.ts',
        find: '  { nowMs }: Clocks,',
        replace: '  { dateMs: nowMs }: Clocks,',
      },
    ],
    caughtBy: /watermark .* is not .* ms ago/,
    world: { localSkewMs: 0, clocks: { ...RIGHT, dateMs: 2 * HOUR } },
  },
  {
    name: 'one answer that lies moves the watermark',
    why: 'it would be two years ahead for ever',
    edits: [
      {
        file: 'sync/windows.ts',
        find: '  { nowMs }: Clocks,',
        replace: '  { dateMs: nowMs }: Clocks,',
      },
      {
        file: 'source/read-clocks.ts',
        find: 'Math.abs(offsetOf(first)) > toleranceMs',
        replace: 'Math.abs(offsetOf(first)) < 0',
      },
    ],
    caughtBy: /watermark .* is not .* ms ago/,
    world: { localSkewMs: 0, clocks: { ...RIGHT, lies: 0.05, lieMs: 2 * YEAR } },
  },
  {
    name: 'an answer that lies is not asked for again',
    why: 'one lie in a quiet hour would fail a run',
    edits: [
      {
        file: 'source/read-clocks.ts',
        find: 'again < 2',
        replace: 'again < 0',
      },
    ],
    caughtBy: /CLOCKS_DISAGREE/,
    world: { ...QUIET, clocks: { ...RIGHT, lies: 0.1, lieMs: -10 * YEAR } },
  },
  {
    name: 'of two clocks the later one is taken',
    why: 'any clock that is fast would close windows that are still being filled',
    edits: [
      {
        file: 'source/clocks.ts',
        find: 'const nowMs = within(Math.max(stampMs, earlierMs));',
        replace: 'const nowMs = latestMs;',
      },
      {
        file: 'source/clocks.ts',
        find: 'if (isNear(dateMs) !== isNear(localMs))',
        replace: 'if (false as boolean)',
      },
    ],
    caughtBy: /watermark .* is not .* ms ago/,
    world: { localSkewMs: 0, clocks: { ...RIGHT, dateMs: 2 * HOUR } },
  },
  {
    name: 'a clock that is behind is believed',
    why: 'a machine whose clock is slow would stand still, and say that TDP is at fault',
    edits: [
      {
        file: 'source/clocks.ts',
        find: 'const nowMs = within(Math.max(stampMs, earlierMs));',
        replace: 'const nowMs = earliestMs;',
      },
      {
        file: 'source/clocks.ts',
        find: 'if (isNear(dateMs) !== isNear(localMs))',
        replace: 'if (false as boolean)',
      },
    ],
    caughtBy: /CLOCKS_DISAGREE/,
    world: { localSkewMs: -5 * HOUR, clocks: RIGHT },
  },
  {
    name: 'a stamp of the future proves the time',
    why: 'one file that a wrong clock has stamped would fail every run',
    edits: [
      {
        file: 'source/read-clocks.ts',
        find: 'survey.newestMs === undefined || survey.newestMs <= endMs',
        replace: 'survey.newestMs === undefined || endMs > 0',
      },
    ],
    caughtBy: /CLOCKS_DISAGREE/,
    world: { localSkewMs: 0, clocks: { ...RIGHT, futures: 0.3 } },
  },
  {
    name: 'a run that could not prove says complete',
    why: 'an operator would believe that there is nothing new',
    edits: [
      {
        file: 'sync/sync.ts',
        find: 'if (run.clocks.isBarred && !isInterrupted)',
        replace: 'if (run.clocks.isBarred && !isInterrupted && run.name === "")',
      },
    ],
    caughtBy: /complete, but/,
    world: { ...QUIET, clocks: { ...RIGHT, dateMs: -10 * YEAR } },
  },
  {
    name: 'nobody is told that clocks differ',
    why: 'a clock that is off by hours would be found by chance',
    edits: [
      {
        file: 'source/read-clocks.ts',
        find: "return verdict !== 'agree' || jumpMs > 0 || future !== undefined;",
        replace: 'return jumpMs > 0 && verdict !== verdict && future !== future;',
      },
    ],
    caughtBy: /told nobody/,
    world: { localSkewMs: 3 * HOUR, clocks: RIGHT },
  },
  {
    name: 'a watermark in the future stays',
    why: 'the sync would stand still until then, and say that it is complete',
    edits: [
      {
        file: 'position/pull-back.ts',
        find: 'if (watermarkMs !== undefined && Math.max',
        replace: 'if (watermarkMs === null && Math.max',
      },
    ],
    caughtBy: /in the future/,
    world: { localSkewMs: 0, clocks: { ...RIGHT, dateMs: 3 * DAY, localMs: 3 * DAY } },
  },
  {
    name: 'a watermark in the future goes back to now',
    why: 'what was indexed while clocks were wrong is never seen',
    edits: [
      {
        file: 'position/pull-back.ts',
        find: 'const toMs = confirmedMs !== undefined && confirmedMs <= endMs ? confirmedMs : undefined;',
        replace: 'const toMs = confirmedMs === null ? undefined : nowMs - 60_000;',
      },
    ],
    caughtBy: /skipped/,
    world: {
      ...{ localSkewMs: 0, rates: NO_TROUBLE, sweeps: 0, labEveryMs: MINUTE },
      clocks: { ...RIGHT, dateMs: 3 * DAY, localMs: 3 * DAY },
    },
  },
];
