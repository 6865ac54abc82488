import { HOUR, MINUTE, SECOND } from '../sim/scenario.ts';
import { NO_TROUBLE } from '../sim/troubles.ts';
import type { Defect } from './defect.ts';

const SLOW = { ...NO_TROUBLE, slow: 0.15 };

/** What can be without bounds: time, memory, and the patience of whoever asks for an end. */
export const BOUNDS_DEFECTS: readonly Defect[] = [
  {
    name: 'an answer may come as slowly as it likes',
    why: 'one file that comes drop by drop would hold a run for ever',
    edits: [
      {
        file: 'source/tdp/intake.ts',
        find: 'if (sinceMs === undefined || bytes >= (minRate * stretchMs) / 1000) return undefined;',
        replace: 'if (sinceMs === undefined || bytes > -1) return undefined;',
      },
    ],
    caughtBy: /drop by drop is never given up/,
    world: { rates: SLOW },
  },
  {
    name: 'an answer may be as long as it likes',
    why: 'a content that never ends would fill the memory',
    edits: [
      {
        file: 'source/tdp/intake.ts',
        find: 'if (this.#bytes > this.#maxBytes) return this.#tooLarge();',
        replace: '',
      },
    ],
    caughtBy: /without end is never given up/,
    world: { rates: SLOW, files: 15 },
  },
  {
    name: 'the place in the window passes a file that takes long',
    why: 'after a crash it would be left out',
    edits: [
      {
        file: 'sync/retrieve.ts',
        find: 'now: { ...done, after: undefined, task: { ...task, after: undefined } },',
        replace: 'now: done,',
      },
    ],
    caughtBy: /skipped: the open window/,
    world: { rates: SLOW, files: 20, settings: { concurrency: 6, batchDocuments: 3 } },
  },
  {
    name: 'one file that takes long holds up the commits',
    why: 'good files behind it would not be in the database for minutes',
    edits: [
      {
        file: 'sync/patience.ts',
        find: 'if (!isOver) this.#watch(leftMs);\n    return isOver;',
        replace: 'return false;',
      },
    ],
    caughtBy: /had come \d+ ms before it was committed/,
    world: { rates: SLOW, files: 20, settings: { concurrency: 6 } },
  },
  {
    name: 'a batch is only closed when something comes',
    why: 'what was gathered would not be in the database while the next file takes long',
    edits: [
      {
        file: 'sync/batch.ts',
        find: 'return this.drafts.length === 0 ? next :',
        replace: 'return this.drafts.length > -1 ? next :',
      },
    ],
    caughtBy: /had come \d+ ms before it was committed/,
    world: { rates: SLOW, files: 20, settings: { concurrency: 6, batchDocuments: 100 } },
  },
  {
    name: 'a run that is asked to stop waits for ever',
    why: 'SIGTERM would end nothing as long as one file does not come',
    edits: [
      {
        file: 'sync/retrieve.ts',
        find: 'const stops = [uncommitted.closed, drained(run, ended.signal), over.signal];',
        replace: 'const stops = [uncommitted.closed, over.signal];',
      },
    ],
    caughtBy: /asked to stop, and went on for/,
    world: { rates: { ...SLOW, stop: 0.05 }, files: 15, runEveryMs: MINUTE },
  },
  {
    name: 'what is given up has been dealt with',
    why: 'the place in the window would pass the files that a stop has left out',
    edits: [
      {
        file: 'sync/in-order.ts',
        find: "if (outcome === 'given up') {\n      this.#isBroken = true;",
        replace: "if (outcome === 'given up') {",
      },
    ],
    caughtBy: /skipped: the open window/,
    world: {
      rates: { ...SLOW, stop: 0.05 },
      files: 20,
      runEveryMs: MINUTE,
      settings: { concurrency: 6, drainMs: SECOND },
    },
  },
  {
    name: 'there is always room',
    why: 'files that turn out to be large would fill the memory',
    edits: [
      {
        file: 'sync/room.ts',
        find: 'return more <= 0 || this.#held + more <= this.#most || holder === this.#first;',
        replace: 'return true;',
      },
    ],
    caughtBy: /bytes are held besides the largest/,
    world: {
      large: 0.8,
      files: 20,
      rates: NO_TROUBLE,
      switches: { directGzip: 'decoded', duplicateFileIds: 0 },
      settings: { download: 'direct', concurrency: 6, aheadBytes: 350_000, pageMax: 12 },
    },
  },
  {
    name: 'the first in order waits for room, too',
    why: 'all would wait for one another',
    edits: [
      {
        file: 'sync/room.ts',
        find: ' || holder === this.#first;',
        replace: ';',
      },
    ],
    caughtBy: /hangs/,
    world: {
      large: 0.8,
      files: 20,
      rates: NO_TROUBLE,
      lengthMs: HOUR,
      switches: { directGzip: 'decoded', duplicateFileIds: 0 },
      settings: { download: 'direct', concurrency: 6, aheadBytes: 100_000, pageMax: 12 },
    },
  },
];
