import type { Batch } from '../lake/bulk.ts';
import { BulkVersion } from '../lake/bulk.ts';
import { isoTime } from './iso-time.ts';

const SAMPLE_ID = '5a3b1e9c-7d42-4f60-9b8e-c1d2f3a4b5e6';
const SAMPLE_ORDINAL = 918_273_645;
/** In the batch's own steps that ordinal would lie beyond what a time can be. */
const SAMPLE_TIME = Date.UTC(2019, 2, 14, 15, 9, 26, 535);

/** What differs between the hits of a batch. */
type Part = (file: BulkVersion) => string;

const PARTS: readonly Part[] = [
  (file) => file.fileId,
  (file) => file.fileId.replaceAll('-', ''),
  (file) => file.versionId,
  (file) => file.ordinalText,
  (file) => isoTime(file.createdAt),
  (file) => isoTime(file.indexedAt ?? 0),
];

function compile(batch: Batch, write: (file: BulkVersion) => string): Part {
  const sample = new BulkVersion(
    { ...batch, from: SAMPLE_TIME, step: 0 },
    SAMPLE_ORDINAL,
    SAMPLE_ID,
  );
  const values = PARTS.map((part) => part(sample));
  const text = write(sample);
  const pieces = text.split(new RegExp(`(${values.join('|')})`));
  const makers = pieces.map((piece, index): Part => {
    const part = index % 2 === 1 ? PARTS[values.indexOf(piece)] : undefined;
    return part ?? (() => piece);
  });
  return (file) => {
    let hit = '';
    for (const make of makers) hit += make(file);
    return hit;
  };
}

/**
 * Writes the hits of bulk files from a pattern: one is written in full, the others differ from it in
 * known places. Only for hits without content, which differs elsewhere.
 */
export class BulkHits {
  readonly #write: (file: BulkVersion) => string;
  readonly #patterns = new Map<Batch, Part>();

  constructor(write: (file: BulkVersion) => string) {
    this.#write = write;
  }

  hit(file: BulkVersion): string {
    let pattern = this.#patterns.get(file.batch);
    if (pattern === undefined) {
      pattern = compile(file.batch, this.#write);
      this.#patterns.set(file.batch, pattern);
    }
    return pattern(file);
  }
}
