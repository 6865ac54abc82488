import type { Doc } from '../lake/doc.ts';
import { isObject } from '../lake/file.ts';
import { type IndexStore, lowerBound } from '../lake/index-store.ts';
import type { Clause } from './query/clause.ts';
import { indexedAtSpan, type TimeSpan } from './query/range.ts';
import { compareUnder, type SortKey, type SortValue } from './sort.ts';

/** The documents that a search finds, in its order. */
export interface Selection {
  readonly docs: readonly Doc[];
  /** What a document is sorted by, one value per key. */
  sortValues(doc: Doc): SortValue[];
  /** The place of the first document after a cursor. */
  after(cursor: readonly SortValue[]): number;
}

/** What decides which documents are found, and in which order. */
export interface Plan {
  readonly query: unknown;
  readonly clause: Clause<Doc>;
  readonly sort: readonly SortKey[];
  /** Reads what a document is sorted by under a key. */
  readonly sortReader: (key: SortKey) => (doc: Doc) => SortValue;
  readonly now: number;
  /** Documents that the asking user may see at all. */
  readonly visible: (doc: Doc) => boolean;
}

function requiredClauses(query: unknown): unknown[] {
  if (!isObject(query) || !isObject(query['bool'])) return [query];
  const { must = [], filter = [] } = query['bool'];
  return [must, filter].flat();
}

/** The times of `indexedAt` outside of which the query finds nothing. */
function spanOf(query: unknown, now: number): TimeSpan | undefined {
  const spans = requiredClauses(query)
    .map((clause) => indexedAtSpan(clause, now))
    .filter((span) => span !== undefined);
  if (spans.length === 0) return undefined;
  return {
    from: Math.max(...spans.map((span) => span.from)),
    to: Math.min(...spans.map((span) => span.to)),
  };
}

function byFileId(sort: readonly SortKey[]): boolean {
  const [key] = sort;
  return sort.length === 1 && key?.field === 'fileId' && !key.descending;
}

/** A list that holds all that can be found and perhaps more, and whether it is in the order asked for. */
function candidates(store: IndexStore, plan: Plan): [docs: Iterable<Doc>, inOrder: boolean] {
  const wantsId = byFileId(plan.sort);
  const span = spanOf(plan.query, plan.now);
  if (span !== undefined) {
    const start = lowerBound(store.byStamp, (doc) => (doc.indexedAt ?? 0) < span.from);
    const end = lowerBound(store.byStamp, (doc) => (doc.indexedAt ?? 0) <= span.to);
    // Sorting a few beats walking over all; walking over all in order beats sorting many.
    const few = (end - start) * 8 < store.byStamp.length;
    if (few && plan.sort.length > 0) return [store.byStamp.slice(start, end), false];
  }
  return wantsId ? [store.byId, true] : [store.all(), false];
}

function compareValues(
  sort: readonly SortKey[],
  a: readonly SortValue[],
  b: readonly SortValue[],
): number {
  for (const [index, key] of sort.entries()) {
    const order = compareUnder(key, a[index], b[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function keep(docs: Iterable<Doc>, plan: Plan): Doc[] {
  const kept: Doc[] = [];
  for (const doc of docs) if (plan.visible(doc) && plan.clause.matches(doc)) kept.push(doc);
  return kept;
}

class ByFileId implements Selection {
  readonly docs: readonly Doc[];

  constructor(docs: Doc[], inOrder: boolean) {
    this.docs = inOrder
      ? docs
      : docs.sort((a, b) => (a.fileId < b.fileId ? -1 : a.fileId > b.fileId ? 1 : 0));
  }

  sortValues(doc: Doc): SortValue[] {
    return [doc.fileId];
  }

  after([last]: readonly SortValue[]): number {
    if (last === undefined) return this.docs.length;
    return lowerBound(this.docs, (doc) => doc.fileId <= last);
  }
}

class Sorted implements Selection {
  readonly docs: readonly Doc[];
  readonly #values: readonly SortValue[][];
  readonly #sort: readonly SortKey[];
  readonly #places: ReadonlyMap<Doc, number>;

  constructor(docs: readonly Doc[], sort: readonly SortKey[], plan: Plan) {
    const readers = sort.map((key) => plan.sortReader(key));
    const rows = docs.map((doc) => ({ doc, values: readers.map((read) => read(doc)) }));
    rows.sort((a, b) => compareValues(sort, a.values, b.values));
    this.docs = rows.map((row) => row.doc);
    this.#values = rows.map((row) => row.values);
    this.#places = new Map(this.docs.map((doc, place) => [doc, place]));
    this.#sort = sort;
  }

  sortValues(doc: Doc): SortValue[] {
    return this.#values[this.#places.get(doc) ?? -1] ?? [];
  }

  after(cursor: readonly SortValue[]): number {
    return lowerBound(this.#values, (values) => compareValues(this.#sort, values, cursor) <= 0);
  }
}

const BY_SCORE: SortKey = {
  field: '_score',
  kind: 'score',
  descending: true,
  missingFirst: false,
  unmapped: undefined,
};

/** Finds the documents of a search and puts them in order. */
export function select(store: IndexStore, plan: Plan): Selection {
  const [docs, inOrder] = candidates(store, plan);
  const kept = keep(docs, plan);
  if (byFileId(plan.sort)) return new ByFileId(kept, inOrder);
  return new Sorted(kept, plan.sort.length > 0 ? plan.sort : [BY_SCORE], plan);
}

/** The same without any short cut; the property tests hold {@link select} against it. */
export function selectPlainly(store: IndexStore, plan: Plan): Selection {
  const kept = keep(store.all(), plan);
  return new Sorted(kept, plan.sort.length > 0 ? plan.sort : [BY_SCORE], plan);
}
