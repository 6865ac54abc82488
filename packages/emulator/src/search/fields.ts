import { type Doc, docId, indexName } from '../lake/doc.ts';
import { isObject, type JsonObject } from '../lake/file.ts';
import type { FieldType, Mapping } from '../lake/mapping.ts';
import { sourceOf } from './source.ts';

/** A single value of a field. */
export type Scalar = string | number | boolean;

/** Gives the values of fields of one sort of thing: a document, or an object nested in one. */
export interface FieldReader<T> {
  /** The index that is read; `undefined` where several are read as one. */
  readonly index: string | undefined;
  /** What a field is here; `undefined` where it is not known. */
  type(field: string): FieldType | undefined;
  /** All values of a field, in no particular order. */
  values(field: string): (target: T) => readonly Scalar[];
  /** The one value of a field that never has more, where that is quicker. */
  single(field: string): ((target: T) => Scalar | undefined) | undefined;
  /** The names of the fields with values that a pattern with `*` names. */
  named(pattern: string): string[];
  /** The objects nested at a path. */
  nested(path: string): (target: T) => readonly JsonObject[];
  /** Reads the objects nested at a path. */
  inside(path: string): FieldReader<JsonObject>;
}

type IsNested = (path: string) => boolean;

function collect(
  value: unknown,
  parts: readonly string[],
  depth: number,
  path: string,
  isNested: IsNested,
  out: Scalar[],
): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, parts, depth, path, isNested, out);
    return;
  }
  if (depth === parts.length) {
    if (value !== null && value !== undefined && typeof value !== 'object')
      out.push(value as Scalar);
    return;
  }
  if (!isObject(value) || (depth > 0 && isNested(path))) return;
  const part = parts[depth] ?? '';
  collect(value[part], parts, depth + 1, path === '' ? part : `${path}.${part}`, isNested, out);
}

function nestedAt(
  value: unknown,
  parts: readonly string[],
  path: string,
  isNested: IsNested,
  out: JsonObject[],
): void {
  if (Array.isArray(value)) {
    for (const item of value) nestedAt(item, parts, path, isNested, out);
    return;
  }
  if (!isObject(value)) return;
  const [part, ...rest] = parts;
  if (part === undefined) {
    out.push(value);
    return;
  }
  const deeper = path === '' ? part : `${path}.${part}`;
  // Passing through another nested array is allowed: its objects are documents on the way.
  if (rest.length > 0 || isNested(deeper)) nestedAt(value[part], rest, deeper, isNested, out);
}

/** Turns a pattern with `*` into a test of whole names. */
export function namePattern(pattern: string): (name: string) => boolean {
  if (!pattern.includes('*')) return (name) => name === pattern;
  const source = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${source.join('.*')}$`, 's');
  return (name) => expression.test(name);
}

/** Reads by walking an object whose own fields begin with `base`: slow, and right for every field. */
function walkingReader<T>(
  index: string | undefined,
  mapping: Mapping,
  base: string,
  objectOf: (target: T) => JsonObject,
): FieldReader<T> {
  const start = base === '' ? '' : `${base}.`;
  const isNested = (path: string): boolean => path !== base && mapping.type(path) === 'nested';
  const within = (field: string): string[] | undefined =>
    field.startsWith(start) ? field.slice(start.length).split('.') : undefined;
  return {
    index,
    type: (field) => mapping.type(field),
    values: (field) => {
      const parts = within(field);
      if (parts === undefined) return () => [];
      return (target) => {
        const out: Scalar[] = [];
        collect(objectOf(target), parts, 0, base, isNested, out);
        return out;
      };
    },
    single: () => undefined,
    named: (pattern) => mapping.fields().filter(namePattern(pattern)),
    nested: (path) => {
      const parts = within(path);
      if (parts === undefined) return () => [];
      return (target) => {
        const out: JsonObject[] = [];
        nestedAt(objectOf(target), parts, base, isNested, out);
        return out;
      };
    },
    inside: (path) => walkingReader(index, mapping, path, (target: JsonObject) => target),
  };
}

/** Reads documents by walking their `_source`. */
export function plainReader(org: string, mapping: Mapping, index?: string): FieldReader<Doc> {
  const walking = walkingReader<Doc>(index, mapping, '', (doc) => sourceOf(doc, org));
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
export function quickReader(org: string, mapping: Mapping, index?: string): FieldReader<Doc> {
  return { ...plainReader(org, mapping, index), single: (field) => SINGLES.get(field) };
}
