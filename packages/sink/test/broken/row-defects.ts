import type { Document, Row } from '../../src/index.ts';
import type { MemoryDatabase } from '../../src/memory/index.ts';
import type { Attempt, Defect } from './hooks.ts';
import { addTable, changeTables, writeRows } from './tamper.ts';

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
    name: 'only so many tables are written',
    caughtBy: 'replace: as many tables as one load may name, and 3,000 columns',
    hooks: {
      documents: ({ documents }) =>
        documents.map((document) => ({
          ...document,
          rows: new Map([...document.rows].slice(0, 60)),
        })),
    },
  },
  {
    name: 'only so many cells of a row are written',
    caughtBy: 'replace: a row as wide as rows may be, with every cell filled',
    hooks: {
      documents: (attempt) =>
        changeRows(attempt, (rows) =>
          rows.map((row) => row.map((value, at) => (at < 900 ? value : null))),
        ),
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
];

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

function emptyTables(database: MemoryDatabase): void {
  changeTables(database, (tables) => {
    for (const [key, table] of tables) tables.set(key, { ...table, rows: new Map() });
  });
}
