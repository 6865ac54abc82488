import type { Document, Table } from '@tdp-sync/sink';

/** How many documents take turns. */
const DOCUMENTS = 20;

/** What every load writes to. */
export const TABLES: readonly Table[] = [
  {
    name: 'runs',
    columns: [
      { name: 'load', type: 'int64' },
      { name: 'text', type: 'string' },
    ],
  },
  { name: 'peaks', columns: [{ name: 'load', type: 'int64' }] },
];

/** The name of the nth state and order. */
export function stamp(n: number): string {
  return String(n).padStart(9, '0');
}

/** How many rows of each table a document has after the nth load. */
export function rowCounts(n: number): { readonly runs: number; readonly peaks: number } {
  return { runs: n % 4, peaks: 2 };
}

/** The documents of the nth load. All that they write says which load it was. */
export function documentsOf(n: number): readonly Document[] {
  const { runs, peaks } = rowCounts(n);
  const text = `load ${n} `.repeat(2_000);
  return [0, 1, 2].map((at) => ({
    id: ((n * 3 + at) % DOCUMENTS).toString(16).padStart(32, '0'),
    order: stamp(n),
    status: 'loaded',
    rows: new Map([
      ['runs', Array.from({ length: runs }, () => [BigInt(n), text])],
      ['peaks', Array.from({ length: peaks }, () => [BigInt(n)])],
    ]),
  }));
}
