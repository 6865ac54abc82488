import { decodeBulk } from './bulk.ts';
import { damage } from './damage.ts';
import {
  columnsOf,
  held,
  literals,
  NAME,
  nameOf,
  number,
  type StoredTable,
  target,
  text,
} from './parse.ts';
import { compare, entriesOf } from './records.ts';
import type { Request } from './request.ts';
import type { Answer } from './server.ts';
import type { Cell } from './tokens.ts';
import { tooWide, tooWideToMake } from './width.ts';

type Schema = Map<string, StoredTable>;
type Procedure = Extract<Request, { kind: 'procedure' }>;

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
  readonly #bulk = new Map<number, StoredTable>();

  answer(request: Request, session: number): Answer {
    const temporary = this.#sessions.get(session) ?? new Map();
    this.#sessions.set(session, temporary);
    if (request.kind === 'bulk') {
      const table = this.#bulk.get(session);
      if (table === undefined) return {};
      const rows = decodeBulk(request.data).map(
        (row) => new Map(table.columns.map(({ name }, at) => [name, row[at] ?? null])),
      );
      const refusal = tooWide(table.columns, rows);
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
      this.#bulk.set(session, found);
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

function commit({ sql, parameters }: Procedure, tables: Schema, temporary: Schema): Answer {
  const { '@sync': sync = '', '@state': state = '', '@since': since } = parameters;
  const states = tables.get('_tdp_sync_state');
  const ledger = tables.get('_tdp_sync_documents');
  const staged = temporary.get('#docs');
  if (!states || !ledger || !staged) return { error: { number: 208, message: 'Invalid object' } };
  const stored = states.rows.find((row) => row.get('sync') === sync);
  if (stored?.get('state') !== since) {
    return { error: { number: 51_000, message: 'STATE_CONFLICT' } };
  }
  const winners = winnersOf(staged, ledger, sync);
  const refusal = replaceRows(sql, tables, temporary, winners);
  if (refusal !== undefined) return refusal;
  if (stored === undefined)
    states.rows.push(
      new Map([
        ['sync', sync],
        ['state', state],
      ]),
    );
  else stored.set('state', state);
  const entries = entriesOf(sql, temporary, linesOf(ledger, sync), winners);
  ledger.rows = ledger.rows.filter(
    (row) => row.get('sync') !== sync || !winners.has(text(row, 'id')),
  );
  for (const row of winners.values()) {
    const own = entries.get(number(row, 'seq')) ?? [];
    ledger.rows.push(new Map(row).set('sync', sync).set('rows', `,${own.join(',')},`));
  }
  return { sets: [[[{ int: winners.size }]]] };
}

function linesOf(ledger: StoredTable, sync: string | null): Map<string, Map<string, Cell>> {
  const own = ledger.rows.filter((row) => row.get('sync') === sync);
  return new Map(own.map((row) => [text(row, 'id'), row]));
}

function winnersOf(
  staged: StoredTable,
  ledger: StoredTable,
  sync: string | null,
): ReadonlyMap<string, Map<string, Cell>> {
  const winners = new Map<string, Map<string, Cell>>();
  const lines = linesOf(ledger, sync);
  for (const row of staged.rows) {
    const other = winners.get(text(row, 'id')) ?? lines.get(text(row, 'id'));
    if (!other || text(row, 'order') > text(other, 'order')) winners.set(text(row, 'id'), row);
  }
  return winners;
}

/** All tables or, where a row is refused, none. */
function replaceRows(
  sql: string,
  tables: Schema,
  temporary: Schema,
  winners: ReadonlyMap<string, Map<string, Cell>>,
): Answer | undefined {
  const before = [...tables.values()].map((table) => [table, table.rows] as const);
  const bySeq = new Map([...winners].map(([id, row]) => [number(row, 'seq'), id]));
  const named = temporary.get('#named')?.rows ?? [];
  for (const line of sql.split(/\n(?=[A-Z])/)) {
    const table = tables.get(target(line)[1].toLowerCase());
    const index = Number(/n\.\[t\] = (\d+);/.exec(line)?.[1] ?? -1);
    if (table && line.startsWith('DELETE t')) {
      const gone = new Set(
        named
          .filter((row) => number(row, 't') === index)
          .map((row) => bySeq.get(number(row, 'seq'))),
      );
      table.rows = table.rows.filter((row) => !gone.has(text(row, '_file_key')));
    }
    const from = /FROM (#s\d+) AS s/.exec(line)?.[1];
    if (!table || from === undefined) continue;
    const [list = ''] = /\(\[_file_key\], \[_row\].*?\) SELECT w/s.exec(line) ?? [];
    const names = [...list.matchAll(new RegExp(NAME, 'g'))].map(nameOf).slice(2);
    const rows: Map<string, Cell>[] = [];
    for (const row of temporary.get(from)?.rows ?? []) {
      const id = bySeq.get(number(row, 'seq'));
      if (id === undefined) continue;
      const cells = names.map(
        (name, at) => [held(table, name), row.get(`c${at}`) ?? null] as const,
      );
      rows.push(
        new Map<string, Cell>([['_file_key', id], ['_row', row.get('r') ?? null], ...cells]),
      );
    }
    table.rows = [...table.rows, ...rows];
    const refusal = tooWide(table.columns, rows);
    if (refusal === undefined) continue;
    for (const [one, old] of before) one.rows = old;
    return refusal;
  }
  return undefined;
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
