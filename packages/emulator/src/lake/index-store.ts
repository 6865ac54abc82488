import type { Doc } from './doc.ts';
import { Mappings } from './mapping.ts';

function compareStamp(a: Doc, b: Doc): number {
  return (a.indexedAt ?? 0) - (b.indexedAt ?? 0) || compareId(a, b);
}

function compareId(a: Doc, b: Doc): number {
  if (a.fileId !== b.fileId) return a.fileId < b.fileId ? -1 : 1;
  return Number(a.twin) - Number(b.twin);
}

/** The first place in a sorted list where `before` no longer holds. */
export function lowerBound<T>(list: readonly T[], before: (item: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = list[middle];
    if (item !== undefined && before(item)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A list that stays sorted. Single changes move pointers; many at once are sorted in. */
class SortedDocs {
  readonly #compare: (a: Doc, b: Doc) => number;
  list: Doc[] = [];

  constructor(compare: (a: Doc, b: Doc) => number) {
    this.#compare = compare;
  }

  #place(doc: Doc): number {
    return lowerBound(this.list, (item) => this.#compare(item, doc) < 0);
  }

  add(doc: Doc): void {
    this.list.splice(this.#place(doc), 0, doc);
  }

  addMany(docs: readonly Doc[]): void {
    this.list = this.list.concat(docs).sort(this.#compare);
  }

  remove(doc: Doc): void {
    const place = this.#place(doc);
    if (this.list[place] === doc) this.list.splice(place, 1);
  }
}

/** The documents that a search sees, kept in the orders in which searches ask for them. */
export class IndexStore {
  readonly #docs = new Map<string, Doc>();
  readonly #byId = new SortedDocs(compareId);
  readonly #byStamp = new SortedDocs(compareStamp);
  #generation = 0;
  /** What the indices know of the fields of their documents. */
  readonly mappings: Mappings;

  /** Takes what tells the index of a document. */
  constructor(indexOf: (doc: Doc) => string) {
    this.mappings = new Mappings(indexOf);
  }

  /** Grows with every change, so that answers computed before one can be told from those after. */
  get generation(): number {
    return this.#generation;
  }

  get size(): number {
    return this.#docs.size;
  }

  /** All documents, in the order in which they were last written. */
  all(): IterableIterator<Doc> {
    return this.#docs.values();
  }

  /** All documents by ascending fileId. */
  get byId(): readonly Doc[] {
    return this.#byId.list;
  }

  /** The documents that have `indexedAt`, by that and the fileId. */
  get byStamp(): readonly Doc[] {
    return this.#byStamp.list;
  }

  get(fileId: string): Doc | undefined {
    return this.#docs.get(fileId);
  }

  /** Adds a document or replaces the one of the same version. */
  put(doc: Doc): void {
    this.#drop(this.#key(doc));
    this.#docs.set(this.#key(doc), doc);
    this.#byId.add(doc);
    if (doc.indexedAt !== undefined) this.#byStamp.add(doc);
    this.mappings.add(doc);
    this.#generation++;
  }

  /** Adds many documents of one batch, which have the same fields, of versions that were not there. */
  putMany(docs: readonly Doc[]): void {
    const [first] = docs;
    if (first !== undefined) this.mappings.add(first);
    for (const doc of docs) this.#docs.set(this.#key(doc), doc);
    this.#byId.addMany(docs);
    this.#byStamp.addMany(docs.filter((doc) => doc.indexedAt !== undefined));
    this.#generation++;
  }

  /** Removes a version's document, and its twin. */
  remove(fileId: string): void {
    this.#drop(fileId);
    this.#drop(`${fileId}+`);
    this.#generation++;
  }

  /** Makes every answer computed before this one out of date, as when access rules change. */
  touch(): void {
    this.#generation++;
  }

  #key(doc: Doc): string {
    return doc.twin ? `${doc.fileId}+` : doc.fileId;
  }

  #drop(key: string): void {
    const doc = this.#docs.get(key);
    if (doc === undefined) return;
    this.#docs.delete(key);
    this.#byId.remove(doc);
    this.#byStamp.remove(doc);
  }
}
