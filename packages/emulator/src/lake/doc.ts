import type { JsonObject, Label, LakeFile } from './file.ts';

/** What was made of a document when it was last shown, to be used again. */
export interface Written {
  source?: JsonObject;
  /** The hit, and what it was written for. */
  hit?: string;
  hitKey?: string;
}

/**
 * A document of the search index: how a version looked when it was last indexed. Documents never
 * change; a newer state replaces the document when it becomes searchable.
 */
export interface Doc {
  readonly file: LakeFile;
  readonly fileId: string;
  readonly indexedAt: number | undefined;
  readonly labels: readonly Label[];
  readonly outdated: boolean;
  readonly flaggedDeleted: boolean;
  /** The second document of a file that is shown twice. */
  readonly twin: boolean;
  /** How often its lineage was patched in, which leaves `indexedAt` alone. */
  readonly lineage: number;
  readonly written: Written | undefined;
}

/** The `_id` of a document. */
export function docId(doc: Doc): string {
  return doc.twin ? `${doc.file.versionId.slice(0, 31)}-` : doc.file.versionId;
}

/** The `_index` of a document. */
export function indexName(doc: Doc, org: string): string {
  const { category, idsType = 'unknown', idsTypeVersion = 'v1.0.0' } = doc.file.attributes;
  if (category !== 'IDS') return `${org}_${category.toLowerCase()}`;
  const version = doc.twin ? 'v0.9.0' : idsTypeVersion;
  return `${org}_ids_${idsType}_${version}`;
}
