import type { Defect } from './hooks.ts';
import { writeState } from './tamper.ts';

/** States that are kept or compared wrongly. */
export const stateDefects: readonly Defect[] = [
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
];
