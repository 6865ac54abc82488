import { type Doc, docId, indexName } from '../lake/doc.ts';
import { isObject, type JsonObject } from '../lake/file.ts';
import { sourceOf } from './source.ts';

/** A single value of a field. */
export type Scalar = string | number | boolean;

/** How the values of a field are indexed. */
export type FieldKind = 'keyword' | 'date' | 'number' | 'boolean';

const KINDS: Readonly<Record<string, FieldKind>> = {
  createdAt: 'date',
  indexedAt: 'date',
  outdated: 'boolean',
  deleted: 'boolean',
  'file.size': 'number',
};

/** How a field is indexed. Fields under `data` are what their values are. */
export function kindOf(field: string): FieldKind {
  return KINDS[field] ?? 'keyword';
}

const MAPPED = new Set([
  ...['_id', '_index', 'fileId', 'traceId', 'rawFileId', 'orgSlug', 'category', 'ids', 'idsType'],
  ...['idsTypeVersion', 'filePath', 'tags', 'createdAt', 'indexedAt', 'outdated', 'deleted'],
]);
const MAPPED_OBJECTS = [
  'file.',
  'source.',
  'integration.',
  'metadata.',
  'trace.',
  'data.',
  'labels.',
];

/** Whether the index knows the field, whatever documents hold it. */
export function isMapped(field: string): boolean {
  return MAPPED.has(field) || MAPPED_OBJECTS.some((object) => field.startsWith(object));
}

/** True for arrays that are indexed as documents of their own, which plain clauses do not reach. */
function isNested(path: string, value: unknown): boolean {
  if (path === 'labels') return true;
  return path.startsWith('data.') && Array.isArray(value) && value.some(isObject);
}

/** Gives the values of fields of one sort of thing: a document, or an object nested in one. */
export interface FieldReader<T> {
  /** All values of a field, in no particular order. */
  values(field: string): (target: T) => readonly Scalar[];
  /** The one value of a field that never has more, where that is quicker. */
  single(field: string): ((target: T) => Scalar | undefined) | undefined;
  /** Every value under any field that the pattern names, for searches over several fields. */
  matching(pattern: string): (target: T) => readonly Scalar[];
  /** The objects nested at a path. */
  nested(path: string): (target: T) => readonly JsonObject[];
}

function collect(
  value: unknown,
  parts: readonly string[],
  depth: number,
  path: string,
  out: Scalar[],
): void {
  if (Array.isArray(value)) {
    if (depth > 0 && isNested(path, value)) return;
    for (const item of value) collect(item, parts, depth, path, out);
    return;
  }
  if (depth === parts.length) {
    if (value !== null && value !== undefined && typeof value !== 'object')
      out.push(value as Scalar);
    else if (isObject(value))
      for (const item of Object.values(value)) collect(item, parts, depth, `${path}.`, out);
    return;
  }
  const part = parts[depth] ?? '';
  if (isObject(value))
    collect(value[part], parts, depth + 1, path === '' ? part : `${path}.${part}`, out);
}

function nestedAt(value: unknown, parts: readonly string[], path: string, out: JsonObject[]): void {
  if (Array.isArray(value)) {
    for (const item of value) nestedAt(item, parts, path, out);
    return;
  }
  if (!isObject(value)) return;
  const [part, ...rest] = parts;
  if (part === undefined) {
    out.push(value);
    return;
  }
  const deeper = path === '' ? part : `${path}.${part}`;
  const found = value[part];
  // Passing through another nested array is allowed: its objects are documents on the way.
  if (rest.length > 0 || isNested(deeper, found)) nestedAt(found, rest, deeper, out);
}

function leaves(
  value: unknown,
  path: string,
  wanted: (path: string) => boolean,
  out: Scalar[],
): void {
  if (Array.isArray(value)) {
    if (isNested(path, value)) return;
    for (const item of value) leaves(item, path, wanted, out);
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value))
      leaves(item, path === '' ? key : `${path}.${key}`, wanted, out);
  } else if (value !== null && value !== undefined && wanted(path)) out.push(value as Scalar);
}

/** Turns a pattern with `*` into a test of whole names. */
export function namePattern(pattern: string): (name: string) => boolean {
  if (!pattern.includes('*')) return (name) => name === pattern;
  const source = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${source.join('.*')}$`, 's');
  return (name) => expression.test(name);
}

/** Reads by walking an object whose own fields begin with `base`: slow, and right for every field. */
function walkingReader<T>(base: string, objectOf: (target: T) => JsonObject): FieldReader<T> {
  const start = base === '' ? '' : `${base}.`;
  const inside = (field: string): string[] | undefined =>
    field.startsWith(start) ? field.slice(start.length).split('.') : undefined;
  return {
    values: (field) => {
      const parts = inside(field);
      if (parts === undefined) return () => [];
      return (target) => {
        const out: Scalar[] = [];
        collect(objectOf(target), parts, 0, base, out);
        return out;
      };
    },
    single: () => undefined,
    matching: (pattern) => {
      const wanted = namePattern(pattern);
      return (target) => {
        const out: Scalar[] = [];
        leaves(objectOf(target), base, wanted, out);
        return out;
      };
    },
    nested: (path) => {
      const parts = inside(path);
      if (parts === undefined) return () => [];
      return (target) => {
        const out: JsonObject[] = [];
        nestedAt(objectOf(target), parts, base, out);
        return out;
      };
    },
  };
}

/** Reads objects nested at `base`, which see the fields below it and no others. */
export function nestedReader(base: string): FieldReader<JsonObject> {
  return walkingReader(base, (target) => target);
}

/** Reads documents by walking their `_source`. */
export function plainReader(org: string): FieldReader<Doc> {
  const walking = walkingReader<Doc>('', (doc) => sourceOf(doc, org));
  return {
    ...walking,
    values: (field) => {
      if (field === '_id') return (doc) => [docId(doc)];
      if (field === '_index') return (doc) => [indexName(doc, org)];
      return walking.values(field);
    },
  };
}

type Single = (doc: Doc) => Scalar | undefined;

const SINGLES: ReadonlyMap<string, Single> = new Map<string, Single>([
  ['fileId', (doc) => doc.fileId],
  ['indexedAt', (doc) => doc.indexedAt],
  ['createdAt', (doc) => doc.file.createdAt],
  ['category', (doc) => doc.file.attributes.category],
  ['source.type', (doc) => doc.file.attributes.source.type],
  ['source.name', (doc) => doc.file.attributes.source.name],
  ['source.id', (doc) => doc.file.attributes.source.id],
  ['ids', (doc) => doc.file.attributes.ids],
  ['idsType', (doc) => doc.file.attributes.idsType],
  ['idsTypeVersion', (doc) => doc.file.attributes.idsTypeVersion],
  ['filePath', (doc) => doc.file.filePath],
  ['file.path', (doc) => doc.file.path],
  ['traceId', (doc) => doc.file.traceId],
  ['outdated', (doc) => doc.outdated],
]);

/** Reads documents, the usual fields without making a `_source`. */
export function quickReader(org: string): FieldReader<Doc> {
  return { ...plainReader(org), single: (field) => SINGLES.get(field) };
}
