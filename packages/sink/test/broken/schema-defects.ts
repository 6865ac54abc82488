import type { Document, Table, Target } from '../../src/index.ts';
import type { MemoryDatabase } from '../../src/memory/index.ts';
import type { Attempt, Defect } from './hooks.ts';
import { changeTables } from './tamper.ts';

/** Columns and names that are taken for others. */
export const schemaDefects: readonly Defect[] = [
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
    name: 'a quote in what a column is said to hold ends it',
    caughtBy: 'schema: what a column is said to hold lets nothing fail, and changes nothing',
    hooks: {
      target: (target) => {
        const words = target.tables.flatMap(({ columns }) => columns.map((one) => one.description));
        if (words.some((text) => text?.includes("'"))) throw new SyntaxError('unterminated string');
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
