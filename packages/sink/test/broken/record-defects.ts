import type { MemoryContent, MemoryDatabase, RowRecord } from '../../src/memory/index.ts';
import { recordOf } from '../../src/memory/records.ts';
import type { Attempt, Defect, Hooks } from './hooks.ts';

const KINDS = 'damages: there are none after commits of every kind';
const NOT_YET = 'damages: what is staged, disposed, refused or left alone is not recorded';
const ORPHANS = 'damage: rows of no document are told: given to another, or left behind by clear';
const OTHERS = 'damage: is that of the one sync, whatever the ids of the others';
const UNTIL = 'damage: is told until the document is committed with that table again';

/** What is recorded at the wrong time, or of the wrong documents. */
export const recordDefects: readonly Defect[] = [
  recorded('although the commit is refused', NOT_YET, { refused: recordStaged }),
  recorded('when it is staged', NOT_YET, { staged: recordStaged }),
  recorded('when it is disposed', NOT_YET, { disposed: recordStaged }),
  recorded('of documents that are left alone', NOT_YET, { committed: recordStaged }),
  recorded(
    'once, and not replaced',
    KINDS,
    keeping(() => true),
  ),
  recorded(
    'for ever, though the table is emptied',
    KINDS,
    keeping((rows) => rows === 0),
  ),
  recorded('of the tables that were named last', KINDS, { committed: forgetUnnamed }),
  recorded('anew from what is there, whatever is named', UNTIL, { committed: recordAll }),
  recorded('until any sync is cleared', OTHERS, { clear: clearing(() => new Map()) }),
  recorded('for ever, though the sync is cleared', ORPHANS, { clear: clearing((all) => all) }),
];

function recorded(name: string, caughtBy: string, hooks: Hooks): Defect {
  return { name: `rows are recorded ${name}`, caughtBy, hooks };
}

type Records = Map<string, Map<string, RowRecord>>;

function changeRecords(
  database: MemoryDatabase,
  sync: string,
  change: (records: Records) => void,
): void {
  const { content } = database;
  const records: Records = new Map(
    [...(content.records.get(sync) ?? [])].map(([id, one]) => [id, new Map(one)]),
  );
  change(records);
  database.content = { ...content, records: new Map(content.records).set(sync, records) };
}

function recordStaged({ database, target, documents }: Omit<Attempt, 'state'>): void {
  changeRecords(database, target.sync, (records) => {
    for (const { id, rows } of documents) {
      const own = records.get(id) ?? new Map();
      for (const [name, { length }] of rows)
        own.set(name, { rows: length, fingerprint: 'of what was staged' });
      records.set(id, own);
    }
  });
}

/** Puts back what was recorded before, of documents that have so many rows now. */
function keeping(isKept: (rows: number) => boolean): Hooks {
  let before: MemoryContent['records'] = new Map();
  return {
    documents: ({ database, documents }) => {
      before = database.content.records;
      return documents;
    },
    committed: ({ database, target, documents }) =>
      changeRecords(database, target.sync, (records) => {
        for (const { id, rows } of documents)
          for (const [name, { length }] of rows) {
            const old = before.get(target.sync)?.get(id)?.get(name);
            if (old !== undefined && isKept(length)) records.get(id)?.set(name, old);
          }
      }),
  };
}

function forgetUnnamed({ database, target, documents }: Attempt): void {
  changeRecords(database, target.sync, (records) => {
    for (const { id, rows } of documents)
      for (const name of records.get(id)?.keys() ?? [])
        if (!rows.has(name)) records.get(id)?.delete(name);
  });
}

function recordAll({ database, target, documents }: Attempt): void {
  changeRecords(database, target.sync, (records) => {
    for (const { id } of documents)
      for (const asked of target.tables) {
        const table = database.content.tables.get(asked.name);
        const record = table && recordOf(table, table.rows.get(id) ?? [], asked);
        if (record === undefined) records.get(id)?.delete(asked.name);
        else records.get(id)?.set(asked.name, record);
      }
  });
}

/** Forgets a sync, and leaves of what was recorded something else than it should. */
function clearing(
  left: (records: MemoryContent['records']) => MemoryContent['records'],
): NonNullable<Hooks['clear']> {
  return (database, sync) => {
    const { content } = database;
    const [states, ledgers] = [new Map(content.states), new Map(content.ledgers)];
    states.delete(sync);
    ledgers.delete(sync);
    database.content = { ...content, states, ledgers, records: left(content.records) };
  };
}
