import type { RunLine } from '@tdp-sync/core';
import type { FailureGroup } from '../failures.ts';
import type { LastVerify } from '../render/verified.ts';
import type { FailedFile } from '../sync/failed-files.ts';
import type { CopyStatus } from '../sync/publish.ts';
import type { JobKind } from './lane.ts';

/**
 * What `GET /status.json` answers, and what the status page is built on.
 *
 * `GET /events` sends the same as server-sent events: first one event `status` with a whole {@link ServiceStatus},
 * then an event `sync` with one {@link SyncStatus} whenever something of that sync has changed (at most four a second
 * for each), and an event `status` again when the config was reloaded. An event `pulse` with a {@link ServicePulse}
 * comes with each of them and every five seconds at least: who hears nothing for longer is not connected any
 * more, whatever the connection says. The connection may be closed at any time; whoever connects again gets everything
 * anew. All times are ISO 8601 in UTC, all spans in seconds. No text holds a secret; all of them come from elsewhere and
 * are to be shown as text, not as HTML.
 *
 * The actions are `POST /syncs/<name>/run`, `/pause`, `/resume`, `/retry`, `/sweep`, `/verify` and `/rebuild` with `Authorization: Bearer
 * <control token>`. `/retry` tries every failed file, or with `?file=<fileId>` (as often as wanted) only those. They answer 202 and
 * JSON `{ "sync", "action", "result" }`; 401 for a wrong token, 404 without a token in the config or for an unknown sync,
 * 409 for a sync that is paused.
 */
export interface ServiceStatus extends ServicePulse {
  /** In the config's order. */
  readonly syncs: readonly SyncStatus[];
}

/** How the service is, without its syncs. */
export interface ServicePulse {
  readonly version: string;
  readonly now: string;
  readonly startedAt: string;
  /** What `/readyz` answers. */
  readonly ready: boolean;
  /** What `/progressz` answers. */
  readonly progressing: boolean;
  /** Why one of them fails; empty when neither does. */
  readonly reasons: readonly string[];
  readonly config: {
    readonly file: string;
    /** When the config in use was read. */
    readonly loadedAt: string;
    /** The last reload was refused for this reason, and changed nothing; null when it was accepted. */
    readonly reloadError: string | null;
  };
  readonly source: {
    readonly url: string;
    /** Files that may be retrieved at once, all syncs together. */
    readonly limit: number;
    /** Requests that are under way. */
    readonly inFlight: number;
    readonly tokenExpiresAt: string | null;
  };
  /** What has come of events; null where none are taken (`serve.events`). */
  readonly events: EventsStatus | null;
  /** Who shares the work (`serve.queue`); null where this process does everything itself. */
  readonly replicas: ReplicasStatus | null;
  /** The copies for readers (`sink.publish`). */
  readonly copies: readonly CopyStatus[];
  /** Whether a control token is configured, that is whether actions are offered. */
  readonly control: boolean;
}

/** The replicas of a service, as of the last time that the queue could be asked. */
export interface ReplicasStatus {
  /** Why the queue could not be used the last time: nothing is begun until it can be. Null when it could. */
  readonly error: string | null;
  /** The parts of the config in which replicas differ; empty when all have the same. */
  readonly differing: readonly string[];
  /** The one that has been there for the longest time first. */
  readonly all: readonly ReplicaStatus[];
}

/** One replica. */
export interface ReplicaStatus {
  /** Its machine, or pod, and its process. */
  readonly name: string;
  /** The one that tells this. */
  readonly isSelf: boolean;
  /** `leads`: it decides what is due. `stands by`: it has an older config, and does nothing. `stops`: it takes nothing more. */
  readonly role: 'leads' | 'works' | 'stands by' | 'stops';
  readonly version: string | null;
  readonly since: string;
  /** Files that it may retrieve at once. */
  readonly limit: number;
  readonly jobs: readonly {
    readonly sync: string;
    readonly kind: JobKind;
    readonly slice: number | null;
  }[];
}

/** What has come of events since the start. */
export interface EventsStatus {
  /** Events, or lists of them, whatever they were good for. */
  readonly taken: number;
  /** Of these, those that were no JSON. */
  readonly malformed: number;
  /** Files that they have named and that TDP shows. */
  readonly files: number;
  /** Files that wait for TDP's search to show them. */
  readonly waiting: number;
  readonly lastAt: string | null;
  /** The queue, and why it could not be read the last time; null where there is none. */
  readonly queue: { readonly url: string; readonly error: string | null } | null;
}

/**
 * In one glance: `failing` when the last try of anything failed, or there is no progress; `paused`; `starting`
 * before the first run has ended or watermark is known; `catching-up` where no run has come to its end within two of
 * its cadences, one for the next to begin and one for it to end; else `up-to-date`, or `attention` where some files have failed or the
 * last verification has left differences: all else is up to date.
 */
export type SyncState = (typeof STATES)[number];

/** Every {@link SyncState}. */
export const STATES = [
  ...(['up-to-date', 'attention', 'catching-up', 'failing', 'paused', 'starting'] as const),
] as const;

/** Where one sync stands. */
export interface SyncStatus {
  readonly name: string;
  readonly state: SyncState;
  /** The state in a sentence. */
  readonly summary: string;
  /** Everything indexed before it is in the database. */
  readonly watermark: string | null;
  /** Index time of the newest file that TDP has shown. */
  readonly newestInTdp: string | null;
  /** When the last run began that has left nothing behind, as far as is known: whatever TDP showed then is in the database. */
  readonly currentAt: string | null;
  /** Null until it is known. 0: nothing is missing. */
  readonly lagSeconds: number | null;
  /** What clocks said when a run began last; null before one. */
  readonly clocks: ClockStatus | null;
  /** When it will run; null while it runs or is paused. */
  readonly nextRunAt: string | null;
  /** What is being done, by this process or another replica; null when nothing is. */
  readonly job: JobStatus | null;
  /** A backlog that is brought in in slices; null where there is none. */
  readonly backlog: BacklogStatus | null;
  /** The window that is being read, or was when the last run ended; null when none is open. */
  readonly window: WindowStatus | null;
  /** The error of the last job that failed; null once a job of that kind has succeeded. */
  readonly error: ErrorStatus | null;
  /** Failed files in the database. */
  readonly failing: number;
  /** Their reasons, the one with the most files first. */
  readonly failures: readonly FailureGroup[];
  /** The table in which all of them are. */
  readonly filesTable: string;
  /** The first twenty for each reason, a hundred at most. */
  readonly failedFiles: readonly FailedFile[];
  /** One point a minute, of minutes in which something happened, the newest last; twelve hours at most. Of the time before a start as far as the journal tells. */
  readonly history: readonly HistoryPoint[];
  /** The newest 25 lines of the journal, the newest first: runs that changed something or failed. */
  readonly runs: readonly RunLineStatus[];
  readonly lastSweep: {
    readonly at: string;
    readonly missing: number;
    readonly deleted: number;
  } | null;
  readonly lastVerify: LastVerify | null;
}

/** TDP's clock (the Date of its answers) and this machine's. */
export interface ClockStatus {
  /** What TDP's is ahead of this machine's. */
  readonly differenceSeconds: number;
  /** What is wrong, a sentence each; empty where they agree. */
  readonly troubles: readonly string[];
}

/** A job that is under way. */
export interface JobStatus {
  readonly kind: JobKind;
  /** Its name in log and journal; null until it is known. */
  readonly run: string | null;
  readonly startedAt: string;
  /** Hits that it will look at, roughly; null until it is known. May turn out to be fewer than `seen`. */
  readonly expected: number | null;
  readonly seen: number;
  readonly loaded: number;
  readonly failed: number;
  readonly bytes: number;
  /** Which of several replicas does it; null for the one that tells this. */
  readonly replica: string | null;
}

/** A backlog that is cut into slices (docs/scale-out.md). */
export interface BacklogStatus {
  /** Where it ends. */
  readonly until: string;
  /** Slices that are left. */
  readonly left: number;
  /** Those that somebody is at work on, by their numbers. */
  readonly jobs: readonly (JobStatus & { readonly slice: number })[];
}

/** A window of `indexedAt`. */
export interface WindowStatus {
  readonly from: string;
  readonly to: string;
  /** Every file up to this fileId is in the database; null at the start. */
  readonly after: string | null;
  /** Which reading of the window it is, from 1. */
  readonly pass: number;
}

/** Why a job failed, and when it is tried again. */
export interface ErrorStatus {
  readonly kind: JobKind;
  readonly at: string;
  /** A heading of docs/errors.md, or UNEXPECTED. */
  readonly code: string;
  readonly message: string;
  /** Failures in a row. */
  readonly failures: number;
}

/** What was brought into the database in one minute. */
export interface HistoryPoint {
  /** The beginning of the minute. */
  readonly at: string;
  /** As of the end of the minute. */
  readonly lagSeconds: number | null;
  readonly files: number;
  readonly bytes: number;
}

/** One line of the journal; times as ISO 8601. */
export type RunLineStatus = Omit<
  RunLine,
  'startedAtMs' | 'endedAtMs' | 'fromMs' | 'toMs' | 'errorCode' | 'error'
> & {
  readonly startedAt: string;
  readonly endedAt: string;
  readonly watermarkBefore: string | null;
  readonly watermarkAfter: string | null;
  readonly errorCode: string | null;
  /** What the error said. */
  readonly error: string | null;
};
