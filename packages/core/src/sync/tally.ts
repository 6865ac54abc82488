import type { Survey } from '../source/source.ts';
import type { SchemaNote } from '../tables/resolve.ts';
import type { BatchCounts, RunReport, SchemaCount } from './events.ts';
import type { Draft } from './shapes.ts';

const COUNTS = ['loaded', 'refreshed', 'deleted', 'failed', 'bytes'] as const;

/** Counts what a run does. */
export class Tally {
  readonly #sync: string;
  readonly #survey: Survey;
  #startedMs: number;
  seen = 0;
  loaded = 0;
  refreshed = 0;
  known = 0;
  deleted = 0;
  failed = 0;
  bytes = 0;
  commits = 0;
  readonly #notes = new Map<string, SchemaCount>();

  /** Hits that the run will look at, roughly. */
  get expected(): number {
    return this.#survey.count;
  }

  constructor(sync: string, survey: Survey, startedMs: number) {
    this.#sync = sync;
    this.#survey = survey;
    this.#startedMs = startedMs;
  }

  /** What a run did before it was begun anew, it has done. */
  goOnFrom(before: Tally): void {
    for (const key of ['seen', 'known', 'commits', ...COUNTS] as const) this[key] += before[key];
    for (const [key, note] of before.#notes) this.#notes.set(key, note);
    this.#startedMs = before.#startedMs;
  }

  /** Counts what a file has brought about in the tables. */
  noted(note: SchemaNote): void {
    const key = `${note.is} ${note.table} ${note.column}`;
    const files = (this.#notes.get(key)?.files ?? 0) + 1;
    this.#notes.set(key, { ...note, files });
  }

  /** Counts the files of one commit, and says what they became. */
  committed(drafts: readonly Draft[]): BatchCounts {
    const { known, ...counts } = countDrafts(drafts);
    this.commits += 1;
    this.known += known;
    for (const key of COUNTS) this[key] += counts[key];
    return counts;
  }

  /** `failing` is the number of failed files in the sink, whenever they were tried. */
  report(
    given: Pick<
      RunReport,
      | 'outcome'
      | 'watermarkMs'
      | 'slicesLeft'
      | 'failing'
      | 'unredacted'
      | 'startMs'
      | 'pulledBack'
      | 'clocks'
    >,
    localMs: number,
  ): RunReport {
    const { seen, loaded, refreshed, known, deleted, failed, bytes, commits } = this;
    return {
      sync: this.#sync,
      ...given,
      ...{ seen, loaded, refreshed, known, deleted, failed, bytes, commits },
      schema: [...this.#notes.values()],
      behindMs: this.#behindMs(given.watermarkMs),
      durationMs: localMs - this.#startedMs,
    };
  }

  /** What was indexed in the millisecond of the watermark itself is not in the sink yet. */
  #behindMs(watermarkMs: number | undefined): number {
    const { oldestMs, newestMs } = this.#survey;
    if (newestMs === undefined) return 0;
    return Math.max(newestMs + 1 - (watermarkMs ?? oldestMs ?? newestMs), 0);
  }
}

/** Counts what the files of a batch have become. */
function countDrafts(drafts: readonly Draft[]): BatchCounts & { readonly known: number } {
  const counts = { known: 0, loaded: 0, refreshed: 0, deleted: 0, failed: 0, bytes: 0 };
  for (const { outcome, bytes } of drafts) {
    counts[outcome] += 1;
    counts.bytes += bytes;
  }
  return counts;
}
