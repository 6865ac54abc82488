import { filesTable } from '@tdp-sync/core';
import type { Column, Sink, Value } from '@tdp-sync/sink';
import { CliError } from '../exit.ts';
import { parseWhere } from '../where/parse.ts';
import { WhereError } from '../where/tokens.ts';
import { columnsOf, isMeant, type Where } from '../where/where.ts';

/** By what files are chosen; a file is chosen that each of them means. */
export interface Choice {
  /** A condition on the files table. */
  readonly where?: string | undefined;
  /** Paths, in which * stands for anything. */
  readonly path?: readonly string[] | undefined;
  readonly fileId?: readonly string[] | undefined;
}

/** A file that the database knows. */
export interface ChosenFile {
  readonly key: string;
  readonly fileId: string;
  readonly filePath: string | undefined;
}

/** Files that are read at once. */
const PORTION = 5000;
const KEY: Column = { name: '_file_key', type: 'string' };

/** What a choice means. */
export interface Asked {
  readonly where: Where;
  /** Each path and fileId by itself, as it was asked for. */
  readonly named: readonly Named[];
}

interface Named {
  readonly said: string;
  readonly where: Where;
}

/** Files that are meant. */
export interface Chosen {
  readonly files: readonly ChosenFile[];
  /** Paths and fileIds that were asked for and mean none of them. */
  readonly notFound: readonly string[];
}

/**
 * What a choice means.
 *
 * @throws CliError for a condition that cannot be understood, or for none at all.
 */
export function askedOf({ where, path = [], fileId = [] }: Choice): Asked {
  const { columns } = filesTable('');
  const column = (name: string): Column => columns.find((one) => one.name === name) ?? KEY;
  const isAt = (text: string): readonly Where[] =>
    ['file_path', 'path'].map((name) => at(column(name), text));
  const paths = path.map(
    (text): Named => ({
      said: `--path ${text}`,
      where: { is: 'or', parts: isAt(text) },
    }),
  );
  const ids = fileId.map(
    (id): Named => ({
      said: `--file-id ${id}`,
      where: { is: 'compare', operator: '=', column: column('file_id'), value: id },
    }),
  );
  const parts: Where[] = where === undefined ? [] : [parsed(where, [...columns, KEY])];
  for (const some of [paths, ids])
    if (some.length > 0) parts.push({ is: 'or', parts: some.map((one) => one.where) });
  if (parts.length > 0) return { where: { is: 'and', parts }, named: [...paths, ...ids] };
  throw new CliError(
    'Say which files: --where "file_path LIKE \'/lab/%\'", --path "/lab/*" or --file-id <id>. All of them are made anew by "tdp-sync rebuild --all".',
  );
}

function parsed(condition: string, columns: readonly Column[]): Where {
  try {
    return parseWhere(condition, columns);
  } catch (error) {
    if (!(error instanceof WhereError)) throw error;
    throw new CliError(`--where ${error.message}.`, undefined, error);
  }
}

function at(column: Column, text: string): Where {
  if (!text.includes('*')) return { is: 'compare', column, operator: '=', value: text };
  return { is: 'like', column, pattern: text, wildcards: '*', ignoresCase: false };
}

/** Files of the ledger that are meant, by what their rows of the files table say. */
export async function chosenFiles(
  sink: Sink,
  sync: string,
  { where, named }: Asked,
): Promise<Chosen> {
  const { name, columns } = filesTable(sync);
  const asked = new Set(['file_id', 'file_path', ...columnsOf(where).map((one) => one.name)]);
  const table = { name, columns: columns.filter((one) => asked.has(one.name)) };
  const chosen: ChosenFile[] = [];
  const notFound = new Set(named);
  const look = async (ids: readonly string[]): Promise<void> => {
    for await (const { id, row } of sink.rows(table, ids)) {
      const cells = new Map<string, Value>([[KEY.name, id]]);
      for (const [index, one] of table.columns.entries()) cells.set(one.name, row[index] ?? null);
      const cell = (column: string): Value => cells.get(column) ?? null;
      if (!isMeant(where, cell)) continue;
      for (const one of notFound) if (isMeant(one.where, cell)) notFound.delete(one);
      const filePath = cell('file_path');
      chosen.push({
        ...{ key: id, fileId: String(cell('file_id')) },
        filePath: filePath === null ? undefined : String(filePath),
      });
    }
  };
  let ids: string[] = [];
  for await (const { id } of sink.documents(sync)) {
    ids.push(id);
    if (ids.length < PORTION) continue;
    await look(ids);
    ids = [];
  }
  await look(ids);
  return { files: chosen, notFound: [...notFound].map(({ said }) => said) };
}
