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
        file: 'sync/decide.ts',
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
    caughtBy: /twice|in the end|0 rows in the files table/,
    world: { labEveryMs: 20 * SECOND, lengthMs: HOUR },
  },
  {
    name: 'newer is what was indexed later',
    why: 'an old version that is indexed again would replace the new one',
    edits: [
      {
        file: 'position/order.ts',
        find: 'digits(order.createdAtMs, 9),\n    digits(order.indexedAtMs, 9),',
        replace: 'digits(order.indexedAtMs, 9),\n    digits(order.createdAtMs, 9),',
      },
      {
        file: 'position/order.ts',
        find: 'createdAtMs: number(created),\n    indexedAtMs: number(indexed),',
        replace: 'createdAtMs: number(indexed),\n    indexedAtMs: number(created),',
      },
    ],
    caughtBy: /went back|skipped/,
    world: { switches: { reindexRevives: true }, labEveryMs: 10 * SECOND, lengthMs: 4 * HOUR },
  },
  {
    name: 'labels without a stamp are overlooked',
    why: 'a change of labels that gives no new indexedAt is never seen, not by a sweep either',
    edits: [{ file: 'sync/decide.ts', find: '(isEdited ? 1 : 0)', replace: '(isEdited ? 0 : 0)' }],
    caughtBy: /labels are/,
    world: { switches: { labelsRestampIndexedAt: false }, labEveryMs: 20 * SECOND },
  },
  {
    name: 'a failed version takes the rows of the older one away',
    why: 'what was there, and is said to be, is gone',
    edits: [
      {
        file: 'sync/draft.ts',
        find: 'const document = (_catalog: CatalogSnapshot, stored: HeldRows = NO_ROWS): Document => {',
        replace:
          'const document = (catalog: CatalogSnapshot, stored: HeldRows = NO_ROWS): Document => {\n    const gone = emptied(catalog, [stored.layout]);',
      },
      {
        file: 'sync/draft.ts',
        find: 'version: withRows, stage, error',
        replace: 'version: withRows, stage, rows: gone, error',
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
        file: 'sync/draft.ts',
        find: 'version: withRows, stage, error',
        replace: 'version: { ...withRows, loadedFileId: version.fileId }, stage, error',
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
        file: 'sync/draft.ts',
        find: 'if (drafted instanceof SyncError) return failed(run, task, decision, drafted);',
        replace: `if (drafted instanceof SyncError && drafted.code === 'FILE_NOT_FOUND')
        return { ...kept(run, task, decision.version, { is: 'deleted' }), outcome: 'deleted' };
      if (drafted instanceof SyncError) return failed(run, task, decision, drafted);`,
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
        file: 'sync/sync.ts',
        find: '|| isRetryDue(stage.retryAtMs, run.nowMs());',
        replace: '|| stage.retryAtMs < 0;',
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
        file: 'sync/decide.ts',
        find: 'const back = { ...version, epoch: version.epoch + 1 };',
        replace: 'const back = version;',
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
