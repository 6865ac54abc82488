import { HOUR, SECOND } from '../sim/scenario.ts';
import { NO_TROUBLE } from '../sim/troubles.ts';
import type { Defect } from './defect.ts';

/** A lab in which TDP takes versions back and moves files. */
const GOES_BACK = {
  labEveryMs: 20 * SECOND,
  lengthMs: 2 * HOUR,
  sweeps: 0.4,
  goingBack: 0.25,
  settings: { deletes: 'mark' },
} as const;

/** What a sweep can do wrong. */
export const SWEEP_DEFECTS: readonly Defect[] = [
  {
    name: 'sweep after a partial listing',
    why: 'files on the pages that were not read would be taken for vanished',
    edits: [
      {
        file: 'sync/retrieve.ts',
        find: 'if (!isStop(run, error)) throw error;',
        replace: 'void error;',
      },
      {
        file: 'sync/page.ts',
        find: 'if (Math.min(count, countedBefore) <= seen) return seen;',
        replace: 'if (seen > -1) return seen;',
      },
    ],
    caughtBy: /a sweep is complete/,
    world: { sweeps: 1, rates: { ...NO_TROUBLE, http: 0.2 }, settings: { attempts: 2 }, files: 20 },
  },
  {
    name: 'unguarded tombstone',
    why: 'a file that search does not show for a while would be called deleted',
    edits: [
      {
        file: 'sync/settle-absent.ts',
        find: "return (await records.contradict(order.fileId)) ? 'hidden' : 'vanished';",
        replace: "return 'vanished';",
      },
    ],
    caughtBy: /called deleted, but TDP has it/,
    world: {
      sweeps: 0.7,
      labEveryMs: 10 * SECOND,
      lengthMs: 3 * HOUR,
      settings: { deletes: 'mark' },
    },
  },
  {
    name: 'sweep forgets what it had deleted',
    why: 'every sweep would mark the same files again',
    edits: [
      {
        file: 'sync/settle-absent.ts',
        find: "if (order === undefined || order.stage.is === 'deleted' || order.stage.is === 'unmatched')",
        replace: 'if (order === undefined)',
      },
    ],
    caughtBy: /order went|nothing had changed|in the end|is deleted, by/,
    world: { labEveryMs: 20 * SECOND, sweeps: 0.5, settings: { deletes: 'mark' } },
  },
  {
    name: 'removed files keep their rows',
    why: 'the policy says that they go',
    edits: [
      {
        file: 'sync/settle-absent.ts',
        find: "is: 'deleted', keepsFile: true },\n        keepsRows: run.deletes !== 'remove',",
        replace: "is: 'deleted', keepsFile: true },\n        keepsRows: true,",
      },
    ],
    caughtBy: /its rows are still there/,
    world: {
      labEveryMs: 20 * SECOND,
      switches: { softDeleted: 'remove' },
      settings: { deletes: 'remove' },
    },
  },
  {
    name: 'deleted files are looked for by their flag only',
    why: 'where search just stops showing them they stay for ever',
    edits: [
      {
        file: 'sync/settle-absent.ts',
        find: "if (run.deletes === 'ignore') return undefined;",
        replace: 'if (run.deletes !== undefined) return undefined;',
      },
    ],
    caughtBy: /is gone from TDP, but|verify says different: .*"vanished":[1-9]/,
    world: {
      labEveryMs: 20 * SECOND,
      switches: { softDeleted: 'remove' },
      settings: { deletes: 'mark' },
    },
  },
  {
    name: 'a superseded version proves that the file is there',
    why: 'where search goes on showing old versions, a deleted file stays for ever',
    edits: [
      {
        file: 'sync/look.ts',
        find: 'return !outdated && !deleted;',
        replace: 'return !deleted || outdated;',
      },
    ],
    caughtBy: /is gone from TDP, but/,
    world: {
      labEveryMs: 10 * SECOND,
      lengthMs: 3 * HOUR,
      switches: { showOutdated: 'flag', softDeleted: 'remove' },
      settings: { deletes: 'mark' },
    },
  },
  {
    name: 'a later version is kept although TDP has gone back',
    why: 'a version that was taken back in TDP stays in the database for ever',
    edits: [
      {
        file: 'sync/sweep.ts',
        find: 'wentBack = await goBack(run, listed.earlier);',
        replace: 'wentBack = 0;',
      },
    ],
    caughtBy: /in the end the database is not TDP/,
    world: { ...GOES_BACK, switches: { softDeleted: 'remove' } },
  },
  {
    name: 'an earlier version is taken without a second look',
    why: 'TDP may show the later one as well',
    edits: [
      {
        file: 'sync/look.ts',
        find: 'return held !== undefined && isEarlier(stampOf(hit), held) ? hit.fileId : [];',
        replace: 'return held !== undefined ? [earlier.get(key)?.fileId ?? hit.fileId] : [];',
      },
    ],
    caughtBy: /skipped|in the end|went back/,
    world: { ...GOES_BACK, goingBack: 0, switches: { reindexRevives: true } },
  },
  {
    name: 'what TDP went back to does not outrank what was held',
    why: 'the sink would leave the later version where it is',
    edits: [
      {
        file: 'position/order.ts',
        find: 'digits(order.epoch + FIRST_EPOCH, 3)',
        replace: 'digits(FIRST_EPOCH, 3)',
      },
    ],
    caughtBy: /in the end the database is not TDP|nothing had changed|order went|skipped/,
    world: GOES_BACK,
  },
  {
    name: 'a file that has moved leaves its rows behind',
    why: 'each file of a storage that was moved would be in the database twice',
    edits: [
      {
        file: 'sync/settle-absent.ts',
        find: "if (fate === 'moved') return 'moved';",
        replace: "if (fate === 'moved') return undefined;",
      },
    ],
    caughtBy: /is gone from TDP, but/,
    world: GOES_BACK,
  },
  {
    name: 'a file that the filter does not match any more stays loaded',
    why: 'nobody would ever know that it is out of scope',
    edits: [
      {
        file: 'sync/settle-absent.ts',
        find: "if (fate === 'unmatched') return 'unmatched';",
        replace: "if (fate === 'unmatched') return undefined;",
      },
    ],
    caughtBy: /is gone from TDP, but/,
    world: { ...GOES_BACK, goingBack: 0, settings: { deletes: 'mark', isFiltered: true } },
  },
  {
    name: 'one look is enough to call a file unmatched',
    why: 'it may have become searchable between the two questions',
    edits: [
      {
        file: 'sync/absent.ts',
        find: "const unmatched = some.filter((_, index) => found[index] === 'unmatched');",
        replace: 'const unmatched: Absent[] = [];',
      },
    ],
    caughtBy: /is called deleted, but TDP has it/,
    world: {
      ...GOES_BACK,
      labEveryMs: 2 * SECOND,
      sweeps: 0.9,
      switches: { supersededVanishes: 'at-once', visibilityDelayMs: 20 * SECOND },
    },
  },
  {
    name: 'a version without a creation time is taken for the oldest',
    why: 'the newest version would never be loaded',
    edits: [
      {
        file: 'position/order.ts',
        find: 'timeOf(hit.createdAt) ?? indexedAtMs ?? 0',
        replace: 'timeOf(undefined) ?? 0',
      },
    ],
    caughtBy: /skipped|in the end|went back/,
    world: { labEveryMs: 20 * SECOND, sweeps: 0.2 },
  },
];
