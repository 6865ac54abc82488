import { HOUR, MINUTE, SECOND } from '../sim/scenario.ts';
import { NO_TROUBLE } from '../sim/troubles.ts';
import type { Defect } from './defect.ts';

/** What the engine can do wrong with windows, position and commits. */
export const ENGINE_DEFECTS: readonly Defect[] = [
  {
    name: 'the watermark passes a page that failed',
    why: 'what the page would have shown is never seen',
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
    caughtBy: /skipped/,
    world: { files: 15, rates: { ...NO_TROUBLE, http: 0.2 }, settings: { attempts: 2 } },
  },
  {
    name: 'the window is closed before its files are committed',
    why: 'a crash in between loses them',
    edits: [
      {
        file: 'sync/poll.ts',
        find: 'const seen = await syncPages(run, { query, after, advance, pass });',
        replace:
          'await closeWindow(run, window, 0);\n      const seen = await syncPages(run, { query, after, pass });',
      },
    ],
    caughtBy: /skipped/,
  },
  {
    name: 'the place in the window is committed before the files',
    why: 'a crash in between leaves out what stands before that place',
    edits: [
      {
        file: 'sync/commit.ts',
        find: 'run.position.commit(documents, tables, change)',
        replace:
          'run.catalog.save().then((catalog) => commitDocuments(run, [], catalog, change)).then(() => run.position.commit(documents, tables, {}))',
      },
    ],
    caughtBy: /skipped: the open window/,
  },
  {
    name: 'a resumed reading proves the window',
    why: 'a file that became searchable before the place of resumption is never seen',
    edits: [
      {
        file: 'sync/poll.ts',
        find: 'return after === undefined ? seen : undefined;',
        replace: 'return after === undefined || seen > 0 ? seen : undefined;',
      },
      {
        file: 'sync/page.ts',
        find: 'if (Math.min(count, countedBefore) <= seen) return seen;',
        replace: 'if (seen > -1) return seen;',
      },
    ],
    caughtBy: /skipped|went back/,
    world: {
      rates: { ...NO_TROUBLE, kill: 0.01 },
      settings: { batchDocuments: 1 },
      labEveryMs: 20 * SECOND,
    },
  },
  {
    name: 'the lag is saved into the watermark',
    why: 'what is indexed within the lag is never seen',
    edits: [
      {
        file: 'sync/poll.ts',
        find: '...reached(run.position.state, window.toMs),',
        replace: '...reached(run.position.state, window.toMs + 60_000),',
      },
    ],
    caughtBy: /is not \d+ ms ago/,
  },
  {
    name: 'a quiet run never stores how far it has come',
    why: 'windows would grow for ever, and a monitor would see the position stand still',
    edits: [{ file: 'position/position.ts', find: 'laterMs < idleMs', replace: 'laterMs < 1e15' }],
    caughtBy: /is reached, but stored/,
    world: { rates: NO_TROUBLE, labEveryMs: HOUR, runEveryMs: 8 * MINUTE },
  },
  {
    name: 'windows end now',
    why: 'a file is searchable only some time after its stamp',
    edits: [
      {
        file: 'source/window.ts',
        find: 'Math.min(rule.nowMs - rule.settleMs, ',
        replace: 'Math.min(rule.nowMs, ',
      },
    ],
    caughtBy: /is not \d+ ms ago/,
  },
  {
    name: 'windows do not look back',
    why: 'a file that became searchable late is never seen',
    edits: [{ file: 'source/window.ts', find: 'reached - rule.lookbackMs', replace: 'reached' }],
    caughtBy: /skipped/,
    world: { rates: NO_TROUBLE, labEveryMs: 20 * SECOND, runEveryMs: MINUTE },
  },
  {
    name: 'an error is reported as complete',
    why: 'an operator would never learn that nothing came in',
    edits: [
      {
        file: 'sync/run.ts',
        find: 'if (!isStop(run, error)) throw error;',
        replace: 'void error;',
      },
    ],
    caughtBy: /complete, but|is reached, but stored/,
    world: { rates: { ...NO_TROUBLE, http: 0.2 }, settings: { attempts: 2 } },
  },
  {
    name: 'a stopped run is reported as complete',
    why: 'the next step of a job would start on half the data',
    edits: [
      {
        file: 'sync/sync.ts',
        find: 'const isInterrupted = isStopped(run) && isLeft;',
        replace: 'const isInterrupted = false;',
      },
    ],
    caughtBy: /complete, but/,
    world: { rates: { ...NO_TROUBLE, stop: 0.02 } },
  },
  {
    name: 'a commit does not say what it continues',
    why: 'two runners at once undo each other',
    edits: [
      {
        file: 'position/position.ts',
        find: 'since: this.#stored, state, documents };',
        replace: 'since: await sink.readState(sync), state, documents };',
      },
    ],
    caughtBy: /went back|skipped|is reached, but stored/,
    world: { runners: 2, rates: NO_TROUBLE, runEveryMs: 10 * SECOND, labEveryMs: 20 * SECOND },
  },
  {
    name: 'the position is not read',
    why: 'every run would begin at the oldest file, and no commit would succeed',
    edits: [
      {
        file: 'position/position.ts',
        find: 'if (stored === undefined)\n      return',
        replace: 'if (stored !== null)\n      return',
      },
    ],
    caughtBy: /went back|STATE_CONFLICT|is not/,
    world: { lengthMs: HOUR },
  },
];
