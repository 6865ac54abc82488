import { HOUR, MINUTE, SECOND } from '../sim/scenario.ts';
import { NO_TROUBLE } from '../sim/troubles.ts';
import type { Defect } from './defect.ts';

/** What the engine can do wrong with one file. */
export const FILE_DEFECTS: readonly Defect[] = [
  {
    name: 'known by fileId only',
    why: 'a file that is re-indexed or labelled keeps its old attributes',
    edits: [
      {
        file: 'decide.ts',
        find: 'const version = versionOf(hit, prior, context.mapping);',
        replace:
          "const version = versionOf(hit, prior, context.mapping);\n  if (prior?.fileId === version.fileId && prior.stage.is === 'loaded') return { action: 'skip' };",
      },
    ],
    caughtBy: /skipped|in the end/,
    world: { labEveryMs: 20 * SECOND },
  },
  {
    name: 'files are kept by fileId',
    why: 'the rows of every superseded version stay behind',
    edits: [
      {
        file: 'file.ts',
        find: 'const identity = file.path === undefined ? file.fileId :',
        replace: "const identity = file.fileId !== '' ? file.fileId :",
      },
    ],
    caughtBy: /twice|in the end/,
    world: { labEveryMs: 20 * SECOND, lengthMs: HOUR },
  },
  {
    name: 'newer is what was indexed later',
    why: 'an old version that is indexed again would replace the new one',
    edits: [
      {
        file: 'order.ts',
        find: 'digits(order.createdAtMs, 9),\n    digits(order.indexedAtMs, 9),',
        replace: 'digits(order.indexedAtMs, 9),\n    digits(order.createdAtMs, 9),',
      },
      {
        file: 'order.ts',
        find: 'createdAtMs: number(created),\n    indexedAtMs: number(indexed),',
        replace: 'createdAtMs: number(indexed),\n    indexedAtMs: number(created),',
      },
    ],
    caughtBy: /went back/,
    world: { switches: { reindexRevives: true }, labEveryMs: 10 * SECOND, lengthMs: 4 * HOUR },
  },
  {
    name: 'labels without a stamp are overlooked',
    why: 'a change of labels that gives no new indexedAt is never seen, not by a sweep either',
    edits: [{ file: 'decide.ts', find: '(isEdited ? 1 : 0)', replace: '(isEdited ? 0 : 0)' }],
    caughtBy: /labels are/,
    world: { switches: { labelsRestampIndexedAt: false }, labEveryMs: 20 * SECOND },
  },
  {
    name: 'a changed mapping refreshes only',
    why: 'the rows would stay those of the old mapping for ever',
    edits: [
      {
        file: 'decide.ts',
        find: 'const sameRows = prior.mapping === version.mapping && ',
        replace: 'const sameRows = ',
      },
    ],
    caughtBy: /current mapping/,
    world: { labEveryMs: 20 * SECOND, lengthMs: 4 * HOUR },
  },
  {
    name: 'a failed version takes the rows of the older one away',
    why: 'what was there, and is said to be, is gone',
    edits: [
      {
        file: 'work.ts',
        find: 'return build(hit, version, stage, new Map(), context, error);',
        replace: 'return build(hit, version, stage, noRows(context.transform), context, error);',
      },
    ],
    caughtBy: /0 documents|torn/,
    world: {
      labEveryMs: 20 * SECOND,
      rates: { ...NO_TROUBLE, http: 0.3 },
      settings: { attempts: 1 },
    },
  },
  {
    name: 'a failed version claims to be loaded',
    why: 'the rows are those of an older version',
    edits: [
      {
        file: 'work.ts',
        find: 'return build(hit, version, stage, new Map(), context, error);',
        replace: 'return build(hit, loadedAs(version), stage, new Map(), context, error);',
      },
    ],
    caughtBy: /documents|shows version|has rows/,
    world: {
      labEveryMs: 20 * SECOND,
      rates: { ...NO_TROUBLE, http: 0.3 },
      settings: { attempts: 1 },
    },
  },
  {
    name: 'a file that is not given is taken for deleted',
    why: 'it may just have been superseded',
    edits: [
      {
        file: 'work.ts',
        find: 'const document = failedDocument(hit, version, attempt, error, context);',
        replace:
          "if (error.code === 'FILE_NOT_FOUND') return deleteFile(hit, version, context);\n    const document = failedDocument(hit, version, attempt, error, context);",
      },
    ],
    caughtBy: /called deleted, but TDP has it/,
    world: {
      settings: { deletes: 'mark' },
      rates: { ...NO_TROUBLE, http: 0.1 },
      labEveryMs: 20 * SECOND,
    },
  },
  {
    name: 'failed files are forgotten',
    why: 'a file that failed once is never tried again by a run',
    edits: [
      {
        file: 'engine.ts',
        find: 'order.stage.retryAtMs <= run.nowMs()) due.push',
        replace: 'order.stage.retryAtMs < 0) due.push',
      },
    ],
    caughtBy: /was not tried again/,
    world: {
      files: 12,
      sweeps: 0,
      verifies: 0,
      rates: NO_TROUBLE,
      planned: [{ event: 'retrieve', nth: 1, times: 4, trouble: '413' }],
      settings: { consecutiveFailures: 10 },
    },
  },
  {
    name: 'a file that comes back stays deleted',
    why: 'a restored file without a new stamp would never be seen again',
    edits: [
      {
        file: 'decide.ts',
        find: 'comeback: version.comeback + 1',
        replace: 'comeback: version.comeback',
      },
    ],
    caughtBy: /skipped|in the end|order went/,
    world: {
      labEveryMs: 10 * SECOND,
      sweeps: 0.7,
      runEveryMs: MINUTE,
      settings: { deletes: 'mark' },
    },
  },
];

/** What a sweep can do wrong. */
export const SWEEP_DEFECTS: readonly Defect[] = [
  {
    name: 'sweep after a partial listing',
    why: 'files on the pages that were not read would be taken for vanished',
    edits: [
      { file: 'read.ts', find: 'if (!isStop(run, error)) throw error;', replace: 'void error;' },
      {
        file: 'sweep.ts',
        find: 'if (isStopped(run) || (await run.source.survey(query, run.signal)).count <= seen) return listed;',
        replace: 'if (seen > -1) return listed;',
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
        file: 'sweep.ts',
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
        file: 'sweep.ts',
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
        file: 'sweep.ts',
        find: "const isRemoved = run.work.deletes === 'remove';",
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
        file: 'sweep.ts',
        find: "if (run.work.deletes !== 'ignore') {",
        replace: 'if (run.work.deletes === undefined) {',
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
        file: 'sweep.ts',
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
