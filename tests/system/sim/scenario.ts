import type { DeletePolicy } from '@tdp-sync/core';
import { DEFAULT_SWITCHES, type Switches } from '@tdp-sync/emulator';
import { type ClockTroubles, RIGHT, randomClocks } from './clocks.ts';
import { Random } from './random.ts';
import { NO_TROUBLE, type PlannedTrouble, type TroubleRates } from './troubles.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** How the sync is configured. */
export interface Settings {
  readonly batchDocuments: number;
  readonly batchAgeMs: number;
  /** Columns that one load may write to. */
  readonly batchColumns: number;
  readonly pageMax: number;
  readonly concurrency: number;
  readonly settleMs: number;
  readonly lookbackMs: number;
  /** How old a stored position may grow while nothing comes. */
  readonly idleMs: number;
  readonly maxWindowMs: number;
  readonly attempts: number;
  /** How often the database is asked before a failure that may pass ends a run. */
  readonly sinkAttempts: number;
  readonly consecutiveFailures: number;
  readonly download: 'presigned' | 'direct';
  readonly deletes: DeletePolicy;
  /** How long a run may go on with what is under way when it is asked to stop. */
  readonly drainMs: number;
  /** Content that may be under way, in bytes. */
  readonly aheadBytes: number;
  /** Whether the sync's filter leaves out files with a certain label from the start. */
  readonly isFiltered: boolean;
  /** Whether a history of the files is kept from the start. */
  readonly history: boolean;
}

/** Everything that one simulation depends on. The same scenario is the same simulation, event by event. */
export interface Scenario {
  readonly seed: number;
  readonly switches: Partial<Switches>;
  readonly settings: Settings;
  /** How far the machine's clock is off. */
  readonly localSkewMs: number;
  /** What else is wrong with clocks, while troubles last. */
  readonly clocks: ClockTroubles;
  /** Files that are there before the first run. */
  readonly files: number;
  /** Share of the lab's actions with which TDP goes back or moves a file. */
  readonly goingBack: number;
  /** Share of the lab's actions with which the config gets another filter, narrower or wider. */
  readonly refilters: number;
  /** Share of the lab's actions with which the config begins to keep a history, or ends it. */
  readonly historyFlips: number;
  /** Share of the versions whose content the storage refuses for ever. */
  readonly refused: number;
  /** Share of the lab's actions with which the storage refuses everything for some time. */
  readonly outages: number;
  /** Share of the files whose rows the database cannot hold. */
  readonly picky: number;
  /** Documents that the database takes in one load. */
  readonly mostDocuments: number;
  /** Share of the lab's actions with which the database refuses everything for some time. */
  readonly stubborn: number;
  /** Kinds of documents, each with a table of its own; 0: all go to the same tables. */
  readonly kinds: number;
  /** Share of the contents that are large, and stored in little. */
  readonly large: number;
  /** How long the lab works and troubles last. */
  readonly lengthMs: number;
  /** Mean time between two events of the lab. */
  readonly labEveryMs: number;
  /** Mean pause between the end of a run and the next. */
  readonly runEveryMs: number;
  /** Share of the runs that are sweeps. */
  readonly sweeps: number;
  /** Share of the others that are verifications. */
  readonly verifies: number;
  /** Share of the runs that bring in a stretch of time. */
  readonly backfills: number;
  readonly runners: 1 | 2;
  /** Files are indexed at whole seconds, as windows begin and end. */
  readonly wholeSeconds: boolean;
  readonly rates: TroubleRates;
  readonly planned: readonly PlannedTrouble[];
}

/** A quiet world, for scenarios that differ from it in one thing. */
export const CALM: Scenario = {
  seed: 1,
  switches: {},
  settings: {
    batchDocuments: 3,
    batchAgeMs: 20 * SECOND,
    batchColumns: 3000,
    pageMax: 4,
    concurrency: 2,
    settleMs: MINUTE,
    lookbackMs: HOUR,
    idleMs: 0,
    maxWindowMs: 30 * DAY,
    attempts: 4,
    sinkAttempts: 3,
    consecutiveFailures: 10,
    download: 'presigned',
    deletes: 'mark',
    drainMs: 10 * SECOND,
    aheadBytes: 64 * 1024 * 1024,
    isFiltered: false,
    history: false,
  },
  localSkewMs: 0,
  clocks: RIGHT,
  files: 8,
  goingBack: 0,
  refilters: 0,
  historyFlips: 0,
  refused: 0,
  outages: 0,
  picky: 0,
  mostDocuments: Number.POSITIVE_INFINITY,
  stubborn: 0,
  kinds: 0,
  large: 0,
  lengthMs: HOUR,
  labEveryMs: 2 * MINUTE,
  runEveryMs: 8 * MINUTE,
  sweeps: 0.25,
  verifies: 0,
  backfills: 0,
  runners: 1,
  wholeSeconds: false,
  rates: NO_TROUBLE,
  planned: [],
};

/** The settings of the emulator in which it may answer as nobody outside TetraScience knows (tdp-api.md, section 8). */
export const UNKNOWNS: { readonly [K in keyof Switches]?: readonly Switches[K][] } = {
  labelsRestampIndexedAt: [true, false],
  showOutdated: ['hide', 'flag'],
  supersededVanishes: ['with-new', 'at-once'],
  reindexRevives: [false, true],
  softDeleted: ['remove', 'flag'],
  retrieveDeleted: [404, 200, 403, 410],
  retrieveSuperseded: [200, 404, 403, 410],
  fileinfoShowsDeleted: [true, false],
  directGzip: ['decoded', 'gzip', 'gzip-no-header'],
  totalHits: ['integer', 'object'],
  totalHitsCap: [10_000, 3],
  docType: [true, false],
  maxPageSize: [10_000, 3],
  pageTooLargeStatus: [400, 413, 502],
  maxResponseBytes: [256 * 1024 * 1024, 6000],
  retryAfter: [true, false],
  visibilityDelayMs: [0, 20 * SECOND, 10 * MINUTE],
  missingIndexedAt: [0, 0.2],
  duplicateFileIds: [0, 0.2],
  presignedKey: ['url', 'presignedUrl'],
  presignedParameter: ['getPresigned', 'preSigned', 'none'],
  presignedSeconds: [300, 2],
  clockSkewMs: [0, -30 * SECOND, 20 * SECOND],
  shortPages: [0, 0.3],
  unorderedPages: [0, 0.05],
  searchErrors: ['tdp', 'elasticsearch'],
};

/** The scenario of a seed. */
export function scenarioOf(seed: number): Scenario {
  const random = Random.of(seed, 'scenario');
  const switches = randomSwitches(random);
  // Two hits with one fileId must fit on one page, or no page ever shows the second.
  const pageMax = (switches.duplicateFileIds ?? 0) > 0 ? random.int(150, 400) : random.int(2, 12);
  const trouble = random.pick([0, 0.3, 1, 1, 2]);
  const back = Random.of(seed, 'going back');
  const clocks = randomClocks(Random.of(seed, 'clocks'));
  const bounds = Random.of(seed, 'bounds');
  const refusals = Random.of(seed, 'refusals');
  const database = Random.of(seed, 'database');
  const columns = Random.of(seed, 'columns');
  const past = Random.of(seed, 'history');
  return {
    ...CALM,
    seed,
    clocks,
    switches,
    settings: {
      batchDocuments: random.pick([1, 2, 3, 5, 100]),
      batchAgeMs: Random.of(seed, 'age').pick([20 * SECOND, 20 * SECOND, SECOND, 200]),
      batchColumns: columns.pick([2, 5, 3000]),
      pageMax,
      concurrency: random.int(1, 6),
      settleMs: random.pick([MINUTE, MINUTE, 5 * MINUTE]),
      lookbackMs: random.pick([20 * MINUTE, HOUR]),
      idleMs: Random.of(seed, 'idle').pick([0, 10 * MINUTE, HOUR, HOUR]),
      maxWindowMs: random.pick([30 * MINUTE, 2 * HOUR, 30 * DAY]),
      attempts: random.int(2, 6),
      sinkAttempts: database.pick([1, 3, 9]),
      consecutiveFailures: random.pick([4, 10]),
      download: random.pick(['presigned', 'presigned', 'direct']),
      deletes: random.pick(['mark', 'mark', 'remove', 'ignore']),
      isFiltered: back.chance(0.3),
      history: past.chance(0.5),
      drainMs: bounds.pick([0, SECOND, 15 * SECOND]),
      aheadBytes: bounds.pick([100_000, 500_000, 1_000_000]),
    },
    localSkewMs: oneWrong(clocks, random.pick([0, -5 * HOUR, 3 * HOUR, 20 * SECOND])),
    files: random.int(0, 20),
    goingBack: back.pick([0, 0, 0.1, 0.2]),
    refilters: Random.of(seed, 'refilters').pick([0, 0, 0.05]),
    historyFlips: past.pick([0, 0, 0.05]),
    refused: refusals.pick([0, 0, 0.1, 0.5, 0.9]),
    outages: refusals.pick([0, 0, 0.02]),
    picky: database.pick([0, 0, 0.1, 0.5, 1]),
    mostDocuments: database.pick([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 2]),
    stubborn: database.pick([0, 0, 0.02]),
    kinds: columns.pick([0, 0, 4]),
    large: bounds.pick([0, 0, 0.3]),
    lengthMs: random.int(1, 4) * HOUR,
    labEveryMs: random.pick([20 * SECOND, MINUTE, 5 * MINUTE]),
    runEveryMs: random.pick([MINUTE, 8 * MINUTE, 20 * MINUTE]),
    sweeps: random.pick([0, 0.2, 0.5]),
    verifies: Random.of(seed, 'verifies').pick([0, 0, 0.3]),
    backfills: Random.of(seed, 'backfills').pick([0, 0, 0.2]),
    runners: random.chance(0.3) ? 2 : 1,
    rates: {
      http: 0.03 * trouble,
      sink: 0.01 * trouble,
      kill: 0.003 * trouble,
      stop: 0.002 * trouble,
      token: 0.005 * trouble,
      slow: bounds.pick([0, 0, 0.02, 0.1]) * Math.min(trouble, 1),
    },
  };
}

/** Of several clocks that are wrong by different things no client could find the right time. */
function oneWrong(clocks: ClockTroubles, localSkewMs: number): number {
  return clocks === RIGHT
    ? localSkewMs
    : Math.min(Math.max(localSkewMs, -20 * SECOND), 20 * SECOND);
}

/** Most switches as they are most likely, some turned. */
function randomSwitches(random: Random): Partial<Switches> {
  const turned: Record<string, unknown> = {};
  for (const [name, values] of Object.entries<readonly unknown[]>(UNKNOWNS))
    if (values.length > 1 && random.chance(0.25)) turned[name] = random.pick(values.slice(1));
  return settled({ ...DEFAULT_SWITCHES, ...turned });
}

/** Without combinations that no client could be right under. */
export function settled(chosen: Switches): Switches {
  // Which text a 400 for too large an answer has, nobody knows; for too large a page it is Elasticsearch's.
  const isTight = chosen.maxResponseBytes < 1e6 && chosen.pageTooLargeStatus === 400;
  const switches: Switches = isTight ? { ...chosen, pageTooLargeStatus: 413 } : chosen;
  // Some hits with one fileId come first on a page of at most three, and the second is never shown.
  const { duplicateFileIds, maxPageSize, maxResponseBytes } = switches;
  if (duplicateFileIds === 0) return switches;
  return {
    ...switches,
    shortPages: 0,
    maxPageSize: Math.max(maxPageSize, 1000),
    maxResponseBytes: Math.max(maxResponseBytes, 10_000_000),
  };
}
