import type { Document, Sink, StoredDocument, Table } from '@tdp-sync/sink';
import type { TestDatabase } from '@tdp-sync/sink/conformance';
import { expect } from 'vitest';
import { bigQuerySink } from '../src/adapter.ts';
import type { BigQueryConfig } from '../src/config.ts';
import { documentsOf, rowCounts, stamp, TABLES } from './child/loads.ts';

/** Opens a database as a sink. */
export function openSink(
  database: TestDatabase,
  changed: Partial<BigQueryConfig> = {},
): Promise<Sink> {
  return bigQuerySink.open({ ...configOf(database), ...changed }, { baseDir: '/' });
}

/** The config of a database. */
export function configOf(database: TestDatabase): BigQueryConfig {
  return database.config as BigQueryConfig;
}

/** The nth load, from begin to commit. */
export async function loaded(sink: Sink, since: string | undefined, n: number) {
  return loadOf(sink, TABLES, since, stamp(n), documentsOf(n));
}

/** One load, from begin to commit. */
export async function loadOf(
  sink: Sink,
  tables: readonly Table[],
  since: string | undefined,
  state: string,
  documents: readonly Document[],
) {
  await using load = await sink.begin({ sync: 'lab', tables, since });
  await load.stage(documents);
  return await load.commit(state);
}

/** Expects rows, ledger and state of one load, no older than the one that was acknowledged. */
export async function expectWhole(database: TestDatabase, acknowledged: string): Promise<void> {
  await using sink = await openSink(database);
  const state = (await sink.readState('lab')) ?? '';
  expect(state >= acknowledged, `${state} is stored, ${acknowledged} was acknowledged`).toBe(true);
  const ledger: StoredDocument[] = [];
  for await (const line of sink.documents('lab')) ledger.push(line);
  const orders = ledger.map(({ order }) => order).sort();
  expect(orders.at(-1) ?? '').toBe(state);
  for (const table of ['runs', 'peaks'] as const) {
    const seen = (await database.tables()).includes(table) ? await database.read(table) : [];
    const expected = ledger.flatMap(({ id, order }) => {
      const n = Number(order);
      return Array.from({ length: rowCounts(n)[table] }, (_, row) => [id, BigInt(row), BigInt(n)]);
    });
    expect(seen.map((row) => [row['_file_key'], row['_row'], row['load']])).toEqual(expected);
  }
}
