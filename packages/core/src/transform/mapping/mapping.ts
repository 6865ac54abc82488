import { hash } from 'node:crypto';
import type { Column } from '@tdp-sync/sink';
import { attributesOf } from '../../attributes.ts';
import { SyncError } from '../../errors.ts';
import { describeFile, type FileHit } from '../../file.ts';
import { documentTable, documentTableOf, parseBoth, parseDocument } from '../document.ts';
import { type Cell, type ExtractedTable, type Transform, Unfit } from '../transform.ts';
import {
  type CompiledColumn,
  type CompiledTable,
  compileMapping,
  type MappingIssue,
  type TableMapping,
} from './compile.ts';
import { formatRows } from './path.ts';
import { type Frame, placeOf } from './walk.ts';

export type { ColumnMapping, MappingIssue, TableMapping } from './compile.ts';

/** Options of {@link mappingTransform}. */
export interface MappingOptions {
  /** Name of a table that keeps the whole document beside the others. Default: none does. */
  readonly keepDocument?: string | undefined;
}

/** To be raised when the same mapping gives other rows than before, so that all are derived again. */
const RULES = 1;

/** Every mistake in a mapping, by where it stands. */
export function mappingIssues(
  tables: Readonly<Record<string, TableMapping>>,
): readonly MappingIssue[] {
  return compileMapping(tables).issues;
}

/**
 * Rows by the paths that a user wrote, as `docs/mapping.md` describes them. Every file has all tables,
 * some perhaps without rows.
 *
 * @throws TypeError when {@link mappingIssues} finds any; to be asked before.
 */
export function mappingTransform(
  mapping: Readonly<Record<string, TableMapping>>,
  { keepDocument }: MappingOptions = {},
): Transform {
  const { tables, issues } = compileMapping(mapping);
  if (issues.length > 0) {
    const lines = issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new TypeError(`The mapping has mistakes.\n${lines.join('\n')}`);
  }
  const fingerprint = fingerprintOf(tables, keepDocument);
  const readsAttributes = tables.some(({ columns }) =>
    columns.some(({ source }) => source?.from === 'meta'),
  );
  return {
    fingerprint: `mapping:${fingerprint}`,
    readsAttributes,
    declared: [
      ...(keepDocument === undefined ? [] : [documentTableOf(keepDocument)]),
      ...tables.map(({ name, columns }) => ({ name, columns: columns.map(columnOf) })),
    ],
    extract: async (file, content) => {
      const { document, kept } = read(file, content, keepDocument);
      const attributes = readsAttributes ? attributesOf(file) : [];
      const frame: Frame = { file, attributes, values: [document], positions: [0] };
      const filled = withinLimits(file, () => tables.map((table) => fill(table, frame)));
      return { layout: `mapping ${fingerprint}`, tables: [...kept, ...filled] };
    },
  };
}

function columnOf({ name, type }: CompiledColumn): Column {
  return { name, type };
}

function fingerprintOf(tables: readonly CompiledTable[], keepDocument: string | undefined): string {
  const normalised = tables.map(({ name, rows, columns }) => [
    name,
    formatRows(rows),
    columns.map((column) => [column.name, column.spelling, column.type, column.required]),
  ]);
  const text = JSON.stringify([RULES, keepDocument ?? null, normalised]);
  return hash('sha256', text).slice(0, 12);
}

function read(
  file: FileHit,
  content: Buffer,
  keepDocument: string | undefined,
): { readonly document: unknown; readonly kept: readonly ExtractedTable[] } {
  if (keepDocument === undefined) return { document: parseDocument(file, content), kept: [] };
  const { value, text } = parseBoth(file, content);
  return { document: value, kept: [documentTable(keepDocument, text)] };
}

function fill(table: CompiledTable, frame: Frame): ExtractedTable {
  const { name, walk, columns } = table;
  const rows: Cell[][] = [];
  const unfit = columns.map(() => 0);
  walk(frame, () => {
    const row: Cell[] = [];
    for (const column of columns) {
      const cell = column.cell(frame);
      if (cell instanceof Unfit) unfit[row.length] = (unfit[row.length] ?? 0) + 1;
      else if (cell === null && column.required) throw missing(table, column, rows.length, frame);
      row.push(cell);
    }
    rows.push(row);
  });
  // Who writes a mapping names what is in it: a changed path leads to the same table and column as before.
  const extracted = columns.map((column, index) => ({
    ...columnOf(column),
    path: column.name,
    unfit: unfit[index] ?? 0,
    about: column.about,
  }));
  return { path: name, name, columns: extracted, rows };
}

function missing(
  table: CompiledTable,
  column: CompiledColumn,
  row: number,
  frame: Frame,
): SyncError {
  return failed(
    frame.file,
    `in table ${JSON.stringify(table.name)} column ${JSON.stringify(column.name)} is required, but row ${row}, ` +
      `counted from 0, at \`${placeOf(table.rows, frame)}\`, has no value for it`,
  );
}

/** Writing a value as JSON needs a stack as deep as the value, and gives one text. */
function withinLimits<Result>(file: FileHit, make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw failed(file, 'a value is nested too deeply, or too long, to be written as JSON');
  }
}

function failed(file: FileHit, reason: string): SyncError {
  return new SyncError(
    'TRANSFORM_FAILED',
    `The content of ${describeFile(file)} cannot become the rows of the mapping: ${reason}. Its earlier rows stay; the file is tried again later.`,
  );
}
