import { lineConflict, type StoredDocument, type Target } from '../../src/index.ts';
import type { MemoryDatabase } from '../../src/memory/index.ts';
import type { Attempt, Defect, ReadDocument } from './hooks.ts';

const began = new WeakMap<Target, ReadonlyMap<string, StoredDocument>>();

/** Workers that write to one ledger and get in each other's way, and documents whose line is another by now. */
export const oneLedgerDefects: readonly Defect[] = [
  {
    name: 'the ledger is the one of the state, whatever the load says',
    caughtBy:
      'one ledger: loads with states of their own write to it, and each finds the lines of the others',
    hooks: { target: ({ ledger: _, ...target }) => target },
  },
  {
    name: 'the state is the one of the ledger',
    caughtBy:
      'one ledger: loads with states of their own write to it, and each finds the lines of the others',
    hooks: { target: (target) => ({ ...target, sync: target.ledger ?? target.sync }) },
  },
  {
    name: 'the state of a load into the ledger of another is not compared',
    caughtBy:
      'one ledger: a load that began with an outdated state of its own cannot commit, whatever the others do',
    hooks: {
      since: ({ database, target }) =>
        target.ledger === undefined ? target.since : database.content.states.get(target.sync),
    },
  },
  {
    name: 'who wins is decided by the ledger as it was when the load began',
    caughtBy:
      'one ledger: of a document in two loads the greater order counts, whichever commits last',
    hooks: {
      target: (target, database) => {
        const copy = { ...target };
        began.set(copy, linesOf({ database, target }));
        return copy;
      },
      documents: (attempt) => {
        const before = began.get(attempt.target) ?? new Map<string, StoredDocument>();
        const won = attempt.documents.filter(
          ({ id, order }) => order > (before.get(id)?.order ?? ''),
        );
        forget(attempt, won);
        return won;
      },
    },
  },
  {
    name: 'clearing a sync clears the states of all',
    caughtBy:
      'one ledger: clearing the sync forgets the ledger, and leaves the states of the others',
    hooks: {
      clear: (database) => {
        database.content = { ...database.content, ledgers: new Map(), states: new Map() };
      },
    },
  },
  ...[
    'none, where one is stored',
    'another than the stored one',
    'one, where none is stored',
  ].flatMap((which): readonly Defect[] => [
    {
      name: `what a document was made against is not looked at: ${which}`,
      caughtBy: `replaces: a load with a document made against ${which}, is refused as a whole`,
      hooks: { documents: ({ documents }) => documents.map(({ replaces: _, ...rest }) => rest) },
    },
    {
      name: `a document that was made against ${which}, is left out, and the others are not`,
      caughtBy: `replaces: a load with a document made against ${which}, is refused as a whole`,
      hooks: {
        documents: (attempt) => attempt.documents.filter((one) => !isOutdated(attempt, one)),
      },
    },
  ]),
  {
    name: 'a document that is left alone refuses the load',
    caughtBy:
      'replaces: a document that is left alone refuses nothing, whatever it was made against',
    hooks: {
      documents: (attempt) => {
        if (attempt.documents.some((one) => isOutdated(attempt, one))) throw lineConflict('lab');
        return attempt.documents;
      },
    },
  },
  {
    name: 'what documents were made against is compared with the ledger as it was when the load began',
    caughtBy:
      'replaces: of two loads made against the same line one is applied, though each has a state of its own',
    hooks: {
      target: (target, database) => {
        const copy = { ...target };
        began.set(copy, linesOf({ database, target }));
        return copy;
      },
      documents: ({ target, documents }) => {
        const before = began.get(target);
        const isOther = ({ id, replaces }: ReadDocument): boolean =>
          replaces !== undefined && replaces !== (before?.get(id)?.order ?? null);
        if (documents.some(isOther)) throw lineConflict('lab');
        return documents.map(({ replaces: _, ...rest }) => rest);
      },
    },
  },
  {
    name: 'no document may say what it was made against',
    caughtBy:
      'replaces: a document that was made against the stored line is applied, and so is one against none',
    hooks: {
      documents: ({ documents }) => {
        if (documents.some(({ replaces }) => replaces !== undefined)) throw lineConflict('lab');
        return documents;
      },
    },
  },
];

function isOutdated(attempt: Attempt, { id, replaces }: ReadDocument): boolean {
  return replaces !== undefined && replaces !== (linesOf(attempt).get(id)?.order ?? null);
}

function linesOf({
  database,
  target,
}: {
  readonly database: MemoryDatabase;
  readonly target: Target;
}): ReadonlyMap<string, StoredDocument> {
  return database.content.ledgers.get(target.ledger ?? target.sync) ?? new Map();
}

/** Takes the lines of these documents out of the ledger, so that they win. */
function forget({ database, target }: Attempt, documents: readonly ReadDocument[]): void {
  const { content } = database;
  const name = target.ledger ?? target.sync;
  const ledger = new Map(content.ledgers.get(name));
  for (const { id } of documents) ledger.delete(id);
  database.content = { ...content, ledgers: new Map(content.ledgers).set(name, ledger) };
}
