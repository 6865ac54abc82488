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

/** The table of a kind of documents, which is made when the first of them comes. */
export function kindTable(sync: string, kind: number): Table {
  const columns = [
    { name: 'kind', type: 'int64' },
    { name: 'sum', type: 'string' },
  ] as const;
  return { name: `${sync}_kind_${kind}`, columns };
}

/** The row that a document has in the table of its kind, which is another one for each version. */
export function kindRows(document: SimDocument, kinds: number): readonly Row[] {
  if (kinds === 0) return [];
  return [[BigInt(Number.parseInt(document.sum.slice(0, 6), 16) % kinds), document.sum]];
}

/** How documents become rows. */
export interface Shape {
  readonly variant: Variant;
  readonly kinds: number;
}

/** The whole document in one table, its parts in another, and a row in that of its kind. */
export function simTransform(engine: Engine, sync: string, { variant, kinds }: Shape): Transform {
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
      const own = kindRows(document, kinds);
      const tables = own.map(([kind]) => extracted(kindTable(sync, Number(kind)), own));
      return {
        layout: [`simulated ${variant}`, ...tables.map(({ name }) => name)].join(' '),
        tables: [
          extracted(whole, [[text]]),
          extracted(parts, partRows(document, variant)),
          ...tables,
        ],
      };
    },
  };
}

function extracted({ name, columns }: Table, rows: readonly Row[]): ExtractedTable {
  const described = columns.map((column) => ({ ...column, path: column.name, unfit: 0 }));
  return { path: name, name, columns: described, rows };
}
