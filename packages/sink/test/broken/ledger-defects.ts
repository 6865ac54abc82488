import { SinkError } from '../../src/index.ts';
import { MemoryDatabase } from '../../src/memory/index.ts';
import type { Defect } from './hooks.ts';
import { writeLines, writeState } from './tamper.ts';

/** Ledgers and loads that are kept wrongly. */
export const ledgerDefects: readonly Defect[] = [
  {
    name: 'the status is lost',
    caughtBy: 'ledger: id, order and status of each document are stored',
    hooks: { lines: (lines) => lines.map((line) => ({ ...line, status: 'loaded' })) },
  },
  {
    name: 'the ledger is read in no order',
    caughtBy: 'ledger: lines come in ascending byte order of their ids',
    hooks: { lines: (lines) => [...lines].reverse() },
  },
  {
    name: 'the ledger is read in pages by OFFSET, each of another moment',
    caughtBy: 'ledger: a reader that stops half-way, or waits, holds up no commit',
    hooks: { linesByOffset: 1000 },
  },
  {
    name: 'the ledger stops at ten thousand lines',
    caughtBy: 'ledger: holds thousands of lines, each given once',
    hooks: { lines: (lines) => lines.slice(0, 10_000) },
  },
  {
    name: 'ledger lines are staged where the ledger is',
    caughtBy: 'staging: no reader sees what is staged',
    hooks: {
      staged: ({ database, target, documents }) => writeLines(database, target.sync, documents),
    },
  },
  {
    name: 'ledger lines are written although the commit is refused',
    caughtBy:
      'conflict: a load that began with an outdated state cannot commit, and changes nothing',
    hooks: {
      refused: ({ database, target, documents }) => writeLines(database, target.sync, documents),
    },
  },
  {
    name: 'clear forgets every sync',
    caughtBy: 'clear: leaves every other sync as it is',
    hooks: {
      clear: (database) => {
        database.content = { ...database.content, states: new Map(), ledgers: new Map() };
      },
    },
  },
  {
    name: 'clear forgets the state and keeps the ledger',
    caughtBy: 'clear: forgets state and ledger of one sync and leaves the rows',
    hooks: { clear: (database, sync) => writeState(database, sync, undefined) },
  },
  {
    name: 'clear drops the rows as well',
    caughtBy: 'clear: forgets state and ledger of one sync and leaves the rows',
    hooks: {
      clear: (database) => {
        database.content = new MemoryDatabase().content;
      },
    },
  },
  {
    name: 'the first error is swallowed',
    caughtBy: 'staging: when a later stage call fails, the load cannot commit and nothing is left',
    hooks: { swallowsErrors: true },
  },
  {
    name: 'a load can be committed after stage has failed',
    caughtBy: 'staging: when a later stage call fails, the load cannot commit and nothing is left',
    hooks: { reopensLoads: true },
  },
  {
    name: 'the error of the rows is replaced by one of the sink',
    caughtBy: 'staging: an error thrown by the rows comes through, and nothing is left',
    hooks: {
      accept: (document) => {
        throw new SinkError('SINK_FAILED', `document ${document.id} broke`);
      },
    },
  },
];
