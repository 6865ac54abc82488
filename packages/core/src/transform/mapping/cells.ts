import type { ColumnType, Value } from '@tdp-sync/sink';
import { attributeColumns } from '../../attributes.ts';
import { isObject } from '../../exact-json.ts';
import { convert } from '../convert.ts';
import type { Cell } from '../transform.ts';
import type { ColumnPath } from './path.ts';
import { type Frame, follow, valueAt } from './walk.ts';

/** Makes the cell of one column for the row that a frame stands at. */
export type MakeCell = (frame: Frame) => Cell;

/** The cells of a path without mistakes. `depth` is the level of the rows. */
export function cellsOf(path: ColumnPath, type: ColumnType, depth: number): MakeCell {
  if (path.from === 'position') {
    const level = depth - path.up;
    return (frame) => convert(frame.positions[level], type);
  }
  if (path.from === 'meta') return attributeCells(path, type);
  const level = path.from === 'document' ? 0 : depth - path.up;
  const toValue = follow(path.steps, depth);
  return (frame) => convert(toValue(frame.values[level], frame), type);
}

/** The type that a column has when the mapping says none. */
export function defaultType(path: ColumnPath): ColumnType {
  if (path.from === 'position') return 'int64';
  if (path.from !== 'meta' || path.part !== undefined) return 'string';
  return attributeColumns.find(({ name }) => name === path.name)?.type ?? 'string';
}

/** What keeps a path from having cells, in words, or `undefined`. */
export function pathIssue(path: ColumnPath, depth: number): string | undefined {
  if (path.from === 'meta') return attributeIssue(path);
  if (path.from === 'position') return positionIssue(path.up, depth);
  if (path.from === 'row' && path.up > depth) {
    return `\`${'^'.repeat(path.up)}\` leads beyond the document: ${levels(depth)}`;
  }
  const positions = path.steps.filter((step) => step.kind === 'itemOfRow');
  return positions.map(({ up }) => positionIssue(up, depth)).find((issue) => issue !== undefined);
}

type AttributePath = Extract<ColumnPath, { from: 'meta' }>;

/** The attributes that have parts, and how one is found. Several labels of a name are one text. */
const PARTS: Readonly<Record<string, (frame: Frame, part: string) => unknown>> = {
  labels: ({ file }, part) => {
    const labels = Array.isArray(file.labels) ? file.labels.filter(isObject) : [];
    const values = labels.filter(({ name }) => name === part).map(({ value }) => value ?? null);
    const present = values.filter((value) => value !== null);
    if (present.length < 2) return present[0];
    return present.map((value) => convert(value, 'string')).join(', ');
  },
  metadata: ({ file }, part) => valueAt(file.metadata, part),
};

function attributeCells({ name, part }: AttributePath, type: ColumnType): MakeCell {
  const toPart = PARTS[name];
  if (part !== undefined) return (frame) => convert(toPart?.(frame, part), type);
  const index = attributeColumns.findIndex((column) => column.name === name);
  if (attributeColumns[index]?.type === type) return (frame) => frame.attributes[index] ?? null;
  return (frame) => convert(literal(frame.attributes[index]), type);
}

/** The one bigint among the attributes is a file's size, which was a safe integer before. */
function literal(value: Value | undefined): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

function attributeIssue({ name, part }: AttributePath): string | undefined {
  if (!attributeColumns.some((column) => column.name === name)) {
    const names = attributeColumns.map((column) => column.name).join(', ');
    return `a file has no attribute ${JSON.stringify(name)}; it has ${names}`;
  }
  if (part === undefined || PARTS[name] !== undefined) return undefined;
  return `only ${Object.keys(PARTS).join(' and ')} have parts, the attribute ${name} has none`;
}

function positionIssue(up: number, depth: number): string | undefined {
  return up < depth
    ? undefined
    : `\`${'^'.repeat(up)}#\` is the position of no row: ${levels(depth)}`;
}

function levels(depth: number): string {
  return depth === 0
    ? 'the table has one row per file'
    : `the path of the rows has ${depth} \`[]\``;
}
