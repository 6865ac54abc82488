import type { ColumnType } from '@tdp-sync/sink';
import { convert } from '../convert.ts';
import { nameIssues } from '../names.ts';
import { type ColumnNote, Unfit } from '../transform.ts';
import { cellsOf, defaultType, type MakeCell, pathIssue } from './cells.ts';
import {
  type ColumnPath,
  formatPath,
  formatRows,
  PathError,
  parseColumn,
  parsePath,
  parseRows,
  type RowsPath,
} from './path.ts';
import { depthOf, type Walk, walkOf } from './walk.ts';

/** Which rows a table has, and what stands in them. */
export interface TableMapping {
  /** Path of the rows, such as `injections[].peaks[]`. Left out: one row per file. */
  readonly rows?: string | undefined;
  /** By column name, in the order of the columns. */
  readonly columns: Readonly<Record<string, ColumnMapping>>;
}

/** What stands in a column: a path as text, perhaps with `as` and a type; the same in full; or a constant. */
export type ColumnMapping =
  | string
  | {
      readonly path: string;
      /** Default `string`; of a position `int64`, of an attribute of the file its own. */
      readonly type?: ColumnType | undefined;
      /** Whether a row without a value is an error of the file. Default `false`. */
      readonly required?: boolean | undefined;
    }
  | { readonly value: string | number | boolean; readonly type?: ColumnType | undefined };

/** A mistake in a mapping. */
export interface MappingIssue {
  /** Where in the mapping it stands, such as `['peaks', 'columns', 'area']`. */
  readonly path: readonly string[];
  readonly message: string;
}

/** A table of a mapping, ready to be filled. */
export interface CompiledTable {
  readonly name: string;
  readonly rows: RowsPath;
  readonly walk: Walk;
  readonly columns: readonly CompiledColumn[];
}

/** A column of a mapping, ready to be filled. */
export interface CompiledColumn {
  readonly name: string;
  /** The one spelling of its path or constant. */
  readonly spelling: string;
  readonly type: ColumnType;
  readonly required: boolean;
  /** `undefined` for a constant. */
  readonly source: ColumnPath | undefined;
  readonly cell: MakeCell;
  /** `undefined` for a constant. */
  readonly about: ColumnNote | undefined;
}

/** Reads a mapping. What has issues is not among the tables and columns. */
export function compileMapping(tables: Readonly<Record<string, TableMapping>>): {
  tables: readonly CompiledTable[];
  issues: readonly MappingIssue[];
} {
  const issues: MappingIssue[] = [...issuesOfNames(Object.keys(tables), [], 'table')];
  const compiled: CompiledTable[] = [];
  for (const [name, mapping] of Object.entries(tables)) {
    const report = (path: readonly string[], message: string): void => {
      issues.push({ path: [name, ...path], message });
    };
    issues.push(...issuesOfNames(Object.keys(mapping.columns), [name, 'columns'], 'column'));
    const rows = attempt(
      () => rowsOf(mapping),
      (message) => report(['rows'], message),
    );
    const columns = Object.entries(mapping.columns).map(([column, source]) =>
      attempt(
        () => compileColumn(column, source, rows),
        (message) => report(['columns', column], message),
      ),
    );
    if (rows !== undefined) {
      const whole = columns.filter((column) => column !== undefined);
      compiled.push({ name, rows, walk: walkOf(rows), columns: whole });
    }
  }
  return { tables: compiled, issues };
}

/** What is wrong with a path or a constant, apart from its grammar. */
class Mistake extends Error {}

function attempt<Result>(
  read: () => Result,
  report: (message: string) => void,
): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PathError || error instanceof Mistake)) throw error;
    report(error.message);
    return undefined;
  }
}

function rowsOf({ rows }: TableMapping): RowsPath {
  return rows === undefined ? [] : parseRows(rows);
}

/** Of rows whose path is a mistake the depth is not known, and what depends on it not looked at. */
function compileColumn(
  name: string,
  mapping: ColumnMapping,
  rows: RowsPath | undefined,
): CompiledColumn {
  if (typeof mapping !== 'string' && 'value' in mapping) return constant(name, mapping);
  const depth = rows === undefined ? Number.POSITIVE_INFINITY : depthOf(rows);
  const { path, type, required } = readSource(mapping);
  const issue = pathIssue(path, depth);
  if (issue !== undefined) throw new Mistake(`\`${formatPath(path)}\`: ${issue}`);
  const cell = cellsOf(path, type, depth);
  const about = { path: documentPath(path, rows ?? []) };
  return { name, spelling: formatPath(path), type, required, source: path, cell, about };
}

/** Where the values of a column stand, seen from the document; what is no part of it as it is spelled. */
function documentPath(path: ColumnPath, rows: RowsPath): string {
  if (path.from === 'meta' || path.from === 'position') return formatPath(path);
  const ends = rows.flatMap(({ kind }, index) => (kind === 'each' ? [index + 1] : []));
  const above = path.from === 'document' ? 0 : (ends.at(-1 - path.up) ?? 0);
  const base = above === 0 ? '' : formatRows(rows.slice(0, above));
  const within = formatPath({ from: 'document', steps: path.steps }).slice(1);
  const whole = `${base}${within}`;
  return whole.replace(/^\$?\.?/, '') || '.';
}

function readSource(mapping: Exclude<ColumnMapping, { value: unknown }>): {
  path: ColumnPath;
  type: ColumnType;
  required: boolean;
} {
  if (typeof mapping === 'string') {
    const { path, type } = parseColumn(mapping);
    return { path, type: type ?? defaultType(path), required: false };
  }
  const path = parsePath(mapping.path);
  return { path, type: mapping.type ?? defaultType(path), required: mapping.required ?? false };
}

function constant(
  name: string,
  { value, type = 'string' }: Extract<ColumnMapping, { value: unknown }>,
): CompiledColumn {
  const cell = convert(value, type);
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  // YAML has `.nan` and `.inf`.
  const isNone = typeof value === 'number' && !Number.isFinite(value);
  if (isNone || cell instanceof Unfit)
    throw new Mistake(`the constant ${shown} does not fit the type ${type}`);
  const spelling = `= ${shown}`;
  return {
    name,
    spelling,
    type,
    required: false,
    source: undefined,
    about: undefined,
    cell: () => cell,
  };
}

function issuesOfNames(
  names: readonly string[],
  path: readonly string[],
  kind: 'table' | 'column',
): readonly MappingIssue[] {
  return nameIssues(names, kind).map(({ name, message }) => ({
    path: name === undefined ? path : [...path, name],
    message,
  }));
}
