import { hashText, nextUuid, seededRandom } from '../random.ts';
import type { Doc } from './doc.ts';
import type { Attributes, JsonObject, Label, LakeFile, StoredBytes, StoredFacts } from './file.ts';
import { gzipWithTail, gzipWithTailSize, type SharedTail, sharedTail } from './gzip.ts';
import { versionIdOf } from './version-id.ts';

const DIGITS = 9;
const SECOND = 1000;

/** What all files of one batch have in common. */
export interface Batch {
  readonly bucket: string;
  /** What the S3 keys begin with, up to the logical path. */
  readonly keyPrefix: string;
  /** What the logical paths begin with. */
  readonly folder: string;
  readonly attributes: Attributes;
  readonly labels: readonly Label[];
  readonly seed: number;
  readonly tail: SharedTail;
  readonly gzip: boolean;
  /** Size of each file as it is stored. */
  readonly size: number;
  /** Stamp of the first file, and the distance to that of the next one. */
  readonly from: number;
  readonly step: number;
}

const MIN_BYTES = 512;

/** A number in {@link DIGITS} digits; there are never more files than that. */
function ordinalText(ordinal: number): string {
  return String(10 ** DIGITS + ordinal).slice(1);
}

function head(batch: Batch, ordinal: number): string {
  const number = ordinalText(ordinal);
  const value = (hashText(number, batch.seed) / 0x1_0000_0000 + 1).toFixed(6);
  const ids = batch.attributes;
  const namespace = ids.ids?.split('/')[0] ?? '';
  return (
    `{"@idsType":"${ids.idsType ?? ''}","@idsVersion":"${ids.idsTypeVersion ?? ''}",` +
    `"@idsNamespace":"${namespace}","samples":[{"id":"S-${number}","barcode":"B${number}"}],` +
    `"results":[{"name":"concentration","value":${value},"unit":"mg/mL"}],`
  );
}

function tailText(bytes: number): string {
  const rows: string[] = [];
  const row = (index: number): string =>
    `{"index":${index},"time":{"value":${index * 5},"unit":"second"},"signal":{"value":${((index * 7919) % 1000) / 8},"unit":"mAU"}}`;
  let length = 20;
  for (let index = 0; length < bytes; index++) {
    rows.push(row(index));
    length += row(index).length + 1;
  }
  return `"readings":[${rows.join(',')}]}`;
}

/** The end shared by the documents of a batch, so long that a document has about this many bytes. */
export function bulkTail(bytes: number): SharedTail {
  return sharedTail(Buffer.from(tailText(Math.max(bytes, MIN_BYTES) - 250)));
}

function stampOf(batch: Batch, ordinal: number): number {
  return Math.floor(batch.from + batch.step * ordinal);
}

/**
 * One of very many small documents. It holds little more than its number and its fileId; path and
 * content are made when asked for, the same each time. It is its own document in the search index
 * until something about it changes.
 */
export class BulkVersion implements LakeFile, Doc {
  readonly batch: Batch;
  readonly ordinal: number;
  readonly fileId: string;
  indexedAt: number | undefined;
  superseded = false;
  deleted = false;
  hidden = false;
  #labels: readonly Label[] | undefined;
  #bucket: string | undefined;

  constructor(batch: Batch, ordinal: number, fileId: string) {
    this.batch = batch;
    this.ordinal = ordinal;
    this.fileId = fileId;
    this.indexedAt = stampOf(batch, ordinal);
  }

  get file(): LakeFile {
    return this;
  }
  get outdated(): boolean {
    return false;
  }
  get flaggedDeleted(): boolean {
    return false;
  }
  get twin(): boolean {
    return false;
  }
  get lineage(): number {
    return 0;
  }
  /** Never kept: the objects of a million files would fill the memory. */
  get written(): undefined {
    return undefined;
  }
  get labels(): readonly Label[] {
    return this.#labels ?? this.batch.labels;
  }
  set labels(labels: readonly Label[]) {
    this.#labels = labels;
  }
  get attributes(): Attributes {
    return this.batch.attributes;
  }
  get versionId(): string {
    return versionIdOf(this.fileId);
  }
  get bucket(): string {
    return this.#bucket ?? this.batch.bucket;
  }
  set bucket(bucket: string) {
    this.#bucket = bucket;
  }
  /** The number in the path, in fixed width. */
  get ordinalText(): string {
    return ordinalText(this.ordinal);
  }
  get filePath(): string {
    return `${this.batch.folder}${this.ordinalText}.json`;
  }
  get path(): string {
    return `${this.batch.keyPrefix}${this.filePath}`;
  }
  get traceId(): string {
    return this.fileId;
  }
  get rawFileId(): string | undefined {
    return undefined;
  }
  get createdAt(): number {
    const lag = 30 + (hashText(this.fileId, this.batch.seed) % 870);
    return (Math.floor(stampOf(this.batch, this.ordinal) / SECOND) - lag) * SECOND;
  }
  get content(): Uint8Array {
    return Buffer.concat([Buffer.from(head(this.batch, this.ordinal)), this.batch.tail.plain]);
  }
  get data(): JsonObject | undefined {
    if (this.attributes.category !== 'IDS') return undefined;
    return JSON.parse(`${head(this.batch, this.ordinal)}"readings":[]}`) as JsonObject;
  }
  get facts(): StoredFacts {
    const { gzip, size } = this.batch;
    return {
      size,
      etag: `${this.fileId.replaceAll('-', '')}-1`,
      encoding: gzip ? 'gzip' : undefined,
    };
  }
  stored(): StoredBytes {
    if (!this.batch.gzip) return { bytes: this.content, encoding: undefined };
    const start = Buffer.from(head(this.batch, this.ordinal));
    return { bytes: gzipWithTail(start, this.batch.tail), encoding: 'gzip' };
  }
}

/** Completes a batch with the size that all its files have. */
export function makeBatch(parts: Omit<Batch, 'size'>): Batch {
  const { gzip, tail } = parts;
  const headBytes = head({ ...parts, size: 0 }, 0).length;
  const size = gzip ? gzipWithTailSize(headBytes, tail) : headBytes + tail.plain.length;
  return { ...parts, size };
}

/** Makes the versions of a batch. */
export function makeBulk(batch: Batch, count: number): BulkVersion[] {
  const random = seededRandom(batch.seed * 7 + 3);
  return Array.from({ length: count }, (_, n) => new BulkVersion(batch, n, nextUuid(random)));
}

/** The number of the file of a batch that has this S3 key, or -1. */
export function bulkOrdinal(batch: Batch, path: string): number {
  const start = `${batch.keyPrefix}${batch.folder}`;
  if (!path.startsWith(start) || !path.endsWith('.json')) return -1;
  const digits = path.slice(start.length, -'.json'.length);
  return digits.length === DIGITS && /^\d+$/.test(digits) ? Number(digits) : -1;
}
