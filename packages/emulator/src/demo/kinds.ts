import type { JsonObject, SourceInfo } from '../lake/file.ts';
import type { Random } from '../random.ts';
import { cellCounter } from './cell-counter.ts';
import { chromatography } from './chromatography.ts';
import type { DocumentContext } from './ids-document.ts';
import { plateReader } from './plate-reader.ts';

/** One kind of instrument in the demo lab. */
export interface Kind {
  readonly source: SourceInfo;
  readonly folder: string;
  readonly rawExtension: string;
  /** The raw file as the instrument writes it. */
  raw(context: DocumentContext): string | Uint8Array;
  /** The IDS document made of it, in the version in use at that share of the demo's time. */
  document?(context: DocumentContext, progress: number): JsonObject;
}

function textReport(title: string, context: DocumentContext): string {
  const { sample, time, random } = context;
  const lines = Array.from(
    { length: 24 },
    (_, row) => `${row + 1}\t${(random.next() * 100).toFixed(3)}`,
  );
  return [
    title,
    `Sample\t${sample.id}`,
    `Started\t${new Date(time).toISOString()}`,
    ...lines,
    '',
  ].join('\n');
}

function noise(random: Random, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, () => random.int(256));
}

/** Liquid chromatographs. */
export const CHROMATOGRAPHY: Kind = {
  source: { id: '0f6a3c1e-6d0b-4a56-9d63-3a1b7c0e5d21', name: 'Empower QC', type: 'empower' },
  folder: '/qc/chromatography',
  rawExtension: 'arw',
  raw: (context) => textReport('Chromatogram export', context),
  document: chromatography,
};

/** Plate readers, which change to another major version of their IDS on the way. */
export const PLATES: Kind = {
  source: {
    id: '7b2e9d44-1c38-4f0a-8e57-92d0a6b4c3f8',
    name: 'Plate reader 2',
    type: 'plate-reader',
  },
  folder: '/bioassay/plates',
  rawExtension: 'txt',
  raw: (context) => textReport('Plate export', context),
  document: (context, progress) => plateReader(context, progress < 0.6 ? 'v4.1.0' : 'v5.0.0'),
};

/** Cell counters. */
export const CELLS: Kind = {
  source: {
    id: 'c5d81f90-2b67-4e3c-a7a9-0e4f6b8d1c32',
    name: 'Cell counter upstream',
    type: 'vi-cell',
  },
  folder: '/upstream/cell-counts',
  rawExtension: 'csv',
  raw: (context) => textReport('Cell count', context).replaceAll('\t', ','),
  document: (context, progress) => cellCounter(context, progress < 0.4 ? 'v7.2.0' : 'v8.0.0'),
};

/** Mass spectrometers, whose binary files nothing parses. */
export const SPECTRA: Kind = {
  source: { id: '4e9c0b57-8a1d-4d26-b3f4-5c7e2a90d618', name: 'MS acquisition', type: 'mass-spec' },
  folder: '/ms/acquisitions',
  rawExtension: 'dat',
  raw: ({ random }) => noise(random, 600 + random.int(400)),
};

/** All kinds, the frequent ones more than once. */
export const KINDS: readonly [Kind, ...Kind[]] = [
  CHROMATOGRAPHY,
  CHROMATOGRAPHY,
  PLATES,
  CELLS,
  CELLS,
];
