import { randomBytes } from 'node:crypto';
import type { Column, ColumnType, Value } from '@tdp-sync/sink';
import type { Damage, SinkHarness, TestDatabase } from '@tdp-sync/sink/conformance';
import { bigQuerySink } from './adapter.ts';
import { Api } from './api.ts';
import { createClient } from './client.ts';
import { type BigQueryConfig, type BigQueryInput, configSchema } from './config.ts';
import { Jobs, type ResultRow } from './jobs.ts';
import { type Place, qualified, quote } from './names.ts';
import { decode, selected, sqlType } from './values.ts';

/**
 * What the conformance suite needs to try this sink: each case gets a new dataset in the project of the config, deleted
 * with all its tables afterwards. `config` is what a user would write; its `dataset` is not used. Creating datasets
 * needs `roles/bigquery.user` on the project. Each commit takes seconds and bills some 100 MB: the suite about 50 GB.
 */
export function harness(config: BigQueryInput): SinkHarness {
  const checked = configSchema.parse(config);
  return { adapter: bigQuerySink, fresh: () => freshDataset(checked) };
}

/** A new dataset, which the sink creates when it is opened. */
async function freshDataset(given: BigQueryConfig): Promise<TestDatabase> {
  const dataset = `tdp_sync_case_${randomBytes(6).toString('hex')}`;
  const config: BigQueryConfig = { ...given, dataset, createDataset: true };
  const { project, labels, location = 'US' } = config;
  const place = { project, dataset };
  const api = new Api(await createClient(config, process.cwd()), project);
  const jobs = new Jobs(api, { project, location, labels });
  return {
    config,
    context: { baseDir: process.cwd() },
    tables: () => tableNames(api, dataset),
    read: (name) => readTable(api, jobs, place, name),
    jsonText: async (name, column, key) => {
      const text = `JSON_VALUE(${quote(column)}, '$.${key}')`;
      const rows = await allRows(
        jobs,
        `SELECT ${text} FROM ${qualified(place, name)} ORDER BY \`_file_key\`, \`_row\``,
      );
      return rows.map(([found]) => found ?? null);
    },
    damage: (name, damage) => damageTable(api, jobs, place, name, damage),
    [Symbol.asyncDispose]: async () => {
      const parameters = { deleteContents: true };
      await api.sendAgain({ method: 'DELETE', path: `/datasets/${dataset}`, parameters });
    },
  };
}

async function damageTable(
  api: Api,
  jobs: Jobs,
  place: Place,
  name: string,
  damage: Damage,
): Promise<void> {
  const table = qualified(place, name);
  const run = (statement: string) => jobs.run(`tdp_sync_${crypto.randomUUID()}_damage`, statement);
  if (damage.how === 'drop') {
    await api.sendAgain({ method: 'DELETE', path: `/datasets/${place.dataset}/tables/${name}` });
    return;
  }
  const which = `WHERE \`_file_key\` = '${damage.id}' AND \`_row\` = ${damage.row}`;
  if (damage.how === 'delete') await run(`DELETE FROM ${table} ${which}`);
  else {
    const columns = await columnsOf(api, place, name);
    if (damage.how === 'copy') {
      const names = columns.map((column) => quote(column.name));
      const cells = names.map((one) => (one === quote('_row') ? String(damage.as) : one));
      const row = `SELECT ${cells.join(', ')} FROM ${table} ${which}`;
      await run(`INSERT INTO ${table} (${names.join(', ')}) ${row}`);
    } else {
      const type = columns.find((column) => column.name === damage.column)?.type ?? 'string';
      const set = `${quote(damage.column)} = ${literalOf(type, damage.value)}`;
      await run(`UPDATE ${table} SET ${set} ${which}`);
    }
  }
}

function literalOf(type: ColumnType, value: string | null): string {
  if (value === null) return 'NULL';
  const text = `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return type === 'json' ? `PARSE_JSON(${text})` : `CAST(${text} AS ${sqlType(type)})`;
}

interface TableList {
  readonly tables?: readonly { readonly tableReference: { readonly tableId: string } }[];
  readonly nextPageToken?: string;
}

async function tableNames(api: Api, dataset: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (let pageToken: string | undefined = ''; pageToken !== undefined; ) {
    const parameters = { maxResults: 1000, ...(pageToken === '' ? {} : { pageToken }) };
    const list: TableList = await api.sendAgain({
      path: `/datasets/${dataset}/tables`,
      parameters,
    });
    names.push(...(list.tables ?? []).map(({ tableReference }) => tableReference.tableId));
    pageToken = list.nextPageToken;
  }
  return names.sort();
}

const TYPES: Readonly<Record<string, ColumnType>> = {
  BOOL: 'boolean',
  BOOLEAN: 'boolean',
  INT64: 'int64',
  INTEGER: 'int64',
  FLOAT64: 'float64',
  FLOAT: 'float64',
  BIGNUMERIC: 'decimal',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
  JSON: 'json',
};

async function columnsOf(api: Api, { dataset }: Place, table: string): Promise<readonly Column[]> {
  const { schema } = await api.sendAgain<{
    readonly schema: {
      readonly fields: readonly { readonly name: string; readonly type: string }[];
    };
  }>({ path: `/datasets/${dataset}/tables/${table}` });
  return schema.fields.map(({ name, type }) => ({ name, type: TYPES[type] ?? 'string' }));
}

async function readTable(
  api: Api,
  jobs: Jobs,
  place: Place,
  name: string,
): Promise<readonly Record<string, Value>[]> {
  const columns = await columnsOf(api, place, name);
  const cells = columns.map(({ name, type }) => selected(type, quote(name)));
  const rows = await allRows(
    jobs,
    `SELECT ${cells.join(', ')} FROM ${qualified(place, name)} ORDER BY \`_file_key\`, \`_row\``,
  );
  return rows.map((row) =>
    Object.fromEntries(columns.map(({ name, type }, at) => [name, decode(type, row[at])])),
  );
}

async function allRows(jobs: Jobs, statement: string): Promise<readonly ResultRow[]> {
  const rows: ResultRow[] = [];
  for await (const page of jobs.read(statement)) rows.push(...page);
  return rows;
}
