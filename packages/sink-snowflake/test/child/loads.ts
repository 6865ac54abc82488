import type { Document, Table } from '@tdp-sync/sink';

/** How many documents take turns. */
const DOCUMENTS = 5;
const EACH = 3;

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

/** The documents of the nth load, each in all tables: with rows of which each says which load it was. */
export function documentsOf(n: number): readonly Document[] {
  const runs = Array.from({ length: 1 + (n % 3) }, () => [BigInt(n), `load ${n}`]);
  const peaks = [[BigInt(n)], [BigInt(n)]];
  return Array.from({ length: EACH }, (_, at) => ({
    id: ((n * EACH + at) % DOCUMENTS).toString(16).padStart(32, '0'),
    order: stamp(n),
    status: 'loaded',
    rows: new Map([
      ['runs', runs],
      ['peaks', peaks],
    ]),
  }));
}

/** What there is after the nth load, whatever happened on the way: the newest of each document, in order. */
export function documentsAfter(n: number): readonly Document[] {
  const newest = new Map<string, Document>();
  for (let load = 1; load <= n; load += 1) {
    for (const document of documentsOf(load)) newest.set(document.id, document);
  }
  return [...newest.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
}
