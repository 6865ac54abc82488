import { hash } from 'node:crypto';
import type { Doc } from './doc.ts';
import type { FileVersion, Label } from './file.ts';

/** What a perfect copy knows of one file. */
export interface TruthEntry {
  readonly file: FileVersion;
  readonly fileId: string;
  readonly bucket: string;
  /** The S3 key. */
  readonly path: string;
  /** As the search shows it; without one where it shows none. */
  readonly indexedAt: number | undefined;
  readonly labels: readonly Label[];
  /** SHA-256 of the decoded content, in hex. */
  readonly digest: string;
}

class Entry implements TruthEntry {
  readonly #doc: Doc;

  constructor(doc: Doc) {
    this.#doc = doc;
  }
  get file(): FileVersion {
    return this.#doc.file;
  }
  get fileId(): string {
    return this.#doc.fileId;
  }
  get bucket(): string {
    return this.#doc.file.bucket;
  }
  get path(): string {
    return this.#doc.file.path;
  }
  get indexedAt(): number | undefined {
    return this.#doc.indexedAt;
  }
  get labels(): readonly Label[] {
    return this.#doc.labels;
  }
  get digest(): string {
    return hash('sha256', this.#doc.file.content);
  }
}

/**
 * The newest version per S3 key among the documents that count. `rank` tells how new a version is
 * among those of its file.
 */
export function listTruth(
  docs: Iterable<Doc>,
  rank: (file: FileVersion) => number,
): Map<string, TruthEntry> {
  const newest = new Map<string, Doc>();
  for (const doc of docs) {
    if (doc.outdated || doc.flaggedDeleted || doc.twin || doc.file.hidden) continue;
    const path = doc.file.path;
    const other = newest.get(path);
    if (other === undefined || rank(doc.file) > rank(other.file)) newest.set(path, doc);
  }
  return new Map(newest.entries().map(([path, doc]) => [path, new Entry(doc)]));
}
