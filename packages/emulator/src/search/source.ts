import { type Doc, docId } from '../lake/doc.ts';
import type { JsonObject } from '../lake/file.ts';
import { hashText } from '../random.ts';

const API_INTEGRATION = { id: '6f166302-df8a-4044-ab4b-7ddd3eefb50b', type: 'api', name: 'API' };
const PIPELINE_INTEGRATION = {
  id: 'b41b7c0e-93a5-4a57-8a0b-2f5d3f0c9e77',
  type: 'datapipeline',
  name: 'Data pipeline',
};
const LINEAGE_ENTRIES = 51;
const LINEAGE_BYTES = 1_700;

function fileType(filePath: string): string {
  const dot = filePath.lastIndexOf('.');
  return dot < 0 ? '' : filePath.slice(dot + 1).toLowerCase();
}

function fileOf(doc: Doc): JsonObject {
  const { file } = doc;
  const { size, etag, encoding } = file.facts;
  const type = fileType(file.filePath);
  return {
    bucket: file.bucket,
    path: file.path,
    version: docId(doc),
    size,
    checksum: etag,
    type,
    s3ContentType: type === 'json' ? 'application/json' : 'application/octet-stream',
    ...(encoding === undefined ? {} : { s3ContentEncoding: encoding }),
    tsEncodedPath: encodeURIComponent(file.path),
  };
}

/** The `_source` of a document without its bulky internals. Keys that it does not have are `undefined`. */
export function sourceOf(doc: Doc, org: string): JsonObject {
  const { written } = doc;
  if (written === undefined) return makeSource(doc, org);
  written.source ??= makeSource(doc, org);
  return written.source;
}

function makeSource(doc: Doc, org: string): JsonObject {
  const { file } = doc;
  const { attributes } = file;
  const { category } = attributes;
  const source: JsonObject = {
    fileId: doc.fileId,
    traceId: file.traceId,
    rawFileId: file.rawFileId,
    orgSlug: org,
    category,
    ids: attributes.ids,
    idsType: attributes.idsType,
    idsTypeVersion: attributes.idsTypeVersion,
    filePath: file.filePath,
    file: fileOf(doc),
    source: attributes.source,
    integration: category === 'RAW' ? API_INTEGRATION : PIPELINE_INTEGRATION,
    labels: doc.labels,
    metadata: attributes.metadata,
    tags: attributes.tags,
    trace: attributes.trace,
    createdAt: new Date(file.createdAt).toISOString(),
    indexedAt: doc.indexedAt === undefined ? undefined : new Date(doc.indexedAt).toISOString(),
    outdated: doc.outdated,
    deleted: doc.flaggedDeleted ? true : undefined,
    // Reading the content is only worth it for whoever asks for this field.
    get data() {
      return file.data;
    },
  };
  return source;
}

const WORDS =
  'injection batch sample pipeline workflow raw ids processed output lineage run system';

function lineageText(index: number): string {
  const words = WORDS.split(' ');
  let text = `lineage ${index}`;
  for (let step = 0; text.length < LINEAGE_BYTES; step++) {
    text += ` ${words[hashText(`${index}.${step}`) % words.length]}`;
  }
  return text;
}

let lineage: readonly string[] | undefined;

/** The bulky internals that TDP adds to every hit unless asked not to: about 90 KB. */
export function enhancedSearchContext(doc: Doc): JsonObject {
  lineage ??= Array.from({ length: LINEAGE_ENTRIES }, (_, index) => lineageText(index));
  const { file } = doc;
  return {
    flattened: [file.filePath, ...doc.labels.map(({ name, value }) => `${name}:${value}`)],
    filePathParts: file.filePath.split('/').filter((part) => part !== ''),
    lineageFts: [`${doc.fileId} changed ${doc.lineage} times`, ...lineage.slice(1)],
  };
}
