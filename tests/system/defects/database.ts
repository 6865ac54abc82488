import { SECOND } from '../sim/scenario.ts';
import { NO_TROUBLE } from '../sim/troubles.ts';
import type { Defect } from './defect.ts';

const OFTEN = { rates: { ...NO_TROUBLE, sink: 0.1 } };
const PICKY = { files: 20, picky: 0.5, rates: NO_TROUBLE, settings: { batchDocuments: 100 } };

/** What the engine can do wrong when the database fails, or refuses what it is given. */
export const DATABASE_DEFECTS: readonly Defect[] = [
  {
    name: 'an ambiguous commit is retried blindly',
    why: 'another runner may have moved on meanwhile, and its position is lost',
    edits: [
      {
        file: 'position/load.ts',
        find: 'const load = await this.#sink.begin({ sync, ledger, tables, since });',
        replace: `const now = this.#doubt ? await this.#sink.readState(sync) : since;
    const load = await this.#sink.begin({ sync, ledger, tables, since: now });`,
      },
      {
        file: 'position/load.ts',
        find: 'if (this.#doubt !== undefined && (await this.#isStored())) return this.#done();',
        replace: '',
      },
    ],
    caughtBy: /0 documents|went back|skipped|is reached, but stored|but committed|STATE_CONFLICT/,
    world: { runners: 2, rates: { ...NO_TROUBLE, sink: 0.15 }, runEveryMs: 20 * SECOND },
  },
  {
    name: 'an ambiguous commit is taken for done',
    why: 'when it was not, its files are skipped',
    edits: [
      {
        file: 'position/load.ts',
        find: 'if (this.#doubt !== undefined && (await this.#isStored())) return this.#done();',
        replace: 'if (this.#doubt !== undefined) return this.#done();',
      },
    ],
    caughtBy: /STATE_CONFLICT|is reached, but stored|but committed|skipped/,
    world: OFTEN,
  },
  {
    name: 'an ambiguous commit is not looked after',
    why: 'what it has done itself is then taken for the doing of another runner',
    edits: [
      {
        file: 'position/load.ts',
        find: 'if (this.#doubt !== undefined && (await this.#isStored())) return this.#done();',
        replace: '',
      },
      {
        file: 'position/load.ts',
        find: 'if (await this.#isStored().catch(() => cannotTell(doubt))) return this.#done();',
        replace: '',
      },
    ],
    caughtBy: /STATE_CONFLICT/,
    world: OFTEN,
  },
  {
    name: 'what may pass ends the run at once',
    why: 'a deadlock would end a first load of hours',
    edits: [
      {
        file: 'position/retrying.ts',
        find: 'if (!isPassing(error) || signal?.aborted === true) throw error;',
        replace: 'throw error;',
      },
    ],
    caughtBy: /SINK_UNAVAILABLE/,
    world: { ...OFTEN, settings: { sinkAttempts: 9 } },
  },
  {
    name: 'a ledger that breaks off is taken for read to its end',
    why: 'what it has not told is thought to be in no table',
    edits: [
      {
        file: 'sync/steady-sink.ts',
        find: 'const item = await retried(next, this.#retrying);',
        replace: `const item = await retried(next, this.#retrying).catch(() => ({
          done: true as const,
          value: undefined,
        }));`,
      },
    ],
    caughtBy: /./,
    world: { rates: { ...NO_TROUBLE, sink: 0.3 }, settings: { sinkAttempts: 1 } },
  },
  {
    name: 'a document that the database refuses ends the run',
    why: 'one file would hold up all others for ever',
    edits: [
      {
        file: 'sync/refusals.ts',
        find: 'if (!isRefusal(error) || items.length === 0) throw error;',
        replace: 'throw error;',
      },
    ],
    caughtBy: /INVALID_VALUE/,
    world: PICKY,
  },
  {
    name: 'a document that the database refuses is left out',
    why: 'the file would be in no table, not even as failed',
    edits: [
      {
        file: 'sync/refusals.ts',
        find: 'const instead = refused?.(error);',
        replace: 'const instead = refused?.(error) && undefined;',
      },
    ],
    caughtBy: /skipped|is missing/,
    world: PICKY,
  },
  {
    name: 'the position moves with a part of a load that was refused',
    why: 'a crash before the second half skips its files',
    edits: [
      {
        file: 'sync/refusals.ts',
        find: 'const part: CommitPart<T> = (some) => commit(some, false);',
        replace: 'const part: CommitPart<T> = (some) => commit(some, moves);',
      },
    ],
    caughtBy: /skipped/,
    world: { ...PICKY, picky: 0, mostDocuments: 2, rates: { ...NO_TROUBLE, kill: 0.03 } },
  },
  {
    name: 'the position moves with each of the loads that a batch needs',
    why: 'a crash before the last one skips its files',
    edits: [
      {
        file: 'sync/commit.ts',
        find: 'commit, at === all.length - 1);',
        replace: 'commit, at < all.length);',
      },
    ],
    caughtBy: /skipped/,
    world: {
      ...{ files: 20, kinds: 4, rates: { ...NO_TROUBLE, kill: 0.03 } },
      settings: { batchDocuments: 100, batchColumns: 2 },
    },
  },
  {
    name: 'of the loads that a batch needs, only the last one is done',
    why: 'the files of the others would be in no table',
    edits: [
      {
        file: 'sync/commit.ts',
        find: 'for (const [at, part] of all.entries())',
        replace: 'for (const [at, part] of [...all.entries()].slice(-1))',
      },
    ],
    caughtBy: /skipped/,
    world: {
      ...{ files: 20, kinds: 4, rates: NO_TROUBLE },
      settings: { batchDocuments: 100, batchColumns: 2 },
    },
  },
  {
    name: 'the wrong document is said to be refused',
    why: 'a file that could be loaded would be failed for ever, and the one that cannot holds up all',
    edits: [
      {
        file: 'sync/refusals.ts',
        find: 'mayBeRefused(item) && item.id === error.documentId;',
        replace:
          'mayBeRefused(item) && error.documentId !== undefined && item.id !== error.documentId;',
      },
    ],
    caughtBy: /is said to be refused, but the database holds it/,
    world: PICKY,
  },
  {
    name: 'files are said to be refused before that is in the database',
    why: 'a database that accepts nothing would make a failed file of each',
    edits: [
      {
        file: 'sync/draft.ts',
        find: 'return { ...draft, whenCommitted: () => run.emit(event) };',
        replace: 'run.emit(event);\n  return draft;',
      },
    ],
    caughtBy: /is said to be refused, but the database holds it/,
    world: { ...PICKY, picky: 0, stubborn: 0.1 },
  },
];
