import { NO_TROUBLE } from '../sim/troubles.ts';
import type { Defect } from './defect.ts';

const REFUSED = {
  refused: 0.9,
  files: 20,
  rates: NO_TROUBLE,
  settings: { consecutiveFailures: 4 },
};

/** Taking the source's failures for those of files, and the other way round. */
export const REFUSAL_DEFECTS: readonly Defect[] = [
  {
    name: 'refused files are taken for an outage',
    why: 'a few files that can never be had would hold up all others for ever',
    edits: [
      {
        file: 'sync/outage.ts',
        find: 'const { isWell, tried } = await run.probe.run(run, fileIdsOf(held));',
        replace: 'const { isWell, tried } = { isWell: false, tried: fileIdsOf(held).size };',
      },
    ],
    caughtBy: /everything works/,
    world: REFUSED,
  },
  {
    name: 'an outage is taken for failures of the files',
    why: 'while the storage is down, one file after the other would be called failed',
    edits: [
      {
        file: 'sync/outage.ts',
        find: 'const { isWell, tried } = await run.probe.run(run, fileIdsOf(held));',
        replace:
          'const { tried } = await run.probe.run(run, fileIdsOf(held));\n      const isWell = true;',
      },
    ],
    caughtBy: /of nothing that could be had/,
    world: { ...REFUSED, refused: 0, outages: 0.1 },
  },
  {
    name: 'a probe takes what has just failed for well',
    why: 'an outage would never be told from failures of files',
    edits: [
      { file: 'sync/probe.ts', find: 'return false;\n  }\n}', replace: 'return true;\n  }\n}' },
    ],
    caughtBy: /of nothing that could be had/,
    world: { ...REFUSED, refused: 0, outages: 0.1 },
  },
  {
    name: 'failures that are held back are forgotten at the end',
    why: 'files would be in no table, not even as failed',
    edits: [{ file: 'sync/outage.ts', find: '  }\n  yield* held;\n}', replace: '  }\n}' }],
    caughtBy: /skipped|is missing/,
    world: REFUSED,
  },
];
