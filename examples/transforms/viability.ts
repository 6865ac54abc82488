import type { TransformModule } from '@tdp-sync/core';

// The tables, and the type of each column.
const tables = {
  viability: { sample: 'string', percent: 'decimal', measured: 'timestamp' },
} as const;

// What this transform knows of its documents. Nothing checks it: an exception lets the file fail, not the run.
interface CellCount {
  readonly samples: readonly { readonly id: string }[];
  readonly runs: readonly { readonly time: { readonly start: string } }[];
  readonly results: readonly {
    readonly cell: { readonly viability: { readonly value: number } };
  }[];
}

export default {
  tables,
  rows: (file, { samples, runs, results }: CellCount) => {
    if (file.idsType !== 'cell-counter') throw new Error(`no cell count, but ${file.idsType}`);
    return {
      viability: results.map(({ cell }) => ({
        sample: samples[0]?.id,
        percent: cell.viability.value,
        measured: runs[0]?.time.start,
      })),
    };
  },
} satisfies TransformModule<typeof tables>;
