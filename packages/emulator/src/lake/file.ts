/** A JSON object. */
export type JsonObject = { [key: string]: unknown };

/** True for an object that is neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The kinds of file that a search shows. */
export type Category = 'RAW' | 'IDS' | 'PROCESSED';

/** One label. A name may come again with another value. */
export interface Label {
  readonly name: string;
  readonly value: string;
}

/** Where a file came from. */
export interface SourceInfo {
  readonly id: string;
  readonly name: string;
  /** A lower-case slug such as `empower`. */
  readonly type: string;
}

/** S3's word for why it does not give an object: forbidden, archived, or encrypted with a key that is disabled. */
export type StorageRefusal = 'AccessDenied' | 'InvalidObjectState' | 'KMS.DisabledException';

/** What never changes about a version and many versions may share. */
export interface Attributes {
  readonly category: Category;
  readonly source: SourceInfo;
  /** `namespace/type:version`. */
  readonly ids: string | undefined;
  readonly idsType: string | undefined;
  readonly idsTypeVersion: string | undefined;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly tags: readonly string[] | undefined;
  readonly trace: Readonly<Record<string, string>> | undefined;
}

/** The bytes as the bucket holds them. */
export interface StoredBytes {
  readonly bytes: Uint8Array;
  readonly encoding: 'gzip' | undefined;
}

/** What the bucket tells of the bytes without reading them. */
export interface StoredFacts {
  readonly size: number;
  /** The S3 ETag: MD5 of the stored bytes, or any digest followed by `-1` as after a multipart upload. */
  readonly etag: string;
  readonly encoding: 'gzip' | undefined;
}

/** One version of one file. Each has its own `fileId`; versions of a file share `bucket` and `path`. */
export interface FileVersion {
  readonly fileId: string;
  /** The S3 VersionId, which is also the `_id` of the search hit. */
  readonly versionId: string;
  readonly bucket: string;
  /** The S3 key: `<org>/<source id>/<category><filePath>`. */
  readonly path: string;
  /** The logical path, beginning with `/`. */
  readonly filePath: string;
  readonly attributes: Attributes;
  readonly traceId: string;
  readonly rawFileId: string | undefined;
  readonly createdAt: number;
  /** The newest stamp, which a search may not show yet. */
  readonly indexedAt: number | undefined;
  readonly labels: readonly Label[];
  readonly superseded: boolean;
  readonly deleted: boolean;
  /** Kept from everyone by an access rule. */
  readonly hidden: boolean;
  /** The content as it was put, decoded. */
  readonly content: Uint8Array;
  readonly facts: StoredFacts;
  /** What a search shows of the content: IDS documents without their datacubes' numbers. */
  readonly data: JsonObject | undefined;
  stored(): StoredBytes;
}

/** A version as the lake itself handles it. */
export interface LakeFile extends FileVersion {
  bucket: string;
  indexedAt: number | undefined;
  labels: readonly Label[];
  superseded: boolean;
  deleted: boolean;
  hidden: boolean;
}
