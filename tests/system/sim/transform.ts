import type { ExtractedTable, Transform } from '@tdp-sync/core';
import type { Row, Table } from '@tdp-sync/sink';
import type { SimDocument } from './document.ts';
import type { Engine } from './engine.ts';

/** Which mapping the config has: the tables stay, the rows become others. */
export type Variant = 0 | 1;

/** The rows that a document has in the table of parts. */
export function partRows(document: SimDocument, variant: Variant): readonly Row[] {
  const parts = variant === 0 ? document.parts : [...document.parts, document.version].reverse();
  return parts.map((part) => [BigInt(variant), BigInt(part), document.sum]);
}

/** The whole document in one table and its parts in another. */
export function simTransform(engine: Engine, sync: string, variant: Variant): Transform {
  const columns = [
    { name: 'variant', type: 'int64' },
    { name: 'part', type: 'int64' },
    { name: 'sum', type: 'string' },
  ] as const;
  const parts = { name: `${sync}_parts`, columns };
  const whole = { name: sync, columns: [{ name: 'document', type: 'json' }] } as const;
  return {
    declared: [whole, parts],
    fingerprint: `simulated ${variant}`,
    readsAttributes: false,
    extract: async (_file, content) => {
      const text = content.toString('utf8');
      let document: SimDocument;
      try {
        document = JSON.parse(text) as SimDocument;
      } catch (cause) {
        throw new engine.SyncError('DOCUMENT_INVALID', 'not a document', { cause });
      }
      return {
        layout: `simulated ${variant}`,
        tables: [extracted(whole, [[text]]), extracted(parts, partRows(document, variant))],
      };
    },
  };
}

function extracted({ name, columns }: Table, rows: readonly Row[]): ExtractedTable {
  const described = columns.map((column) => ({ ...column, path: column.name, unfit: 0 }));
  return { path: name, name, columns: described, rows };
}
