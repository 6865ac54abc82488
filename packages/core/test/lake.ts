import { createHash } from 'node:crypto';
import type { Clock } from '../src/clock.ts';
import { SyncError } from '../src/errors.ts';
import { type FileHit, fileKey } from '../src/file.ts';
import type {
  Bucket,
  FileQuery,
  HistogramSource,
  Hold,
  Presence,
  QueryClause,
  Survey,
} from '../src/source/source.ts';
import { hitOf } from './hits.ts';
import { TestClock } from './test-clock.ts';

interface Version {
  hit: FileHit;
  readonly content: Buffer;
  readonly visibleAtMs: number;
}

/** How a file is put into the lake; what is left out follows from the lake's clock. */
export interface Putting {
  readonly content?: string | Buffer;
  readonly category?: 'IDS' | 'RAW';
  readonly createdAtMs?: number;
  readonly indexedAtMs?: number;
  /** From when on search shows it. Default: from `indexedAtMs`. */
  readonly visibleAtMs?: number;
  /** Whether search goes on showing the version before. Default `false`. */
  readonly keepOld?: boolean;
  readonly metadata?: unknown;
  readonly fileId?: string;
  readonly size?: number;
}

/** A small TDP in memory with its own clock, as a {@link HistogramSource}. Not the emulator: no HTTP in it. */
export class Lake implements HistogramSource {
  nowMs = Date.UTC(2026, 0, 1);
  readonly #versions = new Map<string, Version>();
  #made = 0;
  /** Largest page that it gives, whatever is asked for. */
  pageLimit = 10_000;
  readonly retrieved: string[] = [];
  readonly searches: { readonly query: FileQuery; readonly size: number }[] = [];
  /** Why a file cannot be retrieved. */
  ill: (hit: FileHit) => Error | undefined = () => undefined;
  /** Called before each answer; may change the lake. */
  onSearch: (kind: 'page' | 'survey', signal?: AbortSignal) => void | Promise<void> = () =>
    undefined;
  onRetrieve: (hit: FileHit, signal?: AbortSignal, hold?: Hold) => void | Promise<void> = () =>
    undefined;
  /** What its answers say the time is. */
  date: () => number = () => this.nowMs;
  /** What it counts beyond what it shows. */
  miscount = 0;

  readonly #time = new TestClock();

  /** Local clock that is `offMs` wrong; whoever sleeps wakes as time passes. */
  clock(offMs = 0): Clock {
    return {
      now: () => this.nowMs + offMs,
      sleep: (durationMs, signal) => this.#time.sleep(durationMs, signal),
    };
  }

  pass(ms: number): void {
    this.nowMs += ms;
    this.#time.pass(ms);
  }

  /** Adds a file or, at a path that exists, a version of it. */
  put(path: string, putting: Putting = {}): FileHit {
    this.#made += 1;
    const { fileId = createHash('md5').update(String(this.#made)).digest('hex') } = putting;
    const { content = JSON.stringify({ path, version: this.#made }), category = 'IDS' } = putting;
    const indexedAtMs = putting.indexedAtMs ?? this.nowMs;
    const hit = hitOf(fileId, {
      ...{ path, category, metadata: putting.metadata, size: putting.size ?? 100 },
      createdAt: new Date(putting.createdAtMs ?? this.nowMs).toISOString(),
      indexedAt: Number.isNaN(indexedAtMs) ? undefined : new Date(indexedAtMs).toISOString(),
    });
    if (putting.keepOld !== true) this.#hide(path);
    const visibleAtMs = putting.visibleAtMs ?? indexedAtMs;
    this.#versions.set(fileId, { hit, content: Buffer.from(content), visibleAtMs });
    return hit;
  }

  /** Moves a version to another key, as a migration of the storage does. Its fileId and its stamps stay. */
  move(fileId: string, to: Partial<Pick<FileHit, 'bucket' | 'path'>>): void {
    const version = this.#versions.get(fileId);
    if (version !== undefined) version.hit = { ...version.hit, ...to };
  }

  /** Stamps a version anew, as a re-index or a change of labels may. */
  reindex(fileId: string, fields: Partial<FileHit> = {}): void {
    const version = this.#versions.get(fileId);
    if (version === undefined) throw new Error('no such version');
    version.hit = { ...version.hit, indexedAt: new Date(this.nowMs).toISOString(), ...fields };
  }

  /** Changes labels as TDP may: without a new stamp. */
  relabel(fileId: string, labels: unknown): void {
    const version = this.#versions.get(fileId);
    if (version !== undefined) version.hit = { ...version.hit, labels };
  }

  /** Takes a version out of sight; {@link restore} puts it back. */
  drop(fileId: string): Version | undefined {
    const version = this.#versions.get(fileId);
    this.#versions.delete(fileId);
    return version;
  }

  restore(version: Version | undefined): void {
    if (version !== undefined) this.#versions.set(version.hit.fileId, version);
  }

  /** What a database in step with the lake holds: the newest version of each file, by its key. */
  truth(): Map<string, { readonly hit: FileHit; readonly document: string | undefined }> {
    const found = new Map<string, { hit: FileHit; document: string | undefined }>();
    const age = ({ createdAt, indexedAt, fileId }: FileHit): string =>
      `${createdAt}${indexedAt}${fileId}`;
    for (const { hit, content, visibleAtMs } of this.#versions.values()) {
      if (visibleAtMs > this.nowMs) continue;
      const other = found.get(fileKey(hit))?.hit;
      if (other !== undefined && age(other) > age(hit)) continue;
      const document = hit.category === 'IDS' ? content.toString('utf8') : undefined;
      found.set(fileKey(hit), { hit, document });
    }
    return found;
  }

  async survey(query: FileQuery, signal?: AbortSignal): Promise<Survey> {
    await this.onSearch('survey', signal);
    signal?.throwIfAborted();
    const hits = this.#matching(query);
    this.searches.push({ query, size: 0 });
    const times = hits
      .flatMap(({ indexedAt }) => (indexedAt === undefined ? [] : Date.parse(indexedAt)))
      .sort((a, b) => a - b);
    const [oldestMs, newestMs] = [times[0], times.at(-1)];
    return { count: hits.length + this.miscount, oldestMs, newestMs, nowMs: this.date() };
  }

  async histogram(query: FileQuery, intervalMs: number): Promise<readonly Bucket[]> {
    const stamps = this.#matching(query).flatMap(({ indexedAt }) => indexedAt ?? []);
    return bucketsOf(stamps.map(Date.parse), intervalMs);
  }

  async page(
    query: FileQuery,
    after: string | undefined,
    size: number,
    signal?: AbortSignal,
  ): Promise<readonly FileHit[]> {
    await this.onSearch('page', signal);
    signal?.throwIfAborted();
    this.searches.push({ query, size });
    return this.#matching(query)
      .filter(({ fileId }) => after === undefined || fileId > after)
      .sort((a, b) => (a.fileId < b.fileId ? -1 : 1))
      .slice(0, Math.min(size, this.pageLimit));
  }

  /** What the file record says; by default what search shows. */
  record: (fileId: string) => Presence | undefined = () => undefined;

  async presence(fileId: string): Promise<Presence> {
    return this.record(fileId) ?? (this.#versions.has(fileId) ? 'present' : 'gone');
  }

  async retrieve(hit: FileHit, signal?: AbortSignal, hold?: Hold): Promise<Buffer> {
    await this.onRetrieve(hit, signal, hold);
    signal?.throwIfAborted();
    this.retrieved.push(hit.fileId);
    const error = this.ill(hit);
    if (error !== undefined) throw error;
    const version = this.#versions.get(hit.fileId);
    if (version === undefined) throw new SyncError('FILE_NOT_FOUND', 'superseded meanwhile');
    return version.content;
  }

  #hide(path: string): void {
    for (const [fileId, { hit }] of this.#versions)
      if (hit.path === path) this.#versions.delete(fileId);
  }

  #matching({ filter, indexed, fileIds }: FileQuery): FileHit[] {
    const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = indexed ?? {};
    const ids = fileIds && new Set(fileIds);
    const found: FileHit[] = [];
    for (const { hit, visibleAtMs } of this.#versions.values()) {
      const indexedMs = Date.parse(hit.indexedAt ?? '');
      if (visibleAtMs > this.nowMs || indexedMs < fromMs || indexedMs >= toMs) continue;
      if (indexed !== undefined && Number.isNaN(indexedMs)) continue;
      if (!filter.every((clause) => matches(hit, clause))) continue;
      if (ids === undefined || ids.has(hit.fileId)) found.push(hit);
    }
    return found;
  }
}

/** Times, counted by stretch. */
export function bucketsOf(timesMs: readonly number[], intervalMs: number): readonly Bucket[] {
  const buckets = new Map<number, number[]>();
  for (const timeMs of timesMs.toSorted((a, b) => a - b)) {
    const fromMs = Math.floor(timeMs / intervalMs) * intervalMs;
    buckets.set(fromMs, [...(buckets.get(fromMs) ?? []), timeMs]);
  }
  return [...buckets].map(([fromMs, times]) => ({
    ...{ fromMs, count: times.length },
    oldestMs: Math.min(...times),
    newestMs: Math.max(...times),
    sumMs: times.reduce((sum, timeMs) => sum + timeMs, 0),
  }));
}

/** The clauses that tests and core ask with; any other is a mistake of the test. */
function matches(hit: FileHit, clause: QueryClause): boolean {
  const { term, terms, bool } = clause as {
    readonly term?: Readonly<Record<string, unknown>>;
    readonly terms?: Readonly<Record<string, readonly unknown[]>>;
    readonly bool?: { readonly must_not?: readonly unknown[] };
  };
  if (term?.['category'] !== undefined) return hit.category === term['category'];
  if (term?.['metadata'] !== undefined) return hit.metadata === term['metadata'];
  if (terms?.['file.path'] !== undefined) return terms['file.path'].includes(hit.path);
  if (JSON.stringify(bool?.must_not) === '[{"exists":{"field":"indexedAt"}}]')
    return hit.indexedAt === undefined;
  throw new Error(`The lake does not know ${JSON.stringify(clause)}`);
}
