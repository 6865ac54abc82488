import { held, NAME, nameOf, number, type StoredTable, target, text } from './parse.ts';
import { entriesOf } from './records.ts';
import { tooWide } from './refusals.ts';
import type { Request } from './request.ts';
import type { Answer } from './server.ts';
import type { Cell } from './tokens.ts';

/** Tables by name, in lower case. */
export type Schema = Map<string, StoredTable>;
/** A statement with parameters. */
export type Procedure = Extract<Request, { kind: 'procedure' }>;

/** Documents, staged or in the ledger, by id. */
type Lines = ReadonlyMap<string, Map<string, Cell>>;

/** What the batch that commits is to do. */
export function commit({ sql, parameters }: Procedure, tables: Schema, temporary: Schema): Answer {
  const {
    '@sync': sync = '',
    '@state': state = '',
    '@since': since,
    '@ledger': owner = '',
  } = parameters;
  const states = tables.get('_tdp_sync_state');
  const ledger = tables.get('_tdp_sync_documents');
  const staged = temporary.get('#docs');
  if (!states || !ledger || !staged) return { error: { number: 208, message: 'Invalid object' } };
  const stored = states.rows.find((row) => row.get('sync') === sync);
  if (stored?.get('state') !== since) {
    return { error: { number: 51_000, message: 'STATE_CONFLICT' } };
  }
  const lines = linesOf(ledger, owner);
  const winners = winnersOf(staged, lines);
  if (sql.includes('LINE_CONFLICT') && isAgainstAnother(winners, lines)) {
    return { error: { number: 51_001, message: 'LINE_CONFLICT' } };
  }
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
  const entries = entriesOf(sql, temporary, lines, winners);
  ledger.rows = ledger.rows.filter(
    (row) => row.get('sync') !== owner || !winners.has(text(row, 'id')),
  );
  for (const row of winners.values()) {
    const own = entries.get(number(row, 'seq')) ?? [];
    ledger.rows.push(new Map(row).set('sync', owner).set('rows', `,${own.join(',')},`));
  }
  return { sets: [[[{ int: winners.size }]]] };
}

function linesOf(ledger: StoredTable, sync: string | null): Lines {
  const own = ledger.rows.filter((row) => row.get('sync') === sync);
  return new Map(own.map((row) => [text(row, 'id'), row]));
}

/** Whether a winner says that it was made against another line than the stored one; none is the empty text. */
function isAgainstAnother(winners: Lines, lines: Lines): boolean {
  return [...winners].some(([id, row]) => {
    const against = row.get('replaces') ?? null;
    return against !== null && against !== (lines.get(id)?.get('order') ?? '');
  });
}

function winnersOf(staged: StoredTable, lines: Lines): Lines {
  const winners = new Map<string, Map<string, Cell>>();
  for (const row of staged.rows.filter((one) => number(one, 't') === -1)) {
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
  winners: Lines,
): Answer | undefined {
  const before = [...tables.values()].map((table) => [table, table.rows] as const);
  const bySeq = new Map([...winners].map(([id, row]) => [number(row, 'seq'), id]));
  const named = (temporary.get('#docs')?.rows ?? []).filter((row) => number(row, 't') >= 0);
  for (const line of sql.split(/\n(?=[A-Z])/)) {
    const table = tables.get(target(line)[1].toLowerCase());
    const index = Number(/n\.\[t\] = (\d+) /.exec(line)?.[1] ?? -1);
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
    const [list = ''] = /\(\[_file_key\], \[_row\].*?\) SELECT s/s.exec(line) ?? [];
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
