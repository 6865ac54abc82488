import { HOUR, SECOND } from '../sim/scenario.ts';
import { NO_TROUBLE } from '../sim/troubles.ts';
import type { Defect } from './defect.ts';

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
        find: 'if ((await run.source.survey(query, run.signal)).count <= seen) return seen;',
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
        file: 'sync/sweep.ts',
        find: "if ((await run.source.presence(order.fileId, run.signal)) !== 'gone') {",
        replace: 'if (order.fileId === undefined) {',
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
        file: 'sync/sweep.ts',
        find: "if (order === undefined || order.stage.is === 'deleted') continue;",
        replace: 'if (order === undefined) continue;',
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
        file: 'sync/sweep.ts',
        find: "const isRemoved = run.deletes === 'remove';",
        replace: 'const isRemoved = false;',
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
        file: 'sync/sweep.ts',
        find: "if (run.deletes !== 'ignore') {",
        replace: 'if (run.deletes === undefined) {',
      },
    ],
    caughtBy: /is gone from TDP, but/,
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
        file: 'sync/sweep.ts',
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
];
