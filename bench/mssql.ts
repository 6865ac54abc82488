import { parseArgs } from 'node:util';
import { roundTripsOf } from '../packages/sink-mssql/test/round-trips.ts';
import { type Measured, runCase } from './process.ts';
import type { Program } from './program.ts';
import { cpuUs, interleaved, medianOf, type Rounds, ratioOf } from './rounds.ts';

const VARIABLE = 'TDP_SYNC_TEST_MSSQL_URL';
const CASES = ['bulk', 'load', 'replace'] as const;
type Case = (typeof CASES)[number];

/** The driver's bulk load alone, and documents through the sink: new ones, and ones that replace others. */
export interface MssqlResult {
  readonly documents: number;
  readonly rowsPerDocument: number;
  readonly batch: number;
  readonly rounds: number;
  readonly rowsPerSecond: Readonly<Record<Case, number>>;
  /** Of this process; the server's own is not known. */
  readonly cpuUsPerRow: Readonly<Record<Case, number>>;
  readonly peakMiB: Readonly<Record<Case, number>>;
  /** Rows per second over those of the bulk load alone: the medians of the rounds' own ratios. */
  readonly ofBulk: Readonly<Record<Case, number>>;
  /** In the table and its index; 0 where the server does not say. */
  readonly bytesPerRow: Readonly<Record<Case, number>>;
}

/** The sink for SQL Server against the driver's bulk load, where a server is named. */
export const mssqlProgram: Program = {
  options: '[--documents 10000] [--rows 10] [--batch 4096] [--rounds 5]',
  run: async (args) => {
    if ((process.env[VARIABLE] ?? '') === '') {
      return {
        text: `${await countedRoundTrips()}\nNothing else was measured: set ${VARIABLE} to a SQL Server, such as mssql://user:password@host:1433/database.`,
      };
    }
    const result = await mssql(args);
    const of = `${result.documents}x${result.rowsPerDocument}`;
    const text = `${mssqlTable(result)}\n${await countedRoundTrips()}`;
    return { text, figures: { of, result } };
  },
};

/** Counted by a server that only looks like one: what is sent does not depend on what answers. */
async function countedRoundTrips(): Promise<string> {
  const counts: string[] = [];
  for (const tables of [1, 10, 60]) {
    const { each, logins } = await roundTripsOf(tables, 1);
    counts.push(`${tables} ${tables === 1 ? 'table' : 'tables'} ${each[0]} (logins ${logins})`);
  }
  return `round trips of a load, begin to end: ${counts.join(', ')}`;
}

/** Measures on the server that the environment names, interleaved, each case in a fresh process. */
export async function mssql(args: readonly string[]): Promise<MssqlResult> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      documents: { type: 'string', default: '10000' },
      rows: { type: 'string', default: '10' },
      batch: { type: 'string', default: '4096' },
      rounds: { type: 'string', default: '5' },
    },
  });
  const documents = Number(values.documents);
  const rowsPerDocument = Number(values.rows);
  const batch = Number(values.batch);
  const rounds = Number(values.rounds);
  const input = { documents, rowsPerDocument, batch };
  const runs = await interleaved(rounds, {
    bulk: () => runCase('mssql-bulk', input),
    load: () => runCase('mssql-sink', { ...input, again: false }),
    replace: () => runCase('mssql-sink', { ...input, again: true }),
  });
  for (const [name, measured] of Object.entries(runs)) {
    const isWhole = ({ files, rows }: Measured): boolean =>
      files === documents && rows === documents * rowsPerDocument;
    if (!measured.every(isWhole)) throw new Error(`"${name}" did not load every row once.`);
  }
  return evaluate({ ...input, rounds }, runs);
}

function evaluate(
  setting: Pick<MssqlResult, 'documents' | 'rowsPerDocument' | 'batch' | 'rounds'>,
  runs: Rounds<Case>,
): MssqlResult {
  const each = (figure: (name: Case) => number): Record<Case, number> => ({
    bulk: figure('bulk'),
    load: figure('load'),
    replace: figure('replace'),
  });
  return {
    ...setting,
    rowsPerSecond: each((name) => medianOf(runs[name], rate)),
    cpuUsPerRow: each((name) => medianOf(runs[name], cpuUs) / setting.rowsPerDocument),
    peakMiB: each((name) => medianOf(runs[name], ({ peakMiB }) => peakMiB)),
    ofBulk: each((name) => ratioOf(runs[name], runs.bulk, rate)),
    bytesPerRow: each((name) => medianOf(runs[name], ({ bytes, rows }) => bytes / rows)),
  };
}

function rate({ rows, durationMs }: Measured): number {
  return (rows * 1000) / durationMs;
}

function bytes(perRow: number): string {
  return perRow > 0 ? perRow.toFixed(0) : '-';
}

/** The result as a table. */
export function mssqlTable(result: MssqlResult): string {
  const row = (name: Case, label: string): string =>
    [
      label.padEnd(26),
      Math.round(result.rowsPerSecond[name]).toLocaleString('en-US').padStart(10),
      result.cpuUsPerRow[name].toFixed(1).padStart(16),
      result.peakMiB[name].toFixed(0).padStart(11),
      result.ofBulk[name].toFixed(2).padStart(14),
      bytes(result.bytesPerRow[name]).padStart(11),
    ].join('');
  const { documents, rowsPerDocument, batch, rounds } = result;
  return [
    `${documents.toLocaleString('en-US')} documents of ${rowsPerDocument} rows, ${batch} in a commit, medians of ${rounds} rounds`,
    'case                          rows/s   client us/row   peak MiB  of bulk load  bytes/row',
    row('bulk', 'bulk load alone'),
    row('load', 'sink, new documents'),
    row('replace', 'sink, replaced documents'),
  ].join('\n');
}
