import type { Defect } from './defect.ts';

/** What a verification can do wrong. */
export const VERIFY_DEFECTS: readonly Defect[] = [
  {
    name: 'the ledger is believed, and rows are not looked at',
    why: 'rows that somebody has deleted would be called equal',
    edits: [
      { file: 'verify/verify.ts', find: 'await compareRows(look);', replace: 'void compareRows;' },
    ],
    caughtBy: /files are damaged, verify says/,
  },
  {
    name: 'a file whose rows are damaged is taken for held',
    why: 'a repair would load nothing',
    edits: [
      {
        file: 'sync/decide.ts',
        find: 'if (context.anew === true)',
        replace: "if (context.anew === true && stored.order === '')",
      },
    ],
    caughtBy: /in the end the database is not TDP/,
    world: { files: 15 },
  },
];
