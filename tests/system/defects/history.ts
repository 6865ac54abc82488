import { SECOND } from '../sim/scenario.ts';
import { NO_TROUBLE } from '../sim/troubles.ts';
import type { Defect } from './defect.ts';

const KEPT = { settings: { history: true, deletes: 'mark' } } as const;

/** What can go wrong with the history of files, and with stretches of time. */
export const HISTORY_DEFECTS: readonly Defect[] = [
  {
    name: 'a change takes the place of what was told before',
    why: 'nobody could say which version was there before this one',
    edits: [
      {
        file: 'sync/history.ts',
        find: 'const held = histories.get(document.id) ?? [];',
        replace: 'const held: readonly Row[] = [];',
      },
    ],
    caughtBy: /history of .*: line \d+ of its history has changed/,
    world: KEPT,
  },
  {
    name: 'the history is read once and not before each commit',
    why: 'of two versions that come in two batches the first would be forgotten',
    edits: [
      {
        file: 'sync/commit.ts',
        find: 'const histories = await historiesOf(\n    run,\n    drafts.map(({ id }) => id),\n  );',
        replace:
          'const kept = run.tally as { old?: Awaited<ReturnType<typeof historiesOf>> };\n  kept.old ??= await historiesOf(run, drafts.map(({ id }) => id));\n  const histories = kept.old;',
      },
    ],
    caughtBy: /history of .*: (?:line \d+ of its history has changed|its history ends)/,
    world: {
      ...{ labEveryMs: 5 * SECOND, files: 20, rates: NO_TROUBLE, sweeps: 0 },
      switches: { reindexRevives: true },
      settings: { history: true, batchDocuments: 1 },
    },
  },
  {
    name: 'each attempt of a file that fails is a line',
    why: 'a file that never loads would fill the history by itself',
    edits: [
      {
        file: 'tables/history-table.ts',
        find: "if (isUnchanged) return wasMissing ? 'restored' : undefined;",
        replace:
          "if (isUnchanged && line.status !== 'failed') return wasMissing ? 'restored' : undefined;",
      },
    ],
    caughtBy:
      /history of .*: (?:a line of history tells nothing|nothing has changed|reindexed is no word)/,
    world: { ...KEPT, refused: 0.5, labEveryMs: 20 * SECOND },
  },
  {
    name: 'what a sweep finds out is in no history',
    why: 'a deleted file would seem to be there to this day',
    edits: [
      {
        file: 'sync/commit.ts',
        find: 'some.map((document) => withHistory(run, document, histories))',
        replace: '[...some]',
      },
    ],
    caughtBy: /history of .*: no line of history says that it is/,
    world: { ...KEPT, sweeps: 0.5, labEveryMs: 20 * SECOND },
  },
  {
    name: 'a history that begins later says nothing of the files that are there',
    why: 'it would seem that they have never been loaded',
    edits: [
      {
        file: 'position/position.ts',
        find: 'const hasHistory = state.hasHistory && source.hasHistory;',
        replace: 'const { hasHistory } = source;',
      },
    ],
    caughtBy: /history of .*: its history ends with/,
    world: { ...KEPT, historyFlips: 0.1, labEveryMs: 20 * SECOND },
  },
  {
    name: 'a file that is back is not told of',
    why: 'it would seem to be missing to this day',
    edits: [
      {
        file: 'tables/history-table.ts',
        find: "if (isUnchanged) return wasMissing ? 'restored' : undefined;",
        replace: 'if (isUnchanged) return undefined;',
      },
    ],
    caughtBy: /history of .*: no line of history says that it is/,
    world: {
      ...{ sweeps: 0.6, labEveryMs: 20 * SECOND, rates: NO_TROUBLE },
      switches: { softDeleted: 'remove' },
      settings: { history: true, deletes: 'mark' },
    },
  },
  {
    name: 'a stretch of time moves the position',
    why: 'the next run would pass over all that lies before it',
    edits: [
      {
        file: 'sync/backfill.ts',
        find: 'return syncPages(run, { query, pass, retryNow: pass === 1 });',
        replace:
          'return syncPages(run, { query, pass, advance: () => ({ watermarkMs: window.toMs }) });',
      },
    ],
    caughtBy: /skipped|is not \d+ ms ago|went back|is reached, but stored/,
    world: { backfills: 0.5, labEveryMs: 20 * SECOND, rates: NO_TROUBLE },
  },
  {
    name: 'a stretch of time is read from later on than it says',
    why: 'what it leaves out would be missing, and nobody would know',
    edits: [
      {
        file: 'sync/backfill.ts',
        find: 'return untilProven(run, query, {',
        replace:
          'return syncPages(run, { query: { ...query, indexed: { ...window, fromMs: window.fromMs + 1_800_000 } } });\n  return untilProven(run, query, {',
      },
    ],
    caughtBy: /skipped: .* is filled/,
    world: { backfills: 0.7, labEveryMs: 20 * SECOND, files: 20, rates: NO_TROUBLE },
  },
];
