import { type FileHit, fileKey } from '../../src/file.ts';
import { formatOrder, type Order, parseOrder } from '../../src/position/order.ts';
import type {
  Bucket,
  FileQuery,
  HistogramSource,
  QueryClause,
  Survey,
} from '../../src/source/source.ts';
import type { Difference, VerifyOptions, VerifyReport } from '../../src/verify/report.ts';
import { verify } from '../../src/verify/verify.ts';
import { bucketsOf, Lake } from '../lake.ts';
import { World } from '../world.ts';

/** A lake that understands the clauses of a verification, and counts by time. */
export class CountedLake extends Lake implements HistogramSource {
  /** Called before each histogram; may change the lake. */
  onHistogram: () => void = () => undefined;
  /** Hits that pages leave out although they are counted. */
  unseen: (hit: FileHit) => boolean = () => false;
  /** Hits without an index time. */
  readonly unstamped: FileHit[] = [];
  override pageLimit = Number.POSITIVE_INFINITY;

  override async survey(query: FileQuery, signal?: AbortSignal): Promise<Survey> {
    const { nowMs } = await super.survey({ filter: [] }, signal);
    const found = await this.#matching(query);
    const times = found.flatMap((hit) => timeOf(hit) ?? []).sort((a, b) => a - b);
    return { count: found.length, oldestMs: times[0], newestMs: times.at(-1), nowMs };
  }

  override async page(
    query: FileQuery,
    after: string | undefined,
    size: number,
    signal?: AbortSignal,
  ): Promise<readonly FileHit[]> {
    await this.onSearch('page', signal);
    signal?.throwIfAborted();
    return (await this.#matching(query))
      .filter((hit) => !this.unseen(hit) && (after === undefined || hit.fileId > after))
      .sort((a, b) => (a.fileId < b.fileId ? -1 : 1))
      .slice(0, size);
  }

  override async histogram(query: FileQuery, intervalMs: number): Promise<readonly Bucket[]> {
    this.onHistogram();
    const times = (await this.#matching(query)).map((hit) => timeOf(hit) ?? Number.NaN);
    return bucketsOf(times, intervalMs);
  }

  async #matching({ filter, indexed, fileIds }: FileQuery): Promise<readonly FileHit[]> {
    const all = [...this.shown(), ...this.unstamped];
    const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = indexed ?? {};
    const ids = fileIds && new Set(fileIds);
    return all.filter((hit) => {
      const timeMs = timeOf(hit);
      if (indexed !== undefined && (timeMs === undefined || timeMs < fromMs || timeMs >= toMs))
        return false;
      return filter.every((clause) => matches(clause, hit)) && ids?.has(hit.fileId) !== false;
    });
  }

  /** What search shows now. */
  shown(): readonly FileHit[] {
    return [...this.truthWithOld()];
  }

  /** All that is visible; `put` hides older versions itself. */
  *truthWithOld(): Iterable<FileHit> {
    for (const { hit } of this.truth().values()) yield hit;
    yield* this.extra;
  }

  /** Older versions that search goes on showing. */
  readonly extra: FileHit[] = [];
}

function timeOf({ indexedAt }: FileHit): number | undefined {
  return indexedAt === undefined ? undefined : Date.parse(indexedAt);
}

interface Clauses {
  readonly bool?: {
    readonly should?: readonly { range: { indexedAt: { gte: string; lt: string } } }[];
    readonly must_not?: unknown;
  };
  readonly terms?: { readonly 'file.path'?: readonly string[] };
  /** What a filter of the tests asks for. */
  readonly term?: { readonly metadata: unknown };
}

/** Only what a verification asks for. */
function matches(clause: QueryClause, hit: FileHit): boolean {
  const { bool, terms, term } = clause as Clauses;
  if (term !== undefined) return hit.metadata === term.metadata;
  if (terms !== undefined) return terms['file.path']?.includes(hit.path ?? '') === true;
  const not = JSON.stringify(bool?.must_not ?? '');
  if (not.includes('exists')) return hit.indexedAt === undefined;
  if (not.includes('outdated')) return !hit.outdated && !hit.deleted;
  const timeMs = timeOf(hit) ?? Number.NaN;
  return (
    bool?.should?.some(
      ({ range: { indexedAt } }) =>
        timeMs >= Date.parse(indexedAt.gte) && timeMs < Date.parse(indexedAt.lt),
    ) === true
  );
}

type Found = VerifyReport & { readonly differences: readonly Difference[] };

export class VerifiedWorld extends World {
  override readonly lake = new CountedLake();

  async verify(options: Partial<VerifyOptions> = {}): Promise<Found> {
    const differences: Difference[] = [];
    const report = await verify({
      ...(await this.options()),
      source: this.lake,
      onDifference: (difference) => void differences.push(difference),
      ...options,
    });
    return { ...report, differences };
  }

  /** Every difference as `reason path`, sorted; with `mended` where it was. */
  async names(options: Partial<VerifyOptions> = {}): Promise<readonly string[]> {
    const { differences } = await this.verify(options);
    return differences
      .map(({ reason, path, mended }) => `${reason} ${path}${mended ? ' mended' : ''}`)
      .sort();
  }

  /** Takes the file's line out of the ledger, or puts another order into it. */
  damage(path: string, change: (order: Order) => Order | undefined): void {
    const hit = [...this.lake.shown()].find((one) => one.path === path);
    const key = fileKey(hit ?? { bucket: 'lake', path, fileId: '' });
    const ledger = new Map(this.database.content.ledgers.get('lab'));
    const line = ledger.get(key);
    const order = line && parseOrder(line.order);
    if (line === undefined || order === undefined) throw new Error(`${path} is not in the ledger`);
    const changed = change(order);
    if (changed === undefined) ledger.delete(key);
    else ledger.set(key, { ...line, order: formatOrder(changed) });
    const { content } = this.database;
    this.database.content = {
      ...content,
      ledgers: new Map([...content.ledgers, ['lab', ledger]]),
    };
  }

  idOf(path: string): string {
    return String(this.file(path)['file_id']);
  }
}
