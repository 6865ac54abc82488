import { isObject } from '../../exact-json.ts';
import { nearest } from '../nearest.ts';
import type { Extract } from '../transform.ts';
import {
  type CompiledColumn,
  type CompiledTable,
  compileMapping,
  type TableMapping,
} from './compile.ts';
import { formatRows, type RowsStep, type Step } from './path.ts';
import { depthOf, itemAt, valueAt } from './walk.ts';

/** A file that was tried with a mapping. */
export interface ProbedFile {
  /** What the mapping's transform made of it. */
  readonly extract: Extract;
  /** Its content, as `parseDocument` reads it. */
  readonly document: unknown;
}

/**
 * What a mapping looks for and a few files do not have: tables without rows and columns without values in
 * all of them, a sentence each. Where a key of nearly the same name is there, it is named.
 */
export function probe(
  mapping: Readonly<Record<string, TableMapping>>,
  files: readonly ProbedFile[],
): readonly string[] {
  if (files.length === 0) return [];
  return compileMapping(mapping).tables.flatMap((table) => probeTable(table, files));
}

function probeTable(table: CompiledTable, files: readonly ProbedFile[]): string[] {
  const rows = files
    .flatMap(({ extract }) => extract.tables)
    .flatMap(({ path, rows }) => (path === table.name ? [...rows] : []));
  const among = `${files.length} sampled ${files.length === 1 ? 'file' : 'files'}`;
  if (rows.length === 0) {
    const documents = files.map(({ document }) => document);
    const place = `table ${table.name}: \`${formatRows(table.rows)}\``;
    return [`${place} matches nothing in ${among}${suggestion(documents, table.rows)}`];
  }
  return table.columns.flatMap((column, index) => {
    if (column.source === undefined || rows.some((row) => row[index] !== null)) return [];
    const place = `table ${table.name}, column ${column.name}: \`${column.spelling}\``;
    const found = `has no value in any of ${rows.length} rows of ${among}`;
    return [`${place} ${found}${columnSuggestion(table, column, files)}`];
  });
}

/** So many values are enough to see which keys there are. */
const LOOKED_AT = 1000;

function columnSuggestion(
  table: CompiledTable,
  { source }: CompiledColumn,
  files: readonly ProbedFile[],
): string {
  if (source?.from !== 'row' && source?.from !== 'document') return '';
  const level = source.from === 'document' ? 0 : depthOf(table.rows) - source.up;
  const starts: unknown[] = [];
  for (const { document } of files) {
    const place = { values: [document], positions: [0] };
    table.walk(place, () => {
      if (starts.length < LOOKED_AT) starts.push(place.values[level]);
    });
  }
  return suggestion(starts, source.steps);
}

/** Follows the steps as far as there is anything; where a key leads on to nothing, names the nearest of those that are there. */
function suggestion(starts: readonly unknown[], steps: readonly (RowsStep | Step)[]): string {
  let values = starts;
  for (const step of steps) {
    const next = values
      .flatMap((value) => through(value, step))
      .filter((value) => value !== undefined && value !== null)
      .slice(0, LOOKED_AT);
    if (next.length === 0) {
      const nearest = step.kind === 'key' ? nearestKey(step.name, values) : undefined;
      return nearest === undefined ? '' : `; did you mean ${JSON.stringify(nearest)}?`;
    }
    values = next;
  }
  return '';
}

function through(value: unknown, step: RowsStep | Step): readonly unknown[] {
  switch (step.kind) {
    case 'key':
      return [valueAt(value, step.name)];
    case 'item':
      return [itemAt(value, step.at)];
    case 'each':
    case 'itemOfRow':
      return Array.isArray(value) ? value : [value];
  }
}

function nearestKey(name: string, values: readonly unknown[]): string | undefined {
  const keys = new Set(values.filter(isObject).flatMap((value) => Object.keys(value)));
  // The key is right, it only has no value.
  return keys.has(name) ? undefined : nearest(name, keys);
}
