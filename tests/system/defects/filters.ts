import { HOUR, SECOND } from '../sim/scenario.ts';
import type { Defect } from './defect.ts';

/** A lab whose config gets other filters, narrower and wider ones. */
const REFILTERED: Defect['world'] = {
  labEveryMs: 20 * SECOND,
  lengthMs: 2 * HOUR,
  sweeps: 0.3,
  refilters: 0.05,
  settings: { deletes: 'mark' },
};

/** What the engine can do wrong when the filter changes. */
export const FILTER_DEFECTS: readonly Defect[] = [
  {
    name: 'another filter goes on where the one before it was',
    why: 'older files that only the new one matches would never be asked for',
    edits: [
      {
        file: 'position/position.ts',
        find: 'const start = changes.scope ? { ...fresh, inherited, hasEpochs } : state;',
        replace: 'const start = { ...state, scope: source.scope };',
      },
    ],
    caughtBy: /skipped/,
    world: { ...REFILTERED, sweeps: 0 },
  },
  {
    name: 'what a narrowed filter leaves out stays loaded',
    why: 'whoever narrows a filter would go on reading what is out of scope',
    edits: [
      {
        file: 'sync/settle-absent.ts',
        find: "if (fate === 'unmatched') return 'unmatched';",
        replace: "if (fate === 'unmatched') return undefined;",
      },
    ],
    caughtBy: /is gone from TDP, but/,
    world: REFILTERED,
  },
  {
    name: 'what a narrowed filter leaves out is called deleted',
    why: 'a file that TDP has would be said to be gone',
    edits: [
      {
        file: 'sync/absent.ts',
        find: "[own, version, path].some((name) => any.has(name)) ? 'unmatched' : 'vanished'",
        replace: "any.has('') ? 'unmatched' : 'vanished'",
      },
      {
        file: 'sync/settle-absent.ts',
        find: "return (await records.contradict(order.fileId)) ? 'hidden' : 'vanished';",
        replace: "return 'vanished';",
      },
    ],
    caughtBy: /called deleted, but TDP has it/,
    world: REFILTERED,
  },
  {
    name: 'what a wider filter matches again stays unmatched',
    why: 'the file would be out of scope for ever',
    edits: [
      {
        file: 'sync/decide.ts',
        find: "stage.is === 'missing' || stage.is === 'unmatched' || stage.is === 'deleted'",
        replace: "stage.is === 'missing' || stage.is === 'deleted'",
      },
    ],
    caughtBy: /in the end the database is not TDP|skipped/,
    world: REFILTERED,
  },
];
