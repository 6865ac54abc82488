import type { Row, Table } from '@tdp-sync/sink';
import { SyncError } from '../errors.ts';
import { attributesFingerprint, describeFile, type FileHit } from '../file.ts';
import { Catalog } from '../tables/catalog.ts';
import { filesRow, filesTable } from '../tables/files-table.ts';
import { historyRow, historyTable, nextLine } from '../tables/history-table.ts';
import { type SchemaNote, SchemaResolver } from '../tables/resolve.ts';
import { type ColumnEffect, effectsOf } from '../transform/columns/effects.ts';
import type { ColumnRules } from '../transform/columns/rules.ts';
import { parseDocument } from '../transform/document.ts';
import type { TableMapping } from '../transform/mapping/mapping.ts';
import { probe } from '../transform/mapping/probe.ts';
import type { Extract, Transform } from '../transform/transform.ts';

/** A file and its content. */
export interface Sample {
  readonly hit: FileHit;
  readonly content: Buffer;
}

/** What a few files would become in an empty database. */
export interface TransformPreview {
  readonly tables: readonly PreviewedTable[];
  /** Names that were given to something else, and values that do not fit. */
  readonly notes: readonly SchemaNote[];
  /** Files that would fail. */
  readonly failed: readonly { readonly hit: FileHit; readonly error: SyncError }[];
  /** What the transform made of each file that it could read. */
  readonly extracted: readonly (Sample & { readonly extract: Extract })[];
}

/** One table, and the rows that the files have in it. */
export interface PreviewedTable {
  readonly table: Table;
  readonly rows: readonly { readonly file: string; readonly row: Row }[];
}

/** Puts files through a transform as a sync would, without a database. */
export async function previewFiles(
  sync: string,
  transform: Transform,
  samples: readonly Sample[],
): Promise<TransformPreview> {
  const own = [filesTable(sync), historyTable(sync)];
  const catalog = Catalog.empty(own.map(({ name }) => name));
  for (const table of transform.declared) catalog.declare(table);
  const notes: SchemaNote[] = [];
  const resolver = new SchemaResolver(catalog, 'evolve', transform.declared, (_file, note) =>
    notes.push(note),
  );
  const failed: { readonly hit: FileHit; readonly error: SyncError }[] = [];
  const extracted: (Sample & { readonly extract: Extract })[] = [];
  const placed: {
    readonly file: string;
    readonly name: string;
    rows(table: Table): Iterable<Row>;
  }[] = [];
  for (const sample of samples) {
    const { hit, content } = sample;
    try {
      const extract = await transform.extract(hit, content, new AbortController().signal);
      extracted.push({ ...sample, extract });
      const { tables } = resolver.resolve(hit, extract);
      placed.push(...tables.map(({ name, rows }) => ({ file: describeFile(hit), name, rows })));
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      failed.push({ hit, error });
    }
  }
  const tables = catalog.all().map((table) => ({
    table,
    rows: placed
      .filter(({ name }) => name === table.name)
      .flatMap(({ file, rows }) => [...rows(table)].map((row) => ({ file, row }))),
  }));
  return { tables, notes: notes.filter(({ is }) => is !== 'added'), failed, extracted };
}

/** What the history of these files would begin with: a row for each. */
export function previewHistory(
  sync: string,
  { extracted, failed }: Pick<TransformPreview, 'extracted' | 'failed'>,
  nowMs: number,
): PreviewedTable {
  const line = (hit: FileHit, error?: SyncError): readonly { file: string; row: Row }[] => {
    const is = error === undefined ? 'loaded' : 'failed';
    const loadedFileId = error === undefined ? hit.fileId : undefined;
    const shown = error && { code: error.code, reason: error.reason, where: error.where };
    const standing = { status: is, loadedFileId, syncedAtMs: nowMs } as const;
    const file = filesRow(hit, shown === undefined ? standing : { ...standing, error: shown });
    const attributes = attributesFingerprint(hit);
    const now = { stage: is, file, loadedFileId, attributes, nowMs, run: 'preview' } as const;
    const first = nextLine(undefined, now);
    return first === undefined ? [] : [{ file: describeFile(hit), row: historyRow(first) }];
  };
  const rows = [
    ...extracted.flatMap(({ hit }) => line(hit)),
    ...failed.flatMap(({ hit, error }) => line(hit, error)),
  ];
  return { table: historyTable(sync), rows };
}

/** What a mapping looks for and none of the previewed files has, a sentence each. */
export function unmatchedPaths(
  mapping: Readonly<Record<string, TableMapping>>,
  { extracted }: Pick<TransformPreview, 'extracted'>,
): readonly string[] {
  return probe(mapping, triedFiles(extracted));
}

/** What each rule about columns does with the previewed files. */
export function columnEffects(
  rules: ColumnRules,
  { extracted }: Pick<TransformPreview, 'extracted'>,
): readonly ColumnEffect[] {
  return effectsOf(rules, triedFiles(extracted));
}

function triedFiles(
  extracted: TransformPreview['extracted'],
): readonly { readonly extract: Extract; readonly document: unknown }[] {
  return extracted.map(({ hit, content, extract }) => ({
    extract,
    document: parseDocument(hit, content),
  }));
}
