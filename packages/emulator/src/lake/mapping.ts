import type { Doc } from './doc.ts';
import { isObject, type JsonObject } from './file.ts';

/** How the values of a field are indexed. */
export type ValueType = 'keyword' | 'long' | 'double' | 'boolean' | 'date';

/** What a field is. A `text` is a keyword's other half, cut into words; `_id` and `_index` stand for themselves. */
export type FieldType = ValueType | 'text' | 'object' | 'nested' | '_id' | '_index';

const TEXTS = [
  ...['fileId', 'traceId', 'rawFileId', 'orgSlug', 'category', 'ids', 'idsType', 'idsTypeVersion'],
  ...['filePath', 'tags', 'file.bucket', 'file.path', 'file.version', 'file.checksum', 'file.type'],
  ...['file.s3ContentType', 'file.s3ContentEncoding', 'file.tsEncodedPath'],
  ...['source.id', 'source.name', 'source.type'],
  ...['integration.id', 'integration.name', 'integration.type', 'labels.name', 'labels.value'],
];

/** The fields that every index has, whatever its documents hold. */
const FIXED: ReadonlyMap<string, FieldType> = new Map<string, FieldType>([
  ...TEXTS.map((name) => [name, 'keyword'] as const),
  ...(['file', 'source', 'integration'] as const).map((name) => [name, 'object'] as const),
  ...(['_id', '_index'] as const).map((name) => [name, name] as const),
  ['labels', 'nested'],
  ['file.size', 'long'],
  ['createdAt', 'date'],
  ['indexedAt', 'date'],
  ['outdated', 'boolean'],
  ['deleted', 'boolean'],
]);

/** So many documents are read at the latest, whether anybody asks for their fields or not. */
const MOST_UNREAD = 100_000;

/**
 * The fields of one index. Those of `metadata`, `trace` and `data` are what the documents show, as they come: strings are
 * keywords, arrays of objects below `data` are nested, and where documents disagree, a keyword holds it all. A field stays
 * when its documents go. Documents are read when somebody asks for a field that only they can tell of.
 */
export class Mapping {
  readonly #types = new Map<string, FieldType>();
  #unread: Doc[] = [];

  add(doc: Doc): void {
    this.#unread.push(doc);
    if (this.#unread.length > MOST_UNREAD) this.#read();
  }

  /** What a field is; `undefined` where the index does not know it. */
  type(field: string): FieldType | undefined {
    const type = FIXED.get(field) ?? this.#own().get(field);
    if (type !== undefined || !field.endsWith('.text')) return type;
    return this.type(field.slice(0, -'.text'.length)) === 'keyword' ? 'text' : undefined;
  }

  /** The names of all fields that hold values, words included. */
  fields(): string[] {
    const all: string[] = [];
    for (const [name, type] of [...FIXED, ...this.#own()]) {
      if (type === 'object' || type === 'nested' || type === '_id' || type === '_index') continue;
      all.push(name);
      if (type === 'keyword') all.push(`${name}.text`);
    }
    return all;
  }

  #own(): ReadonlyMap<string, FieldType> {
    if (this.#unread.length > 0) this.#read();
    return this.#types;
  }

  #read(): void {
    const unread = this.#unread;
    this.#unread = [];
    for (const { file } of unread) {
      const { metadata, trace } = file.attributes;
      if (metadata !== undefined) this.#learn('metadata', metadata, false);
      if (trace !== undefined) this.#learn('trace', trace, false);
      if (file.data !== undefined) this.#learn('data', file.data, false);
    }
  }

  #learn(path: string, value: unknown, inArray: boolean): void {
    if (value === null || value === undefined) return;
    if (Array.isArray(value)) {
      for (const item of value) this.#learn(path, item, true);
    } else if (isObject(value)) {
      this.#object(path, value, inArray && path.startsWith('data.'));
    } else {
      this.#value(path, value);
    }
  }

  #object(path: string, value: JsonObject, nested: boolean): void {
    if (this.#types.get(path) !== 'nested') this.#types.set(path, nested ? 'nested' : 'object');
    for (const [key, inner] of Object.entries(value)) this.#learn(`${path}.${key}`, inner, false);
  }

  #value(path: string, value: unknown): void {
    const held = this.#types.get(path);
    const type = typeOf(value);
    if (held === undefined || (held === 'long' && type === 'double')) this.#types.set(path, type);
    else if (held !== type && !(held === 'double' && type === 'long'))
      this.#types.set(path, 'keyword');
  }
}

function typeOf(value: unknown): ValueType {
  if (typeof value === 'number') return Number.isInteger(value) ? 'long' : 'double';
  return typeof value === 'boolean' ? 'boolean' : 'keyword';
}

/** The mappings of all indices that there have been, each by the name of its index. */
export class Mappings {
  readonly #indexOf: (doc: Doc) => string;
  readonly #byIndex = new Map<string, Mapping>();

  /** Takes what tells the index of a document. */
  constructor(indexOf: (doc: Doc) => string) {
    this.#indexOf = indexOf;
  }

  add(doc: Doc): void {
    const index = this.#indexOf(doc);
    let mapping = this.#byIndex.get(index);
    if (mapping === undefined) {
      mapping = new Mapping();
      this.#byIndex.set(index, mapping);
    }
    mapping.add(doc);
  }

  /** The index that a document is in. */
  indexOf(doc: Doc): string {
    return this.#indexOf(doc);
  }

  /** All indices, by name. */
  all(): (readonly [index: string, mapping: Mapping])[] {
    return [...this.#byIndex].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}
