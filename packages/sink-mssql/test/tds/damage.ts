import { held, literals, nameOf, number, type StoredTable, text } from './parse.ts';
import type { Cell } from './tokens.ts';

/** Changes a table as somebody else would. Tells whether the statement is one that does. */
export function damage(sql: string, table: StoredTable | undefined): boolean {
  const how = /^(?:DELETE FROM|UPDATE|SELECT \* INTO #row FROM) "/.exec(sql)?.[0];
  if (how === undefined || table === undefined) return false;
  const [, row = ''] = /WHERE \[_file_key\] = .* AND \[_row\] = (\d+)/.exec(sql) ?? [];
  const given = literals(sql);
  const isIt = (one: Map<string, Cell>) =>
    text(one, '_file_key') === given.at(-1) && number(one, '_row') === Number(row);
  const found = table.rows.find(isIt);
  if (found === undefined) throw new Error(`There is no row ${row} of ${given.at(-1)}.`);
  if (how.startsWith('DELETE')) table.rows = table.rows.filter((one) => one !== found);
  else if (how.startsWith('SELECT')) {
    const as = Number(/SET \[_row\] = (\d+)/.exec(sql)?.[1]);
    table.rows.push(new Map(found).set('_row', { int: as }));
  } else {
    const name = held(table, nameOf(/SET (?:\[(\w+)\]|"((?:[^"]|"")*)") =/.exec(sql)));
    const type = table.columns.find((column) => column.name === name)?.type ?? '';
    found.set(name, given.length === 1 ? null : cell(type, given[0] ?? ''));
  }
  return true;
}

/** What a text becomes in a column of this type. */
function cell(type: string, value: string): Cell {
  if (type === 'bit') return value === 'true';
  if (type === 'bigint') return BigInt(value);
  return type.startsWith('float') ? Number(value) : value;
}
