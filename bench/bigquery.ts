import { parseArgs } from 'node:util';
import type { Document, Row, Sink, Table } from '@tdp-sync/sink';
import bigQuerySink from '@tdp-sync/sink-bigquery';
import { findEmulator } from '../packages/sink-bigquery/test/emulator/binary.ts';
import { Front } from '../packages/sink-bigquery/test/emulator/front.ts';
import type { Outcome, Program } from './program.ts';

/** What one commit holds, and what its tables hold before. */
interface Setting {
  readonly files: number;
  /** Per file and table. */
  readonly rows: number;
  readonly tables: number;
  /** Files in the tables before. */
  readonly before: number;
}

/** What one commit asked of BigQuery. */
interface Counted extends Setting {
  readonly jobs: number;
  readonly requests: number;
  /** Statements of the script that ran. */
  readonly statements: number;
  /** Compressed, in bytes. */
  readonly uploaded: number;
  /** The script, in characters. */
  readonly script: number;
}

const SETTINGS: readonly Setting[] = [
  { files: 1, rows: 1, tables: 1, before: 0 },
  { files: 1, rows: 1, tables: 1, before: 2_000 },
  { files: 100, rows: 1, tables: 1, before: 2_000 },
  { files: 2_000, rows: 1, tables: 1, before: 0 },
  { files: 2_000, rows: 1, tables: 1, before: 2_000 },
  { files: 100, rows: 10, tables: 1, before: 0 },
  { files: 100, rows: 100, tables: 1, before: 0 },
  { files: 100, rows: 1, tables: 5, before: 0 },
  { files: 100, rows: 1, tables: 20, before: 0 },
];

/** Counts what commits to BigQuery take, as files, rows, tables and what is there before grow. */
export const bigqueryProgram: Program = { options: '[--row-bytes 2048]', run };

async function run(args: readonly string[]): Promise<Outcome> {
  const options = { 'row-bytes': { type: 'string', default: '2048' } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const { binary, reason } = await findEmulator(console.error);
  if (binary === undefined) return { text: `Nothing was counted: ${reason}` };
  const counted: Counted[] = [];
  for (const setting of SETTINGS) {
    await using front = await Front.start({ binary, keepsCopies: false });
    counted.push(await count(front, setting, Number(values['row-bytes'])));
  }
  return { text: drawn(counted), figures: { of: `${values['row-bytes']}`, result: counted } };
}

async function count(front: Front, setting: Setting, rowBytes: number): Promise<Counted> {
  const config = await bigQuerySink.config['~standard'].validate({
    project: front.project,
    dataset: 'lab',
    apiEndpoint: front.url,
  });
  if (config.issues !== undefined) throw new Error('The config is wrong.');
  await using sink = await bigQuerySink.open(config.value, { baseDir: process.cwd() });
  // The tables are there, as they are for every commit but the first.
  await load(sink, setting, rowBytes, undefined, 'a', setting.before);
  const counts = { jobs: 0, requests: 0, statements: 0, uploaded: 0, script: 0 };
  front.onRequest = ({ method, path, media, body }) => {
    counts.requests += 1;
    if (method === 'POST' && (path === '/jobs' || path === '/queries')) counts.jobs += 1;
    counts.uploaded += media.length;
    const { configuration } = body as { configuration?: { query?: { query: string } } };
    counts.script += configuration?.query?.query.length ?? 0;
    return undefined;
  };
  front.onStatement = () => {
    counts.statements += 1;
    return undefined;
  };
  await load(sink, setting, rowBytes, 'a', 'b', setting.files);
  return { ...setting, ...counts };
}

async function load(
  sink: Sink,
  setting: Setting,
  rowBytes: number,
  since: string | undefined,
  state: string,
  files: number,
): Promise<void> {
  const tables = Array.from(
    { length: setting.tables },
    (_, n): Table => ({
      name: `t${n}`,
      columns: [
        { name: 'number', type: 'int64' },
        { name: 'document', type: 'json' },
      ],
    }),
  );
  const documents = Array.from(
    { length: files },
    (_, n): Document => ({
      id: n.toString(16).padStart(32, '0'),
      order: state,
      status: 'loaded',
      rows: new Map(
        tables.map(({ name }, at) => [name, rowsOf(n * 31 + at, setting.rows, rowBytes)]),
      ),
    }),
  );
  await using opened = await sink.begin({ sync: 'lab', tables, since });
  await opened.stage(documents);
  await opened.commit(state);
}

/** Rows that no other document has, made one at a time. */
function* rowsOf(seed: number, rows: number, bytes: number): Iterable<Row> {
  for (let n = 0; n < rows; n += 1) yield [BigInt(n), json(seed * 1_000 + n, bytes)];
}

/** A document of so many bytes, about as compressible as measurements are. */
function json(seed: number, bytes: number): string {
  const values: number[] = [];
  for (let value = seed + 1; JSON.stringify(values).length < bytes - 20; ) {
    value = (value * 48_271) % 2_147_483_647;
    values.push(value / 1_000);
  }
  return JSON.stringify({ values });
}

const COLUMNS = [
  'files',
  'rows',
  'tables',
  'before',
  'jobs',
  'requests',
  'statements',
  'uploaded',
  'script',
] as const;

function drawn(counted: readonly Counted[]): string {
  const line = (cells: readonly string[]) => cells.map((cell) => cell.padStart(11)).join('');
  return [
    'One commit, tables being there. rows: per file and table; before: files in the tables; uploaded: bytes.',
    line(COLUMNS),
    ...counted.map((one) => line(COLUMNS.map((column) => one[column].toLocaleString('en-US')))),
  ].join('\n');
}
