import { z } from 'zod';
import { SyncError } from '../errors.ts';
import { jsonOrUndefined } from '../json.ts';
import type { ProvenTime } from '../source/clocks.ts';
import type { Window } from '../source/window.ts';
import type { SlicePlan } from './slices.ts';

/** Where a sync stands. Kept by the sink as text, moved by every commit. */
export interface SyncState {
  /** Everything indexed before it, for the filter of `scope`, is in the sink. */
  readonly watermarkMs: number | undefined;
  /** Where the first window began. */
  readonly startMs: number;
  /** The window that is being read. */
  readonly open: OpenWindow | undefined;
  /** The slices between the watermark and where windows go on, while there are any. */
  readonly slices: SlicePlan | undefined;
  /** Fingerprint of what decides which files belong to the sync. */
  readonly scope: string;
  /**
   * Fingerprint of what decides which rows a file becomes, how often it has changed, and whether the
   * rows of all files follow it.
   */
  readonly mapping: {
    readonly hash: string;
    readonly revision: number;
    readonly isApplied: boolean;
    readonly redaction: Redaction;
  };
  /** Whether all orders of the ledger have an epoch: those of the first version had none. */
  readonly hasEpochs: boolean;
  /** The history has a line of every file that says how it stands: not before it was asked for, nor after it was not any more. */
  readonly hasHistory: boolean;
  /** A run under a frozen schema may have refused files since all failed files were tried without one. */
  readonly isFrozen: boolean;
  /** A file without a line of the ledger may have rows in so many of the catalogue's layouts: since a reset. */
  readonly inherited: number;
  /** By which clocks the watermark was moved; `undefined` where no version has told. */
  readonly clocks: ClockMark | undefined;
  /** The last sweep that came to its end. */
  readonly sweep: SweepMark | undefined;
  /** The last verification that came to its end. */
  readonly verification: VerificationMark | undefined;
  /** Who wrote this, and how often: no two commits ever store the same text. */
  readonly run: string;
  readonly commits: number;
}

/** What is kept from the database of the documents, and since which revision of the mapping. */
export interface Redaction {
  /** Empty for nothing. */
  readonly hash: string;
  /** Documents that were kept under this revision or a later one are without it. */
  readonly since: number;
  /** Before this revision nothing was ever kept from the database; `undefined` when nothing has been so far. */
  readonly first: number | undefined;
  /** Files with rows of before `since`, which nobody could make anew; `undefined` where that is not known. */
  readonly left?: number | undefined;
}

/** What the clocks said when the watermark was moved, and what was proven by them. */
export interface ClockMark extends ProvenTime {
  /** The last watermark that TDP's own stamps have passed: right whatever the clocks said. */
  readonly confirmedMs: number | undefined;
}

/** What the state remembers of a sweep. */
export interface SweepMark {
  /** By TDP's clock. */
  readonly atMs: number;
  /** Hits that TDP listed. */
  readonly listed: number;
  /** Files that were absent for the first time. */
  readonly missing: number;
  /** Files that were found to be deleted. */
  readonly deleted: number;
}

/** What the state remembers of a verification. */
export interface VerificationMark {
  /** By TDP's clock. */
  readonly atMs: number;
  /** Differences that were left. */
  readonly differences: number;
  /** Those of them that are failed files and nothing else; `undefined` where an older version did not say. */
  readonly failed?: number | undefined;
}

/** A window and how far it has been read. */
export interface OpenWindow extends Window {
  /** Every file up to this fileId is in the sink; `undefined` when none is yet. */
  readonly after: string | undefined;
}

/** All that documents say may be in the database, as it was before anything could be kept from it. */
export const NO_REDACTION: Redaction = { hash: '', since: 0, first: undefined };

const time = z.iso.datetime().transform((text) => Date.parse(text));
const schema = z.object({
  version: z.literal(1),
  watermark: time.nullable(),
  start: time,
  open: z.object({ from: time, to: time, after: z.string().nullable() }).nullable(),
  slices: z
    .object({ id: z.string(), first: z.int().min(0), cuts: z.array(time).min(2), tail: time })
    .nullable()
    .default(null),
  scope: z.string(),
  mapping: z.object({
    hash: z.string(),
    revision: z.int().min(0),
    applied: z.boolean(),
    redaction: z
      .object({
        hash: z.string(),
        since: z.int().min(0),
        first: z.int().min(0),
        left: z.int().min(0).optional(),
      })
      .optional(),
  }),
  inherited: z.int().min(0),
  epochs: z.boolean().default(false),
  frozen: z.boolean().default(false),
  history: z.boolean().default(false),
  clocks: z
    .object({ proven: time, date: time, local: time, confirmed: time.nullable() })
    .nullable()
    .default(null),
  sweep: z
    .object({ at: time, listed: z.int(), missing: z.int(), deleted: z.int() })
    .nullable()
    .default(null),
  verification: z
    .object({ at: time, differences: z.int(), failed: z.int().optional() })
    .nullable()
    .default(null),
  run: z.string(),
  commits: z.int().min(0),
});

/** The state as text, times as ISO 8601 for whoever looks into the table. */
export function formatState(state: SyncState): string {
  const { open, watermarkMs } = state;
  return JSON.stringify({
    version: 1,
    watermark: watermarkMs === undefined ? null : iso(watermarkMs),
    start: iso(state.startMs),
    open:
      open === undefined
        ? null
        : { from: iso(open.fromMs), to: iso(open.toMs), after: open.after ?? null },
    slices: formatSlices(state.slices),
    scope: state.scope,
    mapping: {
      hash: state.mapping.hash,
      revision: state.mapping.revision,
      applied: state.mapping.isApplied,
      // Most syncs never had one.
      ...(state.mapping.redaction.first === undefined
        ? {}
        : { redaction: state.mapping.redaction }),
    },
    inherited: state.inherited,
    epochs: state.hasEpochs,
    frozen: state.isFrozen,
    history: state.hasHistory,
    clocks: formatClocks(state.clocks),
    sweep: formatMark(state.sweep),
    verification: formatMark(state.verification),
    run: state.run,
    commits: state.commits,
  });
}

/**
 * Reads what {@link formatState} wrote.
 *
 * @throws SyncError `STATE_UNREADABLE` for any other text.
 */
export function parseState(text: string): SyncState {
  const result = schema.safeParse(jsonOrUndefined(text));
  if (!result.success) {
    throw new SyncError(
      'STATE_UNREADABLE',
      'The position stored in the database was not written by this version of tdp-sync. ' +
        'Nothing was changed. Use the version that wrote it, or "tdp-sync reset" to read everything again.',
      { cause: result.error },
    );
  }
  const { watermark, start, open, scope, mapping, sweep, verification } = result.data;
  const { inherited, epochs: hasEpochs, frozen: isFrozen, history: hasHistory } = result.data;
  const { slices, clocks, run, commits } = result.data;
  return {
    watermarkMs: watermark ?? undefined,
    startMs: start,
    open:
      open === null
        ? undefined
        : { fromMs: open.from, toMs: open.to, after: open.after ?? undefined },
    slices:
      slices === null
        ? undefined
        : { id: slices.id, first: slices.first, cuts: slices.cuts, tailMs: slices.tail },
    scope,
    mapping: {
      hash: mapping.hash,
      revision: mapping.revision,
      isApplied: mapping.applied,
      redaction: mapping.redaction ?? NO_REDACTION,
    },
    clocks: parseClocks(clocks),
    sweep: parseMark(sweep),
    verification: parseMark(verification),
    inherited,
    hasEpochs,
    isFrozen,
    hasHistory,
    run,
    commits,
  };
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function formatSlices(plan: SlicePlan | undefined): unknown {
  if (plan === undefined) return null;
  return { id: plan.id, first: plan.first, cuts: plan.cuts.map(iso), tail: iso(plan.tailMs) };
}

function formatClocks(mark: ClockMark | undefined): unknown {
  if (mark === undefined) return null;
  const { provenMs, dateMs, localMs, confirmedMs } = mark;
  const confirmed = confirmedMs === undefined ? null : iso(confirmedMs);
  return { proven: iso(provenMs), date: iso(dateMs), local: iso(localMs), confirmed };
}

function parseClocks(mark: z.output<typeof schema>['clocks']): ClockMark | undefined {
  if (mark === null) return undefined;
  const { proven, date, local, confirmed } = mark;
  return {
    ...{ provenMs: proven, dateMs: date, localMs: local },
    confirmedMs: confirmed ?? undefined,
  };
}

function formatMark(mark: SweepMark | VerificationMark | undefined): unknown {
  if (mark === undefined) return null;
  const { atMs, ...counts } = mark;
  return { at: iso(atMs), ...counts };
}

function parseMark<Counts extends object>(
  mark: ({ readonly at: number } & Counts) | null,
): ({ readonly atMs: number } & Omit<Counts, 'at'>) | undefined {
  if (mark === null) return undefined;
  const { at, ...counts } = mark;
  return { atMs: at, ...counts };
}
