import type { Document, Row, Table, Target } from '../../src/index.ts';
import type { MemoryContent, MemoryDatabase } from '../../src/memory/index.ts';
import type { Defect } from './defects.ts';
import type { Attempt, ReadDocument } from './hooks.ts';

/** Rows that are where they should not be, or are not where they should. */
export const rowDefects: readonly Defect[] = [
  {
    name: 'rows beyond the new number are left behind',
    caughtBy: 'replace: a list that has shrunk leaves no row behind',
    hooks: {
      documents: (attempt) =>
        changeRows(attempt, (rows, old) =>
          rows.length === 0 ? rows : [...rows, ...old.slice(rows.length)],
        ),
    },
  },
  {
    name: 'rows are only ever added',
    caughtBy: 'order: a version that is beaten within the load touches no table',
    hooks: { documents: (attempt) => changeRows(attempt, (rows, old) => [...old, ...rows]) },
  },
  {
    name: 'a table named with no rows is not emptied',
    caughtBy: 'replace: a table named with no rows is emptied of the document',
    hooks: {
      documents: (attempt) => changeRows(attempt, (rows, old) => (rows.length === 0 ? old : rows)),
    },
  },
  {
    name: 'a table that is not named is emptied',
    caughtBy: 'replace: a table that is not named keeps the rows it has',
    hooks: {
      documents: ({ documents, target }) =>
        documents.map((document) => ({
          ...document,
          rows: new Map(target.tables.map(({ name }) => [name, document.rows.get(name) ?? []])),
        })),
    },
  },
  {
    name: 'each table is emptied before its new rows come',
    caughtBy: 'replace: other documents keep their rows',
    hooks: {
      documents: ({ database, documents }) => {
        emptyTables(database);
        return documents;
      },
    },
  },
  {
    name: 'rows come in reverse',
    caughtBy:
      'replace: rows carry their document and count from 0 in each table, in the order given',
    hooks: { documents: (attempt) => changeRows(attempt, (rows) => [...rows].reverse()) },
  },
  {
    name: 'rows that are alike are stored once',
    caughtBy:
      'replace: rows carry their document and count from 0 in each table, in the order given',
    hooks: {
      documents: (attempt) =>
        changeRows(attempt, (rows) =>
          rows.filter((row, n) => rows.findIndex((one) => String(one) === String(row)) === n),
        ),
    },
  },
  {
    name: 'only the first thousand documents of a load are written',
    caughtBy: 'replace: ten thousand documents in one load, then half of them again',
    hooks: { documents: ({ documents }) => documents.slice(0, 1_000) },
  },
  {
    name: 'the rows of a document are read twice',
    caughtBy: 'replace: the rows of a document are read once',
    hooks: { readsRowsTwice: true },
  },
  {
    name: 'staged rows are visible',
    caughtBy: 'staging: no reader sees what is staged',
    hooks: { staged: writeRows },
  },
  {
    name: 'what is disposed is kept in the tables',
    caughtBy: 'staging: a load that is disposed leaves nothing behind but its empty tables',
    hooks: { disposed: writeRows },
  },
  {
    name: 'a staging table is left behind by dispose',
    caughtBy: 'staging: a load that is disposed leaves nothing behind but its empty tables',
    hooks: { disposed: ({ database }) => addTable(database, '_tdp_sync_staged') },
  },
  {
    name: 'a staging table is left behind by commit',
    caughtBy: 'staging: a load that is committed leaves nothing behind but its tables',
    hooks: { committed: ({ database }) => addTable(database, '_tdp_sync_staged') },
  },
  {
    name: 'loads share one staging area, so that disposing one drops the rows of another',
    caughtBy: 'staging: disposing one load leaves what another has staged',
    hooks: { sharedStaging: true },
  },
  {
    name: 'rows are written although the commit is refused',
    caughtBy:
      'conflict: a load that began with an outdated state cannot commit, and changes nothing',
    hooks: { refused: writeRows },
  },
  {
    name: 'columns are matched by position',
    caughtBy: 'schema: columns are matched by name, not by position',
    hooks: { documents: byPosition },
  },
  {
    name: 'a column is retyped silently',
    caughtBy: 'schema: a column with another type is refused, and nothing changes in its table',
    hooks: {
      target: (target, database) => {
        retype(database, target.tables);
        return target;
      },
    },
  },
  {
    name: 'names that are too long are cut',
    caughtBy:
      'names: empty, too long, ill-formed and reserved ones are refused, and nothing is created',
    hooks: { target: (target) => renamed(target, (name) => name.slice(0, 128)) },
  },
  {
    name: 'the second of two names that differ only in case gets a number',
    caughtBy: 'names: two that differ only in case are refused in one target',
    hooks: {
      target: (target) =>
        renamed(target, (name, at, all) => {
          const first = all.findIndex((other) => other.toLowerCase() === name.toLowerCase());
          return first < at ? `${name}_${at}` : name;
        }),
    },
  },
  {
    name: 'names without quotes: a dot divides, the rest is dropped',
    caughtBy: 'names: tables may be called by reserved words, with blanks, in any script, 128 long',
    hooks: {
      target: (target) => ({
        ...target,
        tables: target.tables.map((table) => ({
          ...table,
          columns: table.columns,
          name: table.name.replace(/ .*/, ''),
        })),
      }),
    },
  },
  {
    name: 'a quote in a name ends it, and what follows is run',
    caughtBy:
      'names: quotes, dots, semicolons and the like in tables are held or refused, and do no harm',
    hooks: { staged: ({ database, target }) => inject(database, target.tables) },
  },
];

function renamed(
  target: Target,
  rename: (name: string, at: number, all: readonly string[]) => string,
): Target {
  const each = <T extends { readonly name: string }>(named: readonly T[]): readonly T[] => {
    const names = named.map((one) => one.name);
    return named.map((one, at) => ({ ...one, name: rename(one.name, at, names) }));
  };
  const tables = each(target.tables).map((table) => ({ ...table, columns: each(table.columns) }));
  return { ...target, tables };
}

function changeRows(
  { database, documents }: Attempt,
  change: (rows: readonly Row[], old: readonly Row[]) => readonly Row[],
): readonly Document[] {
  return documents.map((document) => ({
    ...document,
    rows: new Map(
      [...document.rows].map(([name, rows]) => {
        const old = database.content.tables.get(name.toLowerCase())?.rows.get(document.id) ?? [];
        return [name, change(rows, old)];
      }),
    ),
  }));
}

/** Writes rows past everything: no order, no ledger, no state. */
function writeRows({
  database,
  documents,
}: {
  database: MemoryDatabase;
  documents: readonly ReadDocument[];
}): void {
  changeTables(database, (tables) => {
    for (const { id, rows } of documents) {
      for (const [name, given] of rows) {
        const key = name.toLowerCase();
        const table = tables.get(key);
        if (table !== undefined)
          tables.set(key, { ...table, rows: new Map(table.rows).set(id, given) });
      }
    }
  });
}

function emptyTables(database: MemoryDatabase): void {
  changeTables(database, (tables) => {
    for (const [key, table] of tables) tables.set(key, { ...table, rows: new Map() });
  });
}

function addTable(database: MemoryDatabase, name: string): void {
  changeTables(database, (tables) => {
    tables.set(name, { name, columns: [{ name: 'x', type: 'string' }], rows: new Map() });
  });
}

function retype(database: MemoryDatabase, targets: readonly Table[]): void {
  changeTables(database, (tables) => {
    for (const target of targets) {
      const key = target.name.toLowerCase();
      const table = tables.get(key);
      if (table === undefined) continue;
      const types = new Map(target.columns.map((column) => [column.name, column.type]));
      const columns = table.columns.map((column) => ({
        ...column,
        type: types.get(column.name) ?? column.type,
      }));
      tables.set(key, { ...table, columns });
    }
  });
}

function inject(database: MemoryDatabase, targets: readonly Table[]): void {
  changeTables(database, (tables) => {
    if (targets.some((table) => table.name.includes('"; DROP TABLE'))) tables.delete('runs');
  });
}

/** Gives each stored column what stands at its place in the row, whatever the target calls it. */
function byPosition({ database, target, documents }: Attempt): readonly Document[] {
  return documents.map((document) => ({
    ...document,
    rows: new Map(
      [...document.rows].map(([name, rows]) => {
        const stored = database.content.tables.get(name.toLowerCase())?.columns ?? [];
        const columns = target.tables.find((table) => table.name === name)?.columns ?? [];
        const place = (column: string) => stored.findIndex((one) => one.name === column);
        const order = columns.map(({ name }) => place(name)).sort((a, b) => a - b);
        return [
          name,
          rows.map((row) => columns.map((one) => row[order.indexOf(place(one.name))] ?? null)),
        ];
      }),
    ),
  }));
}

type Tables = Map<string, MemoryContent['tables'] extends ReadonlyMap<string, infer T> ? T : never>;

function changeTables(database: MemoryDatabase, change: (tables: Tables) => void): void {
  const tables: Tables = new Map(database.content.tables);
  change(tables);
  database.content = { ...database.content, tables };
}
