import { SinkError } from '../../src/index.ts';
import type { MemoryDatabase } from '../../src/memory/index.ts';
import type { Defect } from './defects.ts';
import type { ReadDocument } from './hooks.ts';

/** Orders, states, ledgers and loads that are kept wrongly. */
export const ledgerDefects: readonly Defect[] = [
  {
    name: 'the order is not looked at',
    caughtBy: 'order: a document stored at a greater order is left alone',
    hooks: { beats: () => true },
  },
  {
    name: 'the same order is written again',
    caughtBy: 'order: a document stored at the same order is left alone',
    hooks: { beats: (order, stored) => order >= stored },
  },
  {
    name: 'orders are compared as numbers',
    caughtBy: 'order: orders are compared byte by byte against the ledger',
    hooks: {
      beats: (order, stored) => {
        const difference = Number(order) - Number(stored);
        return Number.isNaN(difference) ? order > stored : difference > 0;
      },
    },
  },
  {
    name: 'orders are compared as a dictionary does',
    caughtBy: 'order: orders are compared byte by byte against the ledger',
    hooks: { beats: (order, stored) => order.localeCompare(stored, 'en') > 0 },
  },
  {
    name: 'orders are compared without case',
    caughtBy: 'order: orders are compared byte by byte against the ledger',
    hooks: { beats: (order, stored) => order.toLowerCase() > stored.toLowerCase() },
  },
  {
    name: 'orders are compared by their first 64 characters',
    caughtBy: 'order: orders are compared byte by byte against the ledger',
    hooks: { beats: (order, stored) => order.slice(0, 64) > stored.slice(0, 64) },
  },
  {
    name: 'of one document twice in a load the last wins',
    caughtBy: 'order: of one document twice in a stage call the greater order counts',
    hooks: {
      documents: ({ documents }) => [...new Map(documents.map((one) => [one.id, one])).values()],
    },
  },
  {
    name: 'of one document twice in a load the first wins',
    caughtBy: 'order: of one document in two stage calls the greater order counts',
    hooks: {
      documents: ({ documents }) => [
        ...new Map(
          documents.map((one) => [one.id, one]).reverse() as [string, ReadDocument][],
        ).values(),
      ],
    },
  },
  {
    name: 'of equal orders in a load the last wins',
    caughtBy: 'order: of equal orders within a load the first counts',
    hooks: { documents: ({ documents }) => [...documents].reverse() },
  },
  {
    name: 'ids are compared without their last digit',
    caughtBy: 'order: ids that differ in one digit are two documents',
    hooks: {
      documents: ({ documents }) => [
        ...new Map(documents.map((one) => [one.id.slice(0, 31), one])).values(),
      ],
    },
  },
  {
    name: 'ids in capitals are taken, and folded',
    caughtBy: 'order: an id, order or status that is not of its form is refused',
    hooks: { accept: (document) => ({ ...document, id: document.id.toLowerCase() }) },
  },
  {
    name: 'documents left alone are counted as applied',
    caughtBy: 'order: a commit counts what it applied and what it left alone',
    hooks: { result: ({ applied, leftAlone }) => ({ applied: applied + leftAlone, leftAlone: 0 }) },
  },
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
    name: 'the state is stored first, outside the transaction that then fails',
    caughtBy:
      'conflict: a load that began with an outdated state cannot commit, and changes nothing',
    hooks: { refused: ({ database, target, state }) => writeState(database, target.sync, state) },
  },
  {
    name: 'the state is stored by stage',
    caughtBy: 'state: a sync that never committed has none',
    hooks: { staged: ({ database, target }) => writeState(database, target.sync, 'begun') },
  },
  {
    name: 'nothing is compared before the state is set',
    caughtBy:
      'conflict: a load that began with an outdated state cannot commit, and changes nothing',
    hooks: { since: ({ database, target }) => database.content.states.get(target.sync) },
  },
  {
    name: 'the state is compared first and set later, with others in between',
    caughtBy: 'conflict: of several loads from the same state exactly one commits',
    hooks: { comparesTooEarly: true },
  },
  {
    name: 'first loads are compared first and written later, with others in between',
    caughtBy: 'conflict: of several first loads exactly one commits',
    hooks: { comparesTooEarly: true },
  },
  {
    name: 'a first load is not compared with what is stored',
    caughtBy: 'conflict: a load that knows of no state cannot commit when one is stored',
    hooks: {
      since: ({ database, target }) => target.since ?? database.content.states.get(target.sync),
    },
  },
  {
    name: 'a load that knows of a state commits where none is stored',
    caughtBy: 'conflict: a load that knows of a state cannot commit when none is stored',
    hooks: {
      since: ({ database, target }) =>
        database.content.states.has(target.sync) ? target.since : undefined,
    },
  },
  {
    name: 'states are compared without case and blanks at the end',
    caughtBy: 'state: is compared to the letter',
    hooks: {
      since: ({ database, target }) => {
        const stored = database.content.states.get(target.sync);
        const fold = (state: string | undefined) => state?.trimEnd().toLowerCase();
        return fold(stored) === fold(target.since) ? stored : target.since;
      },
    },
  },
  {
    name: 'an empty load does not move the state',
    caughtBy: 'state: an empty load moves it, and counts nothing',
    hooks: {
      state: (state) => state,
      committed: ({ database, target, documents }) => {
        if (documents.length === 0) writeState(database, target.sync, target.since);
      },
    },
  },
  {
    name: 'blanks at the end of a state are trimmed',
    caughtBy: 'state: is kept to the letter, and found again by it',
    hooks: { state: (state) => state.trimEnd() },
  },
  {
    name: 'a state is cut at 4,000 characters',
    caughtBy: 'state: a text of a megabyte is kept to the letter',
    hooks: { state: (state) => state.slice(0, 4_000) },
  },
  {
    name: 'syncs are compared without case',
    caughtBy: 'state: names of syncs are compared byte by byte',
    hooks: { sync: (sync) => sync.toLowerCase() },
  },
  {
    name: 'syncs are compared without blanks at the end',
    caughtBy: 'state: names of syncs are compared byte by byte',
    hooks: { sync: (sync) => (sync.trim() === '' ? sync : sync.trimEnd()) },
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
        database.content = { tables: new Map(), states: new Map(), ledgers: new Map() };
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

function writeState(database: MemoryDatabase, sync: string, state: string | undefined): void {
  const states = new Map(database.content.states);
  if (state === undefined) states.delete(sync);
  else states.set(sync, state);
  database.content = { ...database.content, states };
}

function writeLines(
  database: MemoryDatabase,
  sync: string,
  documents: readonly ReadDocument[],
): void {
  const ledger = new Map(database.content.ledgers.get(sync));
  for (const { id, order, status } of documents) ledger.set(id, { id, order, status });
  const ledgers = new Map(database.content.ledgers).set(sync, ledger);
  database.content = { ...database.content, ledgers };
}
