import { nextUuid, type Random } from '../random.ts';
import type { Attributes, Category, Label, SourceInfo } from './file.ts';
import { PutVersion } from './put-version.ts';
import { parseDocument } from './searchable.ts';

/** A file to put into the lake. Times are milliseconds since 1970. */
export interface PutFile {
  /** The logical path, beginning with `/`. With source and category it makes the S3 key. */
  readonly path: string;
  readonly category: Category;
  /** Bytes as they are, text as UTF-8, anything else as JSON. */
  readonly content: Uint8Array | string | object;
  readonly source?: Partial<SourceInfo>;
  /** `namespace/type:version`. Default: what an IDS document says of itself. */
  readonly ids?: string;
  readonly labels?: readonly Label[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  readonly trace?: Readonly<Record<string, string>>;
  /** Default: the new fileId of a RAW file, else `rawFileId`. */
  readonly traceId?: string;
  readonly rawFileId?: string;
  /** Default: the clock. Cut to whole seconds, as TDP does. */
  readonly createdAt?: number;
  /** Default: the clock plus `indexedAfterMs`. */
  readonly indexedAt?: number;
  /** How long the indexing takes. Default 0. */
  readonly indexedAfterMs?: number;
  /** From the stamp until a search finds the file. Default: the switch `visibilityDelayMs`. */
  readonly visibleAfterMs?: number;
  /** Default: the next one of the seed's sequence. */
  readonly fileId?: string;
}

const DEFAULT_SOURCE: SourceInfo = {
  id: '3f1d7c52-5b0e-4d0c-9a44-6a0f4f5c7e10',
  name: 'Lab uploads',
  type: 'file-upload',
};

/** What a put is told about its surroundings. */
export interface PutContext {
  readonly org: string;
  readonly bucket: string;
  readonly random: Random;
  readonly now: number;
}

function bytesOf(content: Uint8Array | string | object): Uint8Array {
  if (content instanceof Uint8Array) return content;
  return Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
}

function idsOf(file: PutFile, content: Uint8Array): string | undefined {
  if (file.category !== 'IDS') return undefined;
  if (file.ids !== undefined) return file.ids;
  const document = parseDocument(content) ?? {};
  const type = document['@idsType'];
  // What names no IDS has none, and a client has nothing to hold the content against.
  if (type === undefined) return undefined;
  const part = (key: string, otherwise: string): string => String(document[key] ?? otherwise);
  return `${part('@idsNamespace', 'common')}/${String(type)}:${part('@idsVersion', 'v1.0.0')}`;
}

/** The attributes that an `ids` and the rest of a put stand for. */
export function attributesOf(
  file: Pick<PutFile, 'category' | 'source' | 'metadata' | 'tags' | 'trace'>,
  ids: string | undefined,
): Attributes {
  const [, idsType, idsTypeVersion] = /^[^/]*\/(.*):([^:]*)$/.exec(ids ?? '') ?? [];
  return {
    category: file.category,
    source: { ...DEFAULT_SOURCE, ...file.source },
    ids,
    idsType,
    idsTypeVersion,
    metadata: file.metadata,
    tags: file.tags,
    trace: file.trace,
  };
}

/** What the S3 keys of a source and category begin with. */
export function keyPrefix(org: string, attributes: Attributes): string {
  return `${org}/${attributes.source.id}/${attributes.category}`;
}

/** Makes the version that a put adds to the lake. */
export function makeVersion(file: PutFile, context: PutContext): PutVersion {
  if (!file.path.startsWith('/')) throw new Error(`the path must begin with '/': ${file.path}`);
  const fileId = file.fileId ?? nextUuid(context.random);
  const content = bytesOf(file.content);
  const attributes = attributesOf(file, idsOf(file, content));
  return new PutVersion({
    fileId,
    bucket: context.bucket,
    path: `${keyPrefix(context.org, attributes)}${file.path}`,
    filePath: file.path,
    attributes,
    traceId: file.traceId ?? file.rawFileId ?? fileId,
    rawFileId: file.category === 'RAW' ? undefined : file.rawFileId,
    createdAt: Math.floor((file.createdAt ?? context.now) / 1000) * 1000,
    indexedAt: file.indexedAt ?? context.now + (file.indexedAfterMs ?? 0),
    labels: file.labels ?? [],
    content,
  });
}
