import type { JsonObject } from '../lake/file.ts';
import { nextUuid, type Random } from '../random.ts';

/** What every demo document needs. */
export interface DocumentContext {
  readonly random: Random;
  /** When the measurement began, in milliseconds since 1970. */
  readonly time: number;
  /** The sample that was measured. */
  readonly sample: DemoSample;
}

/** One invented sample. */
export interface DemoSample {
  readonly id: string;
  readonly batch: string;
  readonly barcode: string;
  readonly project: string;
}

/** A value with its unit, as IDS documents write quantities. */
export interface Quantity {
  readonly value: number | null;
  readonly unit: string | null;
}

/** A quantity, rounded so that documents stay readable. */
export function quantity(value: number | null, unit: string, digits = 4): Quantity {
  return { value: value === null ? null : Number(value.toFixed(digits)), unit };
}

/** The text of a time as IDS documents write it. */
export function timeText(time: number): string {
  return new Date(time).toISOString();
}

/** A primary key. Like real ones they are new with each parse of the same file. */
export function primaryKey(random: Random): string {
  return nextUuid(random);
}

/** A number around a middle, nearly normally distributed. */
export function around(random: Random, middle: number, spread: number): number {
  return middle + (random.next() + random.next() + random.next() - 1.5) * spread;
}

/** The head that TDP requires of every IDS document. */
export function idsHead(type: string, version: string): JsonObject {
  return {
    '@idsType': type,
    '@idsVersion': version,
    '@idsNamespace': 'common',
    '@idsConventionVersion': 'v1.0.0',
  };
}

/** The sample as most documents list it. */
export function sampleEntry(context: DocumentContext, pk: string): JsonObject {
  const { id, batch, barcode } = context.sample;
  return { pk, id, name: `Sample ${id}`, barcode, batch: { id: batch, name: null } };
}

/** One of the invented analysts. */
export function userEntry(random: Random, pk: string): JsonObject {
  const number = String(1 + random.int(9)).padStart(2, '0');
  return { pk, id: `analyst-${number}`, name: `Analyst ${number}`, type: 'operator' };
}
