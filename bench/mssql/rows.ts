import { createHash } from 'node:crypto';
import type { Document, Row, Table } from '@tdp-sync/sink';

/** What is loaded: peaks of a chromatogram, say, with a column of nearly every type. */
export const PEAKS: Table = {
  name: 'peaks',
  columns: [
    { name: 'name', type: 'string' },
    { name: 'injection', type: 'int64' },
    { name: 'retention_minutes', type: 'float64' },
    { name: 'percent_area', type: 'decimal' },
    { name: 'is_main', type: 'boolean' },
    { name: 'measured_at', type: 'timestamp' },
    { name: 'annotation', type: 'json' },
  ],
};

/** The nth row of all. */
export function peak(n: number): Row {
  return [
    `impurity ${n % 97}`,
    BigInt(n),
    (n % 7_193) / 16,
    `${n % 100}.${String(n % 10_000).padStart(4, '0')}`,
    n % 5 === 0,
    `2026-01-01T00:00:00.${String(n % 1_000_000).padStart(6, '0')}Z`,
    n % 3 === 0 ? '{"by":"analyst","reason":"integrated by hand"}' : null,
  ];
}

/** The nth document, with its part of the rows. */
export function peaksOf(n: number, rowsPerDocument: number, order: string): Document {
  const rows = Array.from({ length: rowsPerDocument }, (_, row) => peak(n * rowsPerDocument + row));
  return {
    id: createHash('sha256').update(String(n)).digest('hex').slice(0, 32),
    order,
    status: 'loaded',
    rows: new Map([[PEAKS.name, rows]]),
  };
}
