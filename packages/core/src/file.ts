import { hash } from 'node:crypto';

/** One hit of TDP's search: a version of a file, and what TDP knows of it. Absent fields are `undefined`. */
export interface FileHit {
  /** UUID of this version. */
  readonly fileId: string;
  /** `RAW`, `IDS` or `PROCESSED`; some systems write it in lower case. */
  readonly category: string | undefined;
  /** TDP's logical path, beginning with `/`. */
  readonly filePath: string | undefined;
  readonly bucket: string | undefined;
  /** The S3 key. With the bucket it identifies the file across its versions. */
  readonly path: string | undefined;
  /** Stored, that is compressed, size in bytes. */
  readonly size: number | undefined;
  /** The S3 ETag of the stored bytes; not a hash of the content. */
  readonly checksum: string | undefined;
  /** `namespace/type:version`. */
  readonly ids: string | undefined;
  readonly idsType: string | undefined;
  readonly idsVersion: string | undefined;
  readonly sourceId: string | undefined;
  readonly sourceName: string | undefined;
  readonly sourceType: string | undefined;
  readonly integrationType: string | undefined;
  readonly traceId: string | undefined;
  readonly rawFileId: string | undefined;
  /** `[{name, value}]` as TDP gives it. */
  readonly labels: unknown;
  /** A number in it that a double does not hold to the last digit is an object here, which `String` writes as it was. */
  readonly metadata: unknown;
  readonly tags: unknown;
  /** ISO 8601 text. */
  readonly createdAt: string | undefined;
  /** ISO 8601 text: when this version was last indexed. */
  readonly indexedAt: string | undefined;
  /** TDP says that there is a newer version. Some systems hide such hits, some flag them. */
  readonly outdated: boolean;
  /** TDP says that the file was deleted. */
  readonly deleted: boolean;
}

/**
 * The id of a file across all its versions: the first 128 bits of SHA-256 over bucket, newline and
 * S3 key, as 32 lower-case hex digits. A hit without an S3 key is identified by its fileId.
 */
export function fileKey(file: Pick<FileHit, 'bucket' | 'path' | 'fileId'>): string {
  const identity = file.path === undefined ? file.fileId : `${file.bucket ?? ''}\n${file.path}`;
  return hash('sha256', identity).slice(0, 32);
}

/**
 * A fingerprint, 10 hex digits, of what TDP knows of a file besides its stamps: labels may be changed
 * without a new version and without a new `indexedAt`.
 */
export function attributesFingerprint(file: FileHit): string {
  const {
    createdAt: _created,
    indexedAt: _indexed,
    outdated: _outdated,
    deleted: _deleted,
    ...attributes
  } = file;
  return hash('sha256', JSON.stringify(attributes)).slice(0, 10);
}

/** How an error message names a file: its path where TDP gave one, and its fileId. */
export function describeFile(file: Pick<FileHit, 'filePath' | 'path' | 'fileId'>): string {
  const path = file.filePath ?? file.path;
  return path === undefined ? `file ${file.fileId}` : `${path} (fileId ${file.fileId})`;
}

/** A message without the name that {@link describeFile} gives the file: what it may share with those of other files. */
export function withoutFile(
  message: string,
  file: Pick<FileHit, 'filePath' | 'path' | 'fileId'>,
): string {
  return message.replaceAll(describeFile(file), 'this file');
}
