import type { Doc } from '../lake/doc.ts';
import { Mapping, type Mappings } from '../lake/mapping.ts';
import { checkAggs } from './aggs/check.ts';
import type { Shard } from './aggs/scope.ts';
import { SearchError, type ShardFailure, unsupported } from './errors.ts';
import type { FieldReader } from './fields.ts';
import type { Clause } from './query/clause.ts';
import { compileQuery } from './query/compile.ts';
import type { SearchRequest } from './request.ts';
import { kindIn, type SortKey, type SortKind, type SortValue, sortReader } from './sort.ts';

/** Makes what reads the documents of an index. */
export type MakeReader = (mapping: Mapping, index: string) => FieldReader<Doc>;

interface Ready {
  readonly reader: FieldReader<Doc>;
  readonly clause: Clause<Doc>;
  readonly kinds: readonly SortKind[];
}

/** What only an index itself can tell of: everything but the fields that are the same in all of them. */
const OWN = /data|metadata|trace|_index|[*]|simple_query_string|"fields?":"(?:metadata|trace|data)/;

/** A search made ready for each of the indices, which have fields of their own, and may fail alone. */
export class Shards {
  readonly #mappings: Mappings;
  readonly #ready = new Map<string, Ready>();
  readonly #alike: boolean;
  readonly #total: number;
  readonly failures: ShardFailure[] = [];
  readonly keys: readonly SortKey[];

  /** @throws SearchError when the request is refused, or fails in all of the indices. */
  constructor(
    mappings: Mappings,
    indices: readonly (readonly [index: string, mapping: Mapping])[],
    request: SearchRequest,
    makeReader: MakeReader,
    now: number,
  ) {
    this.#mappings = mappings;
    this.#total = indices.length;
    this.#alike = !OWN.test(request.queryText + request.sortText + request.aggsText);
    // What is wrong with a request is told even where there is nothing to search.
    const given = indices.length === 0 ? [['none', new Mapping()] as const] : indices;
    let first: Ready | undefined;
    for (const [index, mapping] of given) {
      try {
        first =
          this.#alike && first !== undefined
            ? first
            : ready(request, makeReader(mapping, index), now);
        this.#ready.set(index, first);
      } catch (error) {
        if (!(error instanceof SearchError && error.onShards)) throw error;
        this.failures.push({ index, error });
      }
    }
    const worst = Math.max(...this.failures.map(({ error }) => error.status));
    const failure = this.failures.find(({ error }) => error.status === worst)?.error;
    if (failure !== undefined && this.#ready.size === 0) {
      failure.failures = this.failures;
      throw failure;
    }
    this.keys = keysOf(request, [...this.#ready.values()]);
  }

  /** How many were asked, and how many of these failed. */
  get counts(): { total: number; failed: number } {
    return { total: this.#total, failed: this.failures.length };
  }

  /** Names the indices that failed, by which answers are told apart. */
  get failed(): string {
    return this.failures.map(({ index }) => index).join();
  }

  /** The query, whichever index a document is in. */
  get clause(): Clause<Doc> {
    const [only] = this.#ready.values();
    if (only !== undefined && this.#alike) return only.clause;
    const of = (doc: Doc): Clause<Doc> | undefined => this.#of(doc)?.clause;
    return {
      matches: (doc) => of(doc)?.matches(doc) ?? false,
      score: (doc) => of(doc)?.score(doc) ?? 0,
    };
  }

  /** Reads what a document is sorted by under a key. */
  sortReader(key: SortKey): (doc: Doc) => SortValue {
    const { clause } = this;
    const [only] = this.#ready.values();
    if (only !== undefined && this.#alike) return sortReader(key, only.reader, clause);
    const readers = new Map(
      [...this.#ready].map(([index, { reader }]) => [index, sortReader(key, reader, clause)]),
    );
    return (doc) => readers.get(this.#mappings.indexOf(doc))?.(doc);
  }

  /** The documents by index, for aggregations. Where all indices give the same, they may be as one. */
  split(docs: readonly Doc[], aggsText: string): readonly Shard<Doc>[] {
    const [only] = this.#ready.values();
    if (only !== undefined && this.#alike && !aggsText.includes('"terms"'))
      return [{ reader: only.reader, targets: docs }];
    const targets = new Map<string, Doc[]>();
    for (const index of this.#ready.keys()) targets.set(index, []);
    for (const doc of docs) targets.get(this.#mappings.indexOf(doc))?.push(doc);
    const all = [...this.#ready];
    // An index in which nothing can match is not asked, unless that is so of all.
    const asked = all.filter(([, { clause }]) => clause.never !== true);
    return (asked.length === 0 ? all : asked).map(([index, { reader }]) => {
      return { reader, targets: targets.get(index) ?? [] };
    });
  }

  #of(doc: Doc): Ready | undefined {
    return this.#ready.get(this.#mappings.indexOf(doc));
  }
}

/** Everything that one index can say of a request: what is no request at all comes before what fails here only. */
function ready(request: SearchRequest, reader: FieldReader<Doc>, now: number): Ready {
  const wrong: SearchError[] = [];
  const attempt = <T>(make: () => T): T | undefined => {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof SearchError && error.onShards)) throw error;
      wrong.push(error);
      return undefined;
    }
  };
  const clause = attempt(() => compileQuery(request.query, reader, now));
  const kinds = attempt(() => request.sort.map((key) => kindIn(key, reader.type)));
  attempt(() => checkAggs(request.aggs ?? [], reader, now));
  const first = wrong.find(({ type }) => type === 'parse_exception') ?? wrong[0];
  if (clause === undefined || kinds === undefined || first !== undefined) throw first;
  return { reader, clause, kinds };
}

function keysOf({ sort }: SearchRequest, shards: readonly Ready[]): readonly SortKey[] {
  return sort.map((key, at) => {
    const kinds = new Set(shards.map(({ kinds: inShard }) => inShard[at] ?? 'keyword'));
    const [kind = 'keyword'] = kinds;
    if (kinds.size > 1)
      throw unsupported(`a sort on [${key.field}], which is of another type in another index`);
    return { ...key, kind };
  });
}
