import { hash } from 'node:crypto';
import type { Random } from './random.ts';

/** Beyond what a client takes in without asking whether there is room. */
const LARGE_BYTES = 300_000;

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
function documentText(path: string, version: number, random: Random): string {
  const parts = Array.from({ length: random.int(0, 4) }, () => random.int(0, 1_000_000));
  const facts = { '@idsType': 'simulated', '@idsVersion': 'v1.0.0', path, version, parts } as const;
  const document: SimDocument = { ...facts, sum: hash('sha256', JSON.stringify(facts)) };
  return JSON.stringify(document);
}

/** What a version contains. */
export interface Content {
  readonly path: string;
  readonly number: number;
  readonly isLarge: boolean;
  readonly isBroken: boolean;
}

/** Its text. JSON may end with any number of blanks. */
export function contentOf({ path, number, isLarge, isBroken }: Content, random: Random): string {
  const whole = documentText(path, number, random);
  if (isBroken) return whole.slice(0, -2);
  return isLarge ? whole.padEnd(LARGE_BYTES) : whole;
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
