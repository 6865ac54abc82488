import { hash } from 'node:crypto';
import type { Random } from './random.ts';

/** A document of the simulation: it says whose it is, and carries a checksum over all that it says. */
export interface SimDocument {
  readonly '@idsType': 'simulated';
  readonly '@idsVersion': 'v1.0.0';
  readonly path: string;
  readonly version: number;
  readonly parts: readonly number[];
  readonly sum: string;
}

/** The text of a version. Versions have different numbers of parts, so that one left over shows. */
export function documentText(path: string, version: number, random: Random): string {
  const parts = Array.from({ length: random.int(0, 4) }, () => random.int(0, 1_000_000));
  const facts = { '@idsType': 'simulated', '@idsVersion': 'v1.0.0', path, version, parts } as const;
  const document: SimDocument = { ...facts, sum: hash('sha256', JSON.stringify(facts)) };
  return JSON.stringify(document);
}

/** Reads a document; `undefined` when it is not whole. */
export function readDocument(text: string): SimDocument | undefined {
  try {
    const document = JSON.parse(text) as SimDocument;
    const { sum, ...facts } = document;
    return hash('sha256', JSON.stringify(facts)) === sum ? document : undefined;
  } catch {
    return undefined;
  }
}
