import type { RowDamage } from '../../src/index.ts';
import { damagesIn } from '../../src/memory/records.ts';
import type { Defect, Hooks, Proving } from './hooks.ts';

const KINDS = 'damages: there are none after commits of every kind';
const MEANWHILE = 'damages: what is committed while they are read is none';
const WAITING = 'damages: a reader that stops half-way, or waits, holds up no commit and no begin';
const CLOSING =
  'damages: an iteration under way when the sink is closed goes on to the end or rejects';
const REFUSED = 'damages: names that are none are refused';
const GONE = 'damage: a row that is gone is told, with its document, its table and both numbers';
const ORPHANS = 'damage: rows of no document are told: given to another, or left behind by clear';
const DROPPED =
  'damage: a table that was dropped has no rows, and neither has one that was made anew';
const SORTED = 'damage: comes in ascending byte order of ids, then in the order of the tables';
const OTHERS = 'damage: is that of the one sync, whatever the ids of the others';
const MANY =
  'damage: is found among tens of thousands of rows and more tables than a load may name';
const CLOSED = 'open: a closed sink rejects what is asked of it';

/** What was recorded well, and is told wrongly. */
export const tellingDefects: readonly Defect[] = [
  telling('of all that is there, right or not', KINDS, (told, { database }) => {
    const rows = [...(database.content.tables.get('runs')?.rows ?? [])];
    const right = rows.map(([id, { length }]) => ({ id, recorded: length, found: length }));
    return [...told, ...right.map((one) => ({ ...one, table: 'runs' }))];
  }),
  telling('without what was found', GONE, (told) => told.map((one) => ({ ...one, found: 0 }))),
  telling('only of documents that are loaded', GONE, (told, { database, sync }) => {
    const ledger = database.content.ledgers.get(sync);
    return told.filter(({ id }) => ledger?.get(id)?.status === 'loaded');
  }),
  telling('only of documents in the ledger', ORPHANS, (told, { database, sync }) =>
    told.filter(({ id }) => database.content.ledgers.get(sync)?.has(id)),
  ),
  telling('only of what can be the id of a document', ORPHANS, (told) =>
    told.filter(({ id }) => /^[0-9a-f]{32}$/.test(id)),
  ),
  telling('not of tables that do not exist', DROPPED, (told, { database }) =>
    told.filter(({ table }) => database.content.tables.has(table)),
  ),
  telling('table by table', SORTED, (told, { tables }) =>
    tables.flatMap(({ name }) => told.filter(({ table }) => table === name)),
  ),
  telling('from the last to the first', SORTED, (told) => [...told].reverse()),
  telling('once for each document', SORTED, (told) =>
    told.filter(({ id }, at) => told[at - 1]?.id !== id),
  ),
  telling('of the first ten thousand documents', MANY, (told) =>
    told.filter(({ id }) => Number.parseInt(id, 16) < 10_000),
  ),
  telling('of the first hundred tables', MANY, (told, { tables }) =>
    told.filter(({ table }) => tables.slice(0, 100).some(({ name }) => name === table)),
  ),
  proving('with an error for a table that does not exist', DROPPED, async function* (asked) {
    const { tables, database, right } = asked;
    for (const { name } of tables)
      if (!database.content.tables.has(name)) throw new Error('no such table');
    yield* right();
  }),
  proving('in tables that are created for it', DROPPED, async function* (asked) {
    const { tables, database, right } = asked;
    const all = new Map(database.content.tables);
    for (const table of tables)
      if (!all.has(table.name)) all.set(table.name, { ...table, rows: new Map() });
    database.content = { ...database.content, tables: all };
    yield* right();
  }),
  proving('of another sync, if it has the same ids', OTHERS, async function* (asked) {
    const { tables, database, right } = asked;
    yield* right();
    for (const sync of database.content.records.keys())
      if (sync !== asked.sync) yield* damagesIn(database.content, sync, tables);
  }),
  proving('by records that are read first, and rows that are read later', MEANWHILE, readApart),
  proving('by what is there when its turn comes', WAITING, oneByOne),
  proving('without a look at names', REFUSED, async function* ({ database, sync, tables }) {
    yield* damagesIn(database.content, sync, tables);
  }),
  proving('to an early end when the sink is closed', CLOSING, async function* (asked) {
    for await (const damage of asked.right()) {
      if (asked.isClosed()) return;
      yield damage;
    }
  }),
  proving('by a sink that is closed', CLOSED, async function* ({ isClosed, right }) {
    if (!isClosed()) yield* right();
  }),
  {
    name: 'damage is told with a lock that a commit does not get',
    caughtBy: WAITING,
    hooks: locking(),
  },
];

function proving(name: string, caughtBy: string, prove: NonNullable<Hooks['prove']>): Defect {
  return { name: `damage is told ${name}`, caughtBy, hooks: { prove } };
}

/** Tells something else than what is right. */
function telling(
  name: string,
  caughtBy: string,
  change: (told: readonly RowDamage[], asked: Proving) => readonly RowDamage[],
): Defect {
  return proving(name, caughtBy, async function* (asked) {
    const told: RowDamage[] = [];
    for await (const damage of asked.right()) told.push(damage);
    yield* change(told, asked);
  });
}

async function* readApart({ database, sync, tables, right }: Proving): AsyncGenerator<RowDamage> {
  const { records } = database.content;
  // Whatever else is under way goes on meanwhile.
  await new Promise(setImmediate);
  if (records === database.content.records) yield* right();
  else yield* damagesIn({ ...database.content, records }, sync, tables);
}

/** Looks at the rows of a document when it is asked for the next one. */
async function* oneByOne({ database, sync, tables }: Proving): AsyncGenerator<RowDamage> {
  const before = database.content.records.get(sync) ?? new Map();
  for (const [id, record] of [...before].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { content } = database;
    const stored = [...content.tables].map(
      ([key, table]) =>
        [key, { ...table, rows: new Map([[id, table.rows.get(id) ?? []]]) }] as const,
    );
    const records = new Map([[sync, new Map([[id, record]])]]);
    yield* damagesIn({ ...content, tables: new Map(stored), records }, sync, tables);
  }
}

function locking(): Hooks {
  let readers = 0;
  return {
    prove: async function* ({ right }) {
      readers += 1;
      try {
        yield* right();
      } finally {
        readers -= 1;
      }
    },
    documents: ({ documents }) => {
      if (readers === 0) return documents;
      throw new Error('database is locked');
    },
  };
}
