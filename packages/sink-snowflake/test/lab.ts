import type { Document, Load, Row, Sink, Table } from '@tdp-sync/sink';
import type { TestDatabase } from '@tdp-sync/sink/conformance';
import { snowflakeSink } from '../src/adapter.ts';
import { configSchema, type SnowflakeInput } from '../src/config.ts';
import { harness } from '../src/conformance.ts';

/** The tables of most tests. */
export const RUNS: Table = {
  name: 'runs',
  columns: [
    { name: 'sample', type: 'string' },
    { name: 'purity', type: 'float64' },
  ],
};
export const PEAKS: Table = { name: 'peaks', columns: [{ name: 'height', type: 'decimal' }] };

/** The id of the nth document. */
export function idOf(number: number): string {
  return number.toString(16).padStart(32, '0');
}

/** A document with its rows by table. */
export function documentOf(
  number: number,
  order: string,
  rows: Readonly<Record<string, readonly Row[]>>,
): Document {
  return { id: idOf(number), order, status: 'loaded', rows: new Map(Object.entries(rows)) };
}

/** A database of one test, and a sink that is open on it. */
export interface Lab extends AsyncDisposable {
  readonly sink: Sink;
  readonly database: TestDatabase;
}

/** A new schema, and a sink on it. */
export async function openLab(config: SnowflakeInput): Promise<Lab> {
  const database = await harness(config).fresh();
  const sink = await openOn(database);
  return {
    sink,
    database,
    [Symbol.asyncDispose]: async () => {
      await sink[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** One more sink on the same database. */
export async function openOn({ config, context }: TestDatabase): Promise<Sink> {
  return await snowflakeSink.open(configSchema.parse(config), context);
}

/** Begins a load from what is stored. */
export async function begin(
  sink: Sink,
  tables: readonly Table[] = [RUNS, PEAKS],
  sync = 'lab',
): Promise<Load> {
  return await sink.begin({ sync, tables, since: await sink.readState(sync) });
}

/** The lines of the ledger, as a text each. */
export async function ledgerOf(sink: Sink, sync = 'lab'): Promise<readonly string[]> {
  const lines = await Array.fromAsync(sink.documents(sync));
  return lines.map(({ id, order, status }) => `${Number.parseInt(id, 16)} ${order} ${status}`);
}
