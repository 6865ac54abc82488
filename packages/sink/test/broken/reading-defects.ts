import { SinkError, type StoredRow } from '../../src/index.ts';
import type { Defect, Hooks, Reading } from './hooks.ts';

const ORDER = 'rows: come in ascending byte order of id, then as the document gave them';
const NAMED = 'rows: only those of the documents that are named, and of the table that is named';
const ODD_IDS = 'rows: of ids that are unknown, there twice, no ids at all, or none';
const MISSING = 'rows: of a table that does not exist there are none, and none is created';
const COMMITTED = 'rows: only what is committed, and all of it, through any sink';
const LARGE = 'rows: large documents, small ones and one of thousands of rows come whole';
const COLUMNS =
  'rows: have the columns that are asked for, in that order, null where the table lacks one';
const MISMATCH = 'rows: a column of another type is SCHEMA_MISMATCH, whatever the ids';

/** Rows that are kept well, and of which the wrong ones are read. */
export const readingDefects: readonly Defect[] = [
  {
    name: 'rows are read in pages by OFFSET, each of another moment',
    caughtBy: 'rows: of one document are of one commit, whatever is committed while they are read',
    hooks: {
      read: async function* ({ right }) {
        for (let offset = 0; ; offset += 1000) {
          const rows: StoredRow[] = [];
          for await (const row of right()) rows.push(row);
          const page = rows.slice(offset, offset + 1000);
          yield* page;
          if (page.length < 1000) return;
        }
      },
    },
  },
  reading('in the order in which ids are given', ORDER, (rows, { ids }) =>
    [...new Set(ids)].flatMap((id) => rows.filter((row) => row.id === id)),
  ),
  reading('in no order within a document', ORDER, (rows) =>
    sorted(rows, (a, b) => number(b) - number(a)),
  ),
  reading('with _row compared as text', ORDER, (rows) =>
    sorted(rows, (a, b) => (`${number(a)}` < `${number(b)}` ? -1 : 1)),
  ),
  reading('only the first of each document', ORDER, (rows) =>
    rows.filter((row, n) => row.id !== rows[n - 1]?.id),
  ),
  reading('of all documents between the least and the greatest id', NAMED, (_, asked) => {
    const ids = [...asked.ids].sort();
    return all(asked).filter(({ id }) => id >= (ids[0] ?? '') && id <= (ids.at(-1) ?? ''));
  }),
  reading('for each time that an id is there', ODD_IDS, (rows, { ids }) =>
    [...ids].sort().flatMap((id) => rows.filter((row) => row.id === id)),
  ),
  reading('with nulls for an id that has none', ODD_IDS, (rows, { ids, table }) => {
    const without = ids.filter((id) => rows.every((row) => row.id !== id));
    return [...rows, ...without.map((id) => ({ id, row: table.columns.map(() => null) }))];
  }),
  reading('with an error for an id that cannot be stored', ODD_IDS, (rows, { ids }) => {
    if (ids.every((id) => /^[0-9a-f]{32}$/.test(id))) return rows;
    throw new SinkError('INVALID_VALUE', 'no id');
  }),
  reading('of all documents when no id is given', ODD_IDS, (rows, asked) =>
    asked.ids.length === 0 ? all(asked) : rows,
  ),
  reading(
    'of ten thousand ids at most',
    'rows: of twenty thousand ids, each row once',
    (rows, { ids }) => {
      const first = new Set(ids.slice(0, 10_000));
      return rows.filter(({ id }) => first.has(id));
    },
  ),
  reading('2,048 at most', LARGE, (rows) => rows.slice(0, 2_048)),
  reading('with an error for a table that does not exist', MISSING, (rows, asked) => {
    if (stored(asked) !== undefined) return rows;
    throw new SinkError('SINK_FAILED', 'no such table');
  }),
  reading('from a table that is created for it', MISSING, (rows, asked) => {
    const { table, database } = asked;
    const tables = new Map(database.content.tables);
    if (stored(asked) === undefined) tables.set(table.name, { ...table, rows: new Map() });
    database.content = { ...database.content, tables };
    return rows;
  }),
  reading('by position, whatever the columns are called', COLUMNS, (_, asked) => all(asked)),
  reading('with an error for a column that the table lacks', COLUMNS, (rows, asked) => {
    const names = stored(asked)?.columns.map(({ name }) => name);
    if (asked.table.columns.every(({ name }) => names?.includes(name))) return rows;
    throw new SinkError('SCHEMA_MISMATCH', 'no such column');
  }),
  broken('with no look at the types', MISMATCH, { read: fromDatabase }),
  broken('with no look at the types when nothing is found', MISMATCH, {
    read: async function* (asked) {
      if (asked.ids.some((id) => stored(asked)?.rows.has(id))) yield* asked.right();
    },
  }),
  broken('with what is staged', COMMITTED, showingStaged()),
  broken('as they were when they were first asked for', COMMITTED, remembering()),
  broken(
    'with a lock that a commit does not get',
    'rows: a reader that stops half-way, or waits, holds up no commit and no begin',
    locking(),
  ),
  broken(
    'one by one, from what is there at each moment',
    'rows: of one document are of one commit, whatever is committed while they are read',
    { read: oneByOne },
  ),
  broken(
    'to an early end when the sink is closed',
    'rows: an iteration under way when the sink is closed goes on to the end or rejects',
    {
      read: async function* ({ right, isClosed }) {
        for await (const row of right()) {
          if (isClosed()) return;
          yield row;
        }
      },
    },
  ),
  broken('from a sink that is closed', 'open: a closed sink rejects what is asked of it', {
    read: async function* (asked) {
      yield* asked.isClosed() ? fromDatabase(asked) : asked.right();
    },
  }),
];

function broken(name: string, caughtBy: string, hooks: Hooks): Defect {
  return { name: `rows are read ${name}`, caughtBy, hooks };
}

/** Gives something else than the right rows. */
function reading(
  name: string,
  caughtBy: string,
  change: (rows: readonly StoredRow[], asked: Reading) => readonly StoredRow[],
): Defect {
  return broken(name, caughtBy, {
    read: async function* (asked) {
      const rows: StoredRow[] = [];
      for await (const row of asked.right()) rows.push(row);
      yield* change(rows, asked);
    },
  });
}

function showingStaged(): Hooks {
  let staged: readonly StoredRow[] = [];
  return {
    staged: ({ documents }) => {
      staged = documents.flatMap(({ id, rows }) =>
        [...rows.values()].flat().map((row) => ({ id, row })),
      );
    },
    committed: () => {
      staged = [];
    },
    read: async function* ({ right, ids }) {
      const seen = new Set(staged.map(({ id }) => id));
      for await (const row of right()) if (!seen.has(row.id)) yield row;
      yield* staged.filter(({ id }) => ids.includes(id));
    },
  };
}

function remembering(): Hooks {
  const known = new Map<string, StoredRow[]>();
  return {
    read: async function* ({ table, ids, right }) {
      const key = JSON.stringify([table, ids]);
      const rows = known.get(key) ?? [];
      if (!known.has(key)) for await (const row of right()) rows.push(row);
      known.set(key, rows);
      yield* rows;
    },
  };
}

function locking(): Hooks {
  let readers = 0;
  return {
    read: async function* ({ right }) {
      readers += 1;
      try {
        yield* right();
      } finally {
        readers -= 1;
      }
    },
    documents: ({ documents }) => {
      if (readers === 0) return documents;
      throw new SinkError('SINK_FAILED', 'database is locked');
    },
  };
}

async function* oneByOne(asked: Reading): AsyncGenerator<StoredRow> {
  for (const id of [...asked.ids].sort()) {
    for (let n = 0; ; n += 1) {
      const row = stored(asked)?.rows.get(id)?.[n];
      if (row === undefined) break;
      yield { id, row };
    }
  }
}

async function* fromDatabase(asked: Reading): AsyncGenerator<StoredRow> {
  yield* all(asked).filter(({ id }) => asked.ids.includes(id));
}

function stored({ table, database }: Reading) {
  return database.content.tables.get(table.name.toLowerCase());
}

function all(asked: Reading): readonly StoredRow[] {
  return [...(stored(asked)?.rows ?? [])]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([id, rows]) => rows.map((row) => ({ id, row })));
}

function sorted(
  rows: readonly StoredRow[],
  within: (a: StoredRow, b: StoredRow) => number,
): readonly StoredRow[] {
  return [...rows].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : within(a, b)));
}

function number({ row }: StoredRow): number {
  return Number(row[1]);
}
