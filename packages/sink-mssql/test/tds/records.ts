import { hash } from 'node:crypto';
import { held, nameOf, number, type StoredTable, target, text } from './parse.ts';
import type { Request } from './request.ts';
import type { Cell } from './tokens.ts';

type Procedure = Extract<Request, { kind: 'procedure' }>;
type Row = ReadonlyMap<string, Cell>;
type Tables = ReadonlyMap<string, StoredTable>;

const PART =
  /N'(\|[^']{4})' \+ (?:CONVERT\([^,]*?(?:\([^)]*\))?, )*[sr]\.(?:\[(\w+)\]|"((?:[^"]|"")*)")/g;
const LEDGER = '_tdp_sync_documents';

/** What a commit records of the documents that it applies, by number of the document. */
export function entriesOf(
  sql: string,
  temporary: Tables,
  lines: ReadonlyMap<string, Row>,
  winners: ReadonlyMap<string, Row>,
): ReadonlyMap<number, readonly string[]> {
  const entries = new Map<number, string[]>();
  const add = (seq: number, entry: string) =>
    entries.set(seq, [...(entries.get(seq) ?? []), entry]);
  const inserts = sql
    .split(/\n(?=[A-Z])/)
    .filter((line) => line.startsWith('INSERT INTO #entries'));
  for (const line of inserts) {
    const tag = /CONCAT\('(\w{8}:)'/.exec(line)?.[1] ?? '';
    const staged = temporary.get(/FROM (#s\d+) AS s/.exec(line)?.[1] ?? '');
    for (const [seq, counted] of counts(
      line,
      staged,
      (row) => number(row, 'seq'),
      (name) => name,
    ))
      add(seq, tag + counted);
  }
  const kept = inserts.find((line) => line.includes('STRING_SPLIT')) ?? '';
  const tags = new Map(
    [...kept.matchAll(/\((\d+), '(\w{8})'\)/g)].map(([, t, tag]) => [Number(t), tag]),
  );
  const named = (temporary.get('#docs')?.rows ?? []).filter((row) => number(row, 't') >= 0);
  for (const [id, winner] of winners) {
    const line = lines.get(id);
    if (line === undefined) continue;
    const seq = number(winner, 'seq');
    const own = new Set(
      named.filter((row) => number(row, 'seq') === seq).map((row) => tags.get(number(row, 't'))),
    );
    if ((line.get('rows') ?? null) === null) add(seq, 'unknown:');
    for (const entry of String(line.get('rows') ?? '').split(','))
      if (entry !== '' && !own.has(entry.slice(0, 8))) add(seq, entry);
  }
  return entries;
}

/** What is asked when rows are compared; `undefined` for any other statement. */
export function compare(
  { sql, parameters }: Procedure,
  tables: Tables,
): readonly (readonly Cell[])[] | undefined {
  const { '@sync': sync, '@after': after, '@upto': upto, '@ids': ids } = parameters;
  const wanted = typeof ids === 'string' ? new Set<string>(JSON.parse(ids)) : undefined;
  const isWithin = (id: string) =>
    (after === undefined || after === null || id > after || !sql.includes('> @after')) &&
    (upto === undefined || upto === null || id <= upto) &&
    (wanted?.has(id) ?? true);
  const lines = (tables.get(LEDGER)?.rows ?? [])
    .filter((row) => row.get('sync') === sync && isWithin(text(row, 'id')))
    .sort((a, b) => (text(a, 'id') < text(b, 'id') ? -1 : 1));
  const value = (row: Row, name: string) => row.get(name) ?? null;
  if (sql.startsWith('SELECT MAX(')) {
    const next = lines.slice(0, Number(/TOP \((\d+)\)/.exec(sql)?.[1]));
    return [[next.at(-1)?.get('id') ?? null, { int: next.length }]];
  }
  if (sql.startsWith('SELECT [id], [order], [rows]'))
    return lines.map((row) => ['id', 'order', 'rows'].map((name) => value(row, name)));
  const [, entry = ''] = /CHARINDEX\('(,\w{8}:)', l\./.exec(sql) ?? [];
  if (sql.startsWith('SELECT l.[id] FROM'))
    return lines
      .filter((row) => value(row, 'rows') === null || String(value(row, 'rows')).includes(entry))
      .map((row) => [value(row, 'id')]);
  if (!/^SELECT (?:COALESCE|x)/.test(sql)) return undefined;
  const [, name] = target(sql.slice(sql.lastIndexOf(' FROM "')));
  const table = tables.get(name.toLowerCase());
  const there = counts(
    sql,
    table && { ...table, rows: table.rows.filter((row) => isWithin(text(row, '_file_key'))) },
    (row) => text(row, '_file_key'),
    (column) => (table === undefined ? column : held(table, column)),
  );
  if (sql.startsWith('SELECT x')) return [...there];
  const records = new Map(lines.map((row) => [text(row, 'id'), value(row, 'rows')]));
  return [...new Set([...records.keys(), ...there.keys()])]
    .filter((id) => {
      const record = records.get(id) ?? null;
      const counted = there.get(id);
      if (record === null) return true;
      return counted === undefined
        ? String(record).includes(entry)
        : !String(record).includes(`${entry}${counted},`);
    })
    .map((id) => [id]);
}

/** Number and fingerprint of the rows in each group, of the cells and by the names that the statement has. */
function counts<Key>(
  sql: string,
  table: StoredTable | undefined,
  key: (row: Row) => Key,
  column: (name: string) => string,
): ReadonlyMap<Key, string> {
  const parts = [...sql.matchAll(PART)].map(([, tag = '', ...names]) => ({
    tag,
    name: column(nameOf(['', ...names] as unknown as RegExpMatchArray)),
  }));
  const sums = new Map<Key, { rows: number; sum: number }>();
  for (const row of table?.rows ?? []) {
    const cells = parts.map(({ tag, name }) => {
      const cell = row.get(name) ?? null;
      return cell === null ? '' : tag + String(cell);
    });
    const digest = hash('sha256', [number(row, row.has('r') ? 'r' : '_row'), ...cells].join(''));
    const { rows, sum } = sums.get(key(row)) ?? { rows: 0, sum: 0 };
    sums.set(key(row), { rows: rows + 1, sum: sum + Number.parseInt(digest.slice(0, 8), 16) });
  }
  return new Map([...sums].map(([key, { rows, sum }]) => [key, `${rows}:${sum % 2 ** 32}`]));
}
