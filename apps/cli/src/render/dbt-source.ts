import { type DescribedColumn, type DescribedTable, filesTable } from '@tdp-sync/core';

/** A sync's tables, and where they are. */
export interface DescribedSource {
  readonly name: string;
  /** What the database calls the sync. */
  readonly stored: string;
  readonly database: string | undefined;
  readonly schema: string | undefined;
  readonly tables: readonly DescribedTable[];
  readonly warnAfterMs: number;
  /** What the database calls a table, or a column of it. */
  readonly storedName: (table: string, column?: string) => string;
}

/** What no database reads otherwise when it is not in quotes. */
const PLAIN = /^[a-z_][a-z0-9_]*$/;

const FILE = 'The file: the same in all tables of the sync.';
const ROW = 'Position of the row within the file and table, from 0.';

/** What the files table says, as far as who builds on it must know. */
const FILES: readonly (readonly [name: string, description: string])[] = [
  ['status', 'loaded, failed, unmatched or deleted: how the file stands.'],
  ['loaded_file_id', 'The version whose rows are in the data tables.'],
  ['file_id', 'The version that TDP shows.'],
  ['path', 'The S3 key of the file.'],
  ['file_path', "TDP's path of the file."],
  ['error', 'Why the file could not be loaded.'],
  ['synced_at', 'When the row was written.'],
];

/** A sync as a source of dbt, by https://docs.getdbt.com/reference/source-properties */
export function dbtSource(source: DescribedSource): object {
  const { name, stored, database, schema } = source;
  return {
    name,
    description: `Files of TDP that tdp-sync keeps in step, and what they hold (sync "${name}").`,
    ...(database === undefined ? {} : { database }),
    ...(schema === undefined ? {} : { schema }),
    loader: 'tdp-sync',
    tables: [filesSource(source), ...source.tables.map((table) => dataSource(source, table))],
    meta: { stored_as: stored },
  };
}

function filesSource({ stored, warnAfterMs, storedName }: DescribedSource): object {
  const { name } = filesTable(stored);
  const described = FILES.map(([column, description]) => ({ name: column, description }));
  return {
    ...tableHead(name, storedName(name)),
    description: 'One row for each file: what TDP knows of it, and how it stands.',
    config: {
      loaded_at_field: 'synced_at',
      freshness: { warn_after: spanOf(warnAfterMs) },
    },
    columns: [
      { name: '_file_key', description: FILE, data_tests: ['unique', 'not_null'] },
      ...described,
    ],
  };
}

function dataSource(
  { storedName }: DescribedSource,
  { name, path, columns }: DescribedTable,
): object {
  const rows = path === undefined ? 'Rows of the files' : `One row for each \`${plainText(path)}\``;
  return {
    ...tableHead(name, storedName(name)),
    description: path === '.' ? 'One row for each file.' : `${rows}, by file.`,
    columns: [
      { name: '_file_key', description: FILE, data_tests: ['not_null'] },
      { name: '_row', description: ROW, data_tests: ['not_null'] },
      ...columns.map((column) => columnOf(storedName(name, column.name), column)),
    ],
  };
}

function tableHead(name: string, stored: string): object {
  return {
    name,
    ...(stored === name ? {} : { identifier: stored }),
    ...(PLAIN.test(stored) ? {} : { quoting: { identifier: true } }),
  };
}

function columnOf(stored: string, { path, unit, description }: DescribedColumn): object {
  const from = path === undefined ? undefined : `\`${path}\``;
  const said = [description, unit === undefined ? undefined : `Unit: ${unit}.`, from];
  const words = plainText(said.filter((part) => part !== undefined).join(' '));
  return {
    name: stored,
    ...(words === '' ? {} : { description: words }),
    ...(PLAIN.test(stored) ? {} : { quote: true }),
  };
}

/** dbt takes descriptions for templates: what begins something there is taken apart. Nor does its YAML take control characters. */
function plainText(text: string): string {
  return text.replaceAll(/\{(?=[{%#])/g, '{ ').replaceAll(/\p{Cc}/gu, ' ');
}

/** In the largest unit of dbt's that gives a whole number. */
function spanOf(durationMs: number): object {
  const minutes = Math.max(1, Math.ceil(durationMs / 60_000));
  if (minutes % 1440 === 0) return { count: minutes / 1440, period: 'day' };
  if (minutes % 60 === 0) return { count: minutes / 60, period: 'hour' };
  return { count: minutes, period: 'minute' };
}
