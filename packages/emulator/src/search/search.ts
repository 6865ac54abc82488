import { BulkVersion } from '../lake/bulk.ts';
import { type Doc, docId, indexName } from '../lake/doc.ts';
import type { IndexStore } from '../lake/index-store.ts';
import type { Switches } from '../switches.ts';
import { aggregate } from './aggs/aggregate.ts';
import { BulkHits } from './bulk-hits.ts';
import { SearchError, type ShardFailure, unsupported } from './errors.ts';
import { plainReader, quickReader } from './fields.ts';
import { parseRequest, type SearchRequest } from './request.ts';
import { type Plan, type Selection, select, selectPlainly } from './select.ts';
import { type MakeReader, Shards } from './shards.ts';
import type { SortKey } from './sort.ts';
import { parseCursor, sortValueJson } from './sort-json.ts';
import { enhancedSearchContext, sourceOf } from './source.ts';

/** Who searches, and where. */
export interface SearchCaller {
  readonly now: number;
  /** Names the rules that apply, so that answers for one user are not given to another. */
  readonly accessKey: string;
  readonly maySee: (doc: Doc) => boolean;
  /** Names of indices as in the query string `index`; empty is all. */
  readonly indices: readonly string[];
}

/** What a search found, its hits as JSON texts so that they can be cached and rearranged. */
export interface SearchResult {
  readonly total: number;
  readonly maxScore: number | null;
  readonly hits: readonly string[];
  readonly aggregations: object | undefined;
  readonly shards: { readonly total: number; readonly failed: number };
  readonly failures: readonly ShardFailure[];
  readonly request: SearchRequest;
}

type Indices = ReturnType<IndexStore['mappings']['all']>;

const SELECTIONS = 8;
const KEPT_HIT_LENGTH = 4_096;

/** Answers searches over an index. */
export class SearchEngine {
  readonly #store: IndexStore;
  readonly #org: string;
  readonly #switches: Switches;
  readonly #plain: boolean;
  readonly #selections = new Map<string, Selection>();
  #generation = -1;
  #bulkHits: BulkHits | undefined;
  #bulkHitsKey = '';

  constructor(
    store: IndexStore,
    org: string,
    switches: Switches,
    options: { plain?: boolean } = {},
  ) {
    this.#store = store;
    this.#org = org;
    this.#switches = switches;
    this.#plain = options.plain ?? false;
  }

  /** @throws SearchError when Elasticsearch would refuse the request. */
  search(body: string, caller: SearchCaller): SearchResult {
    const indices = this.#indices(caller.indices);
    try {
      return this.#search(body, caller, indices);
    } catch (error) {
      // What no shard can do is told as each of them would tell it.
      const everywhere = error instanceof SearchError && error.onShards && !error.afterShards;
      if (everywhere && error.failures.length === 0)
        error.failures = indices.map(([index]) => ({ index, error }));
      throw error;
    }
  }

  #search(body: string, caller: SearchCaller, indices: Indices): SearchResult {
    const { maxPageSize, pageTooLargeStatus, sortOnIndexedAtAllowed } = this.#switches;
    const limits = { maxPageSize, pageTooLargeStatus, sortOnIndexedAtAllowed };
    const request = parseRequest(body, limits);
    const { mappings } = this.#store;
    const shards = new Shards(mappings, indices, request, this.#makeReader, caller.now);
    const { clause, keys } = shards;
    const cursor = parseCursor(request, keys, body, caller.now);
    const plan: Plan = {
      query: request.query,
      clause,
      sort: keys,
      sortReader: (key) => shards.sortReader(key),
      now: caller.now,
      visible: this.#visibility(caller),
    };
    const selection = this.#select(plan, request, caller, shards.failed);
    const start = cursor === undefined ? request.from : selection.after(cursor);
    const page = selection.docs.slice(start, start + request.size);
    const scored = keys.length === 0 || request.trackScores;
    const score = (doc: Doc): number => clause.score(doc);
    const hits = this.#write(page, request, selection, keys, scored ? score : undefined);
    const first = scored && request.size > 0 ? selection.docs[0] : undefined;
    return {
      total: selection.docs.length,
      maxScore: first === undefined ? null : score(first),
      hits,
      aggregations: this.#aggregations(selection.docs, request, shards, caller.now),
      shards: shards.counts,
      failures: shards.failures,
      request,
    };
  }

  get #makeReader(): MakeReader {
    const make = this.#plain ? plainReader : quickReader;
    const apart = this.#switches.shards === 'by-index';
    return (mapping, index) => make(this.#org, mapping, apart ? index : undefined);
  }

  #aggregations(
    docs: readonly Doc[],
    { aggs, aggsText }: SearchRequest,
    shards: Shards,
    now: number,
  ): object | undefined {
    if (aggs === undefined) return undefined;
    return aggregate(aggs, shards.split(docs, aggsText), { now, searched: shards.counts.total });
  }

  /** The indices with a name that is asked for. */
  #indices(names: readonly string[]): Indices {
    const all = this.#store.mappings.all();
    if (names.length === 0 || this.#switches.shards === 'one') return all;
    const tests = names.map((name) => nameTest(this.#org, name));
    return all.filter(([index]) => tests.some((test) => test(index)));
  }

  #visibility(caller: SearchCaller): (doc: Doc) => boolean {
    const wanted = this.#indexTest(caller.indices);
    return (doc) => !doc.file.hidden && caller.maySee(doc) && (wanted === undefined || wanted(doc));
  }

  #indexTest(indices: readonly string[]): ((doc: Doc) => boolean) | undefined {
    if (indices.length === 0) return undefined;
    const tests = indices.map((name) => nameTest(this.#org, name));
    return (doc) => {
      const index = indexName(doc, this.#org);
      return tests.some((test) => test(index));
    };
  }

  #select(plan: Plan, request: SearchRequest, caller: SearchCaller, failed: string): Selection {
    if (this.#plain) return selectPlainly(this.#store, plan);
    if (this.#generation !== this.#store.generation) this.#selections.clear();
    this.#generation = this.#store.generation;
    const time = request.queryText.includes('now') ? caller.now : '';
    const { queryText, sortText } = request;
    const parts = [queryText, sortText, caller.accessKey, caller.indices, time, failed];
    const key = JSON.stringify(parts);
    const held = this.#selections.get(key);
    if (held !== undefined) return held;
    const selection = select(this.#store, plan);
    const oldest = this.#selections.keys().next().value;
    if (this.#selections.size >= SELECTIONS && oldest !== undefined)
      this.#selections.delete(oldest);
    this.#selections.set(key, selection);
    return selection;
  }

  #write(
    page: readonly Doc[],
    request: SearchRequest,
    selection: Selection,
    keys: readonly SortKey[],
    score: ((doc: Doc) => number) | undefined,
  ): string[] {
    const body = this.#bodyWriter(request);
    let budget = this.#switches.maxResponseBytes;
    return page.map((doc) => {
      const sort = selection.sortValues(doc);
      const scoreJson = score === undefined ? 'null' : JSON.stringify(score(doc));
      const values = keys.map((sortKey, index) => sortValueJson(sortKey, sort[index]));
      const end = keys.length === 0 ? '' : `,"sort":[${values.join(',')}]`;
      const hit = `${body(doc)},"_score":${scoreJson}${end}}`;
      budget -= hit.length;
      if (budget < 0) {
        const status = this.#switches.pageTooLargeStatus;
        throw new SearchError('response_too_large', 'the answer is too large', { status });
      }
      return hit;
    });
  }

  /** Writes the part of a hit that depends on the document and the request's `_source` only. */
  #bodyWriter(request: SearchRequest): (doc: Doc) => string {
    const write = (doc: Doc): string => this.#body(doc, request);
    if (this.#plain) return write;
    const key = `${request.sourceText}${request.version}`;
    const lean = !request.source.wants('data') && !request.source.wants('enhancedSearchContext');
    if (lean && (key !== this.#bulkHitsKey || this.#bulkHits === undefined)) {
      this.#bulkHits = new BulkHits(write);
      this.#bulkHitsKey = key;
    }
    const bulk = lean ? this.#bulkHits : undefined;
    return (doc) => {
      if (bulk !== undefined && doc instanceof BulkVersion) return bulk.hit(doc);
      const { written } = doc;
      if (written?.hit !== undefined && written.hitKey === key) return written.hit;
      const hit = write(doc);
      if (written !== undefined && hit.length <= KEPT_HIT_LENGTH) {
        written.hit = hit;
        written.hitKey = key;
      }
      return hit;
    };
  }

  #body(doc: Doc, request: SearchRequest): string {
    const type = this.#switches.docType ? '"_type":"entity",' : '';
    const version = request.version ? '"_version":1,' : '';
    const start = `{"_index":${JSON.stringify(indexName(doc, this.#org))},${type}${version}"_id":"${docId(doc)}"`;
    return request.source.enabled ? `${start},"_source":${this.#source(doc, request)}` : start;
  }

  #source(doc: Doc, request: SearchRequest): string {
    const source = sourceOf(doc, this.#org);
    const whole = request.source.wants('enhancedSearchContext')
      ? { ...source, enhancedSearchContext: enhancedSearchContext(doc) }
      : source;
    return JSON.stringify(request.source.apply(whole));
  }
}

/** A test for the indices that a name in the query string means. */
function nameTest(org: string, name: string): (index: string) => boolean {
  if (/[*]|^_all$/.test(name)) throw unsupported('patterns in [index]');
  const own = `${org}_`;
  const short = name.startsWith(own) ? name.slice(own.length) : name;
  if (/^ids$/i.test(short)) return (index) => index.startsWith(`${own}ids_`);
  if (/^(raw|processed)$/i.test(short)) return (index) => index === `${own}${short.toLowerCase()}`;
  if (short.startsWith('ids_')) return (index) => index === `${own}${short}`;
  throw new SearchError('index_not_found_exception', `no such index [${name}]`, { status: 404 });
}
