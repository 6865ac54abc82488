import { decodeBulk } from './bulk.ts';
import { commit, type Procedure, type Schema } from './commit.ts';
import { damage } from './damage.ts';
import {
  columnsOf,
  held,
  literals,
  nameOf,
  number,
  type StoredTable,
  target,
  text,
} from './parse.ts';
import { compare } from './records.ts';
import { outOfOrder, tooWide, tooWideToMake } from './refusals.ts';
import type { Request } from './request.ts';
import type { Answer } from './server.ts';
import type { Cell } from './tokens.ts';

const ITEM =
  /(CONVERT\(nvarchar\(50\), |CONVERT\(nvarchar\(\d+\), )?t\.(?:\[(\w+)\]|"((?:[^"]|"")*)")(?:, \d+)?\)? AS \[\w+\]|NULL AS \[\w+\]/g;

/**
 * Knows the statements of this sink, by their shape, and what they are to do. It shows that the client asks for
 * the right things and understands the answers; it says nothing about T-SQL.
 */
export class FakeDatabase {
  readonly #schemas = new Map<string, Schema>();
  /** Staging tables by session. */
  readonly #sessions = new Map<number, Schema>();
  readonly #bulk = new Map<number, { readonly table: StoredTable; readonly order: string[] }>();

  answer(request: Request, session: number): Answer {
    const temporary = this.#sessions.get(session) ?? new Map();
    this.#sessions.set(session, temporary);
    if (request.kind === 'bulk') {
      const bulk = this.#bulk.get(session);
      if (bulk === undefined) return {};
      const { table } = bulk;
      const rows = decodeBulk(request.data).map(
        (row) => new Map(table.columns.map(({ name }, at) => [name, row[at] ?? null])),
      );
      const refusal = tooWide(table.columns, rows) ?? outOfOrder(bulk.order, rows);
      if (refusal === undefined) for (const row of rows) table.rows.push(row);
      return refusal ?? {};
    }
    if (request.kind === 'batch') return this.#change(request.sql, temporary, session);
    return this.#ask(request, temporary);
  }

  #change(sql: string, temporary: Schema, session: number): Answer {
    const [schema = '', table = '', column = ''] = literals(sql);
    const [place, named] = target(sql);
    if (damage(sql, this.#schemas.get(place)?.get(named.toLowerCase()))) return {};
    const bulk = /^insert bulk \[(#\w+)\]/.exec(sql)?.[1];
    if (bulk !== undefined) {
      const found = temporary.get(bulk);
      if (found === undefined) return { error: { number: 208, message: 'Invalid object name' } };
      const [, order = ''] = /ORDER \(([^)]*)\)/.exec(sql) ?? [];
      this.#bulk.set(session, { table: found, order: order.match(/\w+(?= ASC)/g) ?? [] });
    } else if (sql.includes("EXEC(N'CREATE SCHEMA")) {
      if (!this.#schemas.has(schema)) this.#schemas.set(schema, new Map());
    } else if (sql.includes("EXEC(N'DROP SCHEMA")) this.#schemas.delete(schema);
    else if (sql.startsWith('DROP TABLE')) {
      const [from, name] = target(sql);
      this.#schemas.get(from)?.delete(name.toLowerCase());
    } else if (sql.includes('ALTER TABLE')) {
      const stored = this.#schemas.get(schema)?.get(table.toLowerCase());
      const has = stored?.columns.some(({ name }) => name.toLowerCase() === column.toLowerCase());
      if (!has) stored?.columns.push(...columnsOf(sql.slice(sql.indexOf(' ADD '))));
    } else if (sql.startsWith('TRUNCATE TABLE')) {
      for (const [, name = ''] of sql.matchAll(/TRUNCATE TABLE (#\w+);/g)) {
        const table = temporary.get(name);
        if (table === undefined) return { error: { number: 4701, message: `No ${name}` } };
        table.rows = [];
      }
    } else if (sql.includes('#')) {
      for (const part of sql.matchAll(/CREATE TABLE (#\w+) \((.*)\)/g)) {
        const [, name = '', body = ''] = part;
        temporary.set(name, { name, columns: columnsOf(body), rows: [] });
      }
    } else if (sql.includes('CREATE TABLE')) {
      const all = this.#schemas.get(schema);
      if (!all?.has(table.toLowerCase())) {
        const columns = columnsOf(sql.slice(sql.indexOf('(', sql.indexOf('CREATE TABLE'))));
        const refusal = tooWideToMake(columns);
        if (refusal !== undefined) return refusal;
        all?.set(table.toLowerCase(), { name: table, columns, rows: [] });
      }
    }
    return {};
  }

  #ask(request: Procedure, temporary: Schema): Answer {
    const { sql, parameters } = request;
    if (sql.includes('ignores_case')) return { sets: [[[{ int: 1 }]]] };
    if (sql.includes('[compresses]')) return { sets: [[[{ int: 1 }, { int: 150 }, { int: 0 }]]] };
    if (sql.startsWith('EXEC sp_spaceused'))
      return { sets: [[['peaks', '120', '40 KB', '16 KB', '8 KB', '16 KB']]] };
    if (sql.includes('INFORMATION_SCHEMA')) return this.#describe(sql);
    const [schema, name] = target(sql);
    const tables = this.#schemas.get(schema) ?? new Map<string, StoredTable>();
    if (sql.includes('@applied')) return commit(request, tables, temporary);
    if (sql.startsWith('SET XACT_ABORT')) {
      for (const table of ['_tdp_sync_state', '_tdp_sync_documents']) {
        const stored = tables.get(table);
        if (stored)
          stored.rows = stored.rows.filter((row) => row.get('sync') !== parameters['@sync']);
      }
      return {};
    }
    const compared = compare(request, tables);
    if (compared !== undefined) return { sets: [compared] };
    const stored = tables.get(name.toLowerCase());
    if (stored === undefined) return {};
    if (sql.startsWith('SELECT t.')) return { sets: [readRows(request, stored)] };
    if (sql.startsWith('SELECT JSON_VALUE')) return { sets: [jsonValues(sql, stored)] };
    return { sets: [readBookkeeping(request, stored)] };
  }

  #describe(sql: string): Answer {
    const [schema = '', ...names] = literals(sql.split(';\nSELECT')[0] ?? '');
    const wanted = new Set(names.map((name) => name.toLowerCase()));
    const found = [...(this.#schemas.get(schema)?.values() ?? [])].filter(
      ({ name }) => names.length === 0 || wanted.has(name.toLowerCase()),
    );
    const columns = found.flatMap((table) =>
      table.columns.map(({ name, type }) => ({ table: table.name, name, type })),
    );
    if (sql.startsWith('SELECT COLUMN_NAME')) {
      return { sets: [columns.map(({ name, type }) => [name, type.replace(/\(.*/, '')])] };
    }
    const described = columns.map(({ table, name, type }): readonly Cell[] => {
      const [base = '', length] = type.split(/[()]/);
      const characters = length === 'max' ? -1 : Number(length);
      const isText = base.endsWith('varchar');
      return [
        table,
        name,
        base,
        isText ? { int: characters } : null,
        { int: 38 },
        { int: 9 },
        { int: 6 },
      ];
    });
    return { sets: [found.map(({ name }) => [name, 'BASE TABLE']), described] };
  }
}

function readRows(
  { sql, parameters }: Procedure,
  table: StoredTable,
): readonly (readonly Cell[])[] {
  const ids = parameters['@ids'];
  const wanted = ids === undefined || ids === null ? undefined : new Set<string>(JSON.parse(ids));
  const items = [...sql.matchAll(ITEM)].map((match) => ({
    name: match[2] ?? match[3]?.replaceAll('""', '"'),
    isDecimal: match[1]?.includes('(50)') === true,
  }));
  return ordered(table)
    .filter((row) => wanted?.has(text(row, '_file_key')) ?? true)
    .map((row) =>
      items.map(({ name, isDecimal }) => {
        const value = name === undefined ? null : (row.get(held(table, name)) ?? null);
        return isDecimal && value !== null ? padded(String(value)) : value;
      }),
    );
}

function jsonValues(sql: string, table: StoredTable): readonly (readonly Cell[])[] {
  const column = nameOf(/JSON_VALUE\((?:\[(\w+)\]|"((?:[^"]|"")*)")/.exec(sql));
  const key = literals(sql)[0]?.slice(2) ?? '';
  return ordered(table).map((row) => {
    const json = row.get(column);
    return [typeof json === 'string' ? (JSON.parse(json)[key] ?? null) : null];
  });
}

function readBookkeeping({ sql, parameters }: Procedure, table: StoredTable): Cell[][] {
  const { '@sync': sync, '@after': after, '@ids': ids, '@status': status } = parameters;
  const wanted = ids ? new Set<string>(JSON.parse(ids)) : undefined;
  const rows = table.rows
    .filter((row) => row.get('sync') === sync && (wanted?.has(text(row, 'id')) ?? true))
    .filter((row) => status === undefined || row.get('status') === status);
  if (sql.startsWith('SELECT [state]')) return rows.map((row) => [row.get('state') ?? null]);
  const top = Number(/TOP \((\d+)\)/.exec(sql)?.[1] ?? Number.MAX_SAFE_INTEGER);
  return rows
    .filter((row) => text(row, 'id') > (after ?? ''))
    .sort((a, b) => (text(a, 'id') < text(b, 'id') ? -1 : 1))
    .slice(0, top)
    .map((row) => ['id', 'order', 'status'].map((name) => row.get(name) ?? null));
}

function ordered(table: StoredTable): readonly Map<string, Cell>[] {
  return [...table.rows].sort((a, b) => {
    const [one, two] = [text(a, '_file_key'), text(b, '_file_key')];
    return one === two ? number(a, '_row') - number(b, '_row') : one < two ? -1 : 1;
  });
}

/** As a server writes a `decimal(38,9)`. */
function padded(decimal: string): string {
  const [whole = '', fraction = ''] = decimal.split('.');
  return `${whole}.${fraction.padEnd(9, '0')}`;
}
