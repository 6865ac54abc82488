import { hash } from 'node:crypto';
import type {
  Attributes,
  FileVersion,
  JsonObject,
  Label,
  LakeFile,
  StoredBytes,
  StoredFacts,
} from './file.ts';
import { gzip } from './gzip.ts';
import { searchableData } from './searchable.ts';
import { versionIdOf } from './version-id.ts';

/** All that makes a version that was put by itself. */
export type NewVersion = Omit<
  FileVersion,
  'versionId' | 'superseded' | 'deleted' | 'hidden' | 'facts' | 'data' | 'stored'
>;

/** A version that holds its own content. What costs time to make is made on first use. */
export class PutVersion implements LakeFile {
  readonly fileId: string;
  readonly versionId: string;
  bucket: string;
  readonly path: string;
  readonly filePath: string;
  readonly attributes: Attributes;
  readonly traceId: string;
  readonly rawFileId: string | undefined;
  readonly createdAt: number;
  readonly content: Uint8Array;
  indexedAt: number | undefined;
  labels: readonly Label[];
  superseded = false;
  deleted = false;
  hidden = false;
  #stored: StoredBytes | undefined;
  #facts: StoredFacts | undefined;
  #data: { readonly value: JsonObject | undefined } | undefined;

  constructor(version: NewVersion) {
    this.fileId = version.fileId;
    this.versionId = versionIdOf(version.fileId);
    this.bucket = version.bucket;
    this.path = version.path;
    this.filePath = version.filePath;
    this.attributes = version.attributes;
    this.traceId = version.traceId;
    this.rawFileId = version.rawFileId;
    this.createdAt = version.createdAt;
    this.indexedAt = version.indexedAt;
    this.labels = version.labels;
    this.content = version.content;
  }

  stored(): StoredBytes {
    this.#stored ??=
      this.attributes.category === 'RAW'
        ? { bytes: this.content, encoding: undefined }
        : { bytes: gzip(this.content), encoding: 'gzip' };
    return this.#stored;
  }

  get facts(): StoredFacts {
    if (this.#facts === undefined) {
      const { bytes, encoding } = this.stored();
      this.#facts = { size: bytes.length, etag: hash('md5', bytes), encoding };
    }
    return this.#facts;
  }

  get data(): JsonObject | undefined {
    this.#data ??= { value: searchableData(this.attributes.category, this.content) };
    return this.#data.value;
  }
}
