import type { Exchange, SyncError, SyncEvent } from '@tdp-sync/core';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { version } from '../version.ts';
import type { OnRequest } from './measured-source.ts';

/** Long enough for a commit into a warehouse, short enough for one into a file. */
const SECONDS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180, 600];
const BYTES = [1e3, 1e4, 1e5, 1e6, 4e6, 16e6, 64e6, 256e6];

/** What `GET /metrics` shows. `docs/operations.md` lists every name; a test holds the two together. */
export class Metrics {
  readonly registry: Registry = new Registry();
  readonly lag = this.#gauge('lag_seconds', 'Newest file seen in TDP minus watermark', ['sync']);
  readonly watermark = this.#gauge(
    'watermark_timestamp_seconds',
    'Everything indexed before it is in the database',
    ['sync'],
  );
  readonly newest = this.#gauge(
    'tdp_newest_timestamp_seconds',
    'Index time of the newest file that TDP has shown',
    ['sync'],
  );
  readonly clockDifference = this.#gauge(
    'clock_difference_seconds',
    "What TDP's clock was ahead of this machine's when TDP was asked last",
    ['sync'],
  );
  readonly futureFiles = this.#gauge(
    'future_files',
    'Files that TDP shows with an index time later than any clock',
    ['sync'],
  );
  readonly failing = this.#gauge('failing_files', 'Failed files in the database', ['sync']);
  readonly paused = this.#gauge('paused', '1 while the sync is paused', ['sync']);
  readonly running = this.#gauge('running', '1 while this is under way', ['sync', 'kind']);
  readonly progress = this.#gauge('progress', '0 while /progressz fails for the sync', ['sync']);
  readonly state = this.#gauge('state', '1 for the state in which the sync is', ['sync', 'state']);
  readonly failures = this.#gauge('consecutive_failures', 'Failures in a row', ['sync', 'kind']);
  readonly lastSuccess = this.#gauge(
    'last_success_timestamp_seconds',
    'When this came to its end without an error last',
    ['sync', 'kind'],
  );
  readonly lastSweep = this.#gauge('last_sweep_timestamp_seconds', 'End of the last sweep', [
    'sync',
  ]);
  readonly lastVerify = this.#gauge(
    'last_verify_timestamp_seconds',
    'End of the last verification',
    ['sync'],
  );
  readonly differences = this.#gauge(
    'verify_differences',
    'Differences that the last verification has left',
    ['sync'],
  );
  readonly sinkUp = this.#gauge('sink_up', '1 if the database could be had the last time');
  readonly limit = this.#gauge(
    'concurrency_limit',
    'Files that may be retrieved at once, as of now',
  );
  readonly tokenExpiry = this.#gauge(
    'token_expiry_timestamp_seconds',
    'When the token expires; absent where it does not say',
  );
  readonly reloaded = this.#gauge(
    'config_last_reload_timestamp_seconds',
    'When the config in use was read',
  );
  readonly copiesCurrent = this.#gauge(
    'copies_current',
    '0 while a copy for readers could not be put in place',
  );
  readonly lastEvent = this.#gauge(
    'last_event_timestamp_seconds',
    'When the last event came; 0 before one',
  );
  readonly queueUp = this.#gauge(
    'event_queue_up',
    '1 if the queue of events could be read the last time; absent without one',
  );
  readonly replicas = this.#gauge(
    'replicas',
    'Replicas that share the work, as this one knows; absent without serve.queue',
  );
  readonly leads = this.#gauge('leads', '1 for the replica that decides what is due, else 0');
  readonly standsBy = this.#gauge(
    'stands_by',
    '1 for a replica that does nothing, since another has a newer config, else 0',
  );
  readonly workQueueUp = this.#gauge(
    'work_queue_up',
    '1 if the queue that replicas share could be used the last time',
  );
  readonly slices = this.#gauge('slices_left', 'Slices of the backlog that are left', ['sync']);
  readonly build = this.#gauge('build_info', 'Always 1', ['version']);

  readonly files = this.#counter('files_total', 'Files by what has become of them', [
    ...(['sync', 'outcome'] as const),
  ]);
  readonly fileFailures = this.#counter('file_failures_total', 'Failed files by error code', [
    ...(['sync', 'code'] as const),
  ]);
  readonly bytes = this.#counter('content_bytes_total', 'Content committed, decompressed', [
    'sync',
  ]);
  readonly holes = this.#counter(
    'window_holes_total',
    'Readings of a window after which TDP counted more files than its pages had shown',
    ['sync'],
  );
  readonly sinkRetries = this.#counter(
    'sink_retries_total',
    'Times that the database failed in passing and was asked again',
    ['sync'],
  );
  readonly windows = this.#counter('windows_total', 'Windows proven complete', ['sync']);
  readonly jobs = this.#counter(
    'jobs_total',
    'Runs, retries, sweeps and verifications by outcome',
    [...(['sync', 'kind', 'outcome'] as const)],
  );
  readonly retries = this.#counter('request_retries_total', 'Requests tried again, by class', [
    ...(['kind', 'class'] as const),
  ]);
  readonly requests = this.#counter('requests_total', 'Tries of requests', [
    ...(['kind', 'outcome'] as const),
  ]);
  readonly reloads = this.#counter('config_reloads_total', 'Reloads of the config', ['outcome']);
  readonly published = this.#counter('publications_total', 'Copies for readers', ['outcome']);
  readonly events = this.#counter('events_total', 'Events, by how they came and what for', [
    ...(['via', 'outcome'] as const),
  ]);
  readonly eventFiles = this.#counter(
    'event_files_total',
    'Files that events have named and that TDP shows',
  );
  readonly inFlight = this.#gauge('requests_in_flight', 'Asked of TDP and not answered yet', [
    'kind',
  ]);

  readonly commitSeconds = this.#histogram(
    'commit_duration_seconds',
    'From a full batch to its commit',
    SECONDS,
  );
  readonly batchSeconds = this.#histogram(
    'batch_duration_seconds',
    'From an empty batch to a full one',
    SECONDS,
  );
  readonly batchBytes = this.#histogram('batch_bytes', 'Content of a batch', BYTES);
  readonly jobSeconds = this.#histogram('job_duration_seconds', 'From beginning to end', SECONDS, [
    'sync',
    'kind',
  ]);
  readonly requestSeconds = this.#histogram(
    'request_duration_seconds',
    'From the question to the answer, retries included',
    SECONDS,
    ['kind'],
  );

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.build.set({ version }, 1);
    for (const outcome of ['accepted', 'refused']) this.reloads.inc({ outcome }, 0);
    for (const outcome of ['complete', 'failed']) this.published.inc({ outcome }, 0);
  }

  /** A sync is there from the start, with every count at 0, so that a rate can be told from its first event on. */
  begin(sync: string): void {
    for (const outcome of ['seen', 'known', 'loaded', 'refreshed', 'deleted', 'failed'])
      this.files.inc({ sync, outcome }, 0);
    for (const counter of [this.bytes, this.holes, this.sinkRetries, this.windows])
      counter.inc({ sync }, 0);
  }

  /** A sync that the config does not have any more has no values either. */
  async forget(sync: string): Promise<void> {
    for (const metric of this.registry.getMetricsAsArray()) {
      const labelled = metric as unknown as Labelled;
      for (const { labels } of (await labelled.get()).values) {
        const { le: _bucket, ...own } = labels;
        if (own['sync'] === sync) labelled.remove(own);
      }
    }
  }

  onEvent(event: SyncEvent): void {
    const { sync } = event;
    const count = (outcome: string, files: number): void =>
      this.files.inc({ sync, outcome }, files);
    switch (event.type) {
      case 'page-read':
        count('seen', event.hits);
        count('known', event.known);
        break;
      case 'file-failed':
        this.fileFailures.inc({ sync, code: event.error.code });
        break;
      case 'committed':
        for (const outcome of ['loaded', 'refreshed', 'deleted', 'failed'] as const)
          count(outcome, event[outcome]);
        this.bytes.inc({ sync }, event.bytes);
        this.commitSeconds.observe({ sync }, event.durationMs / 1000);
        this.batchSeconds.observe({ sync }, event.gatheredMs / 1000);
        this.batchBytes.observe({ sync }, event.bytes);
        break;
      case 'window-hole':
        this.holes.inc({ sync });
        break;
      case 'sink-retried':
        this.sinkRetries.inc({ sync });
        break;
      case 'window-closed':
        this.windows.inc({ sync });
        break;
      default:
    }
  }

  onExchange({ kind, outcome, retry }: Exchange): void {
    if (retry === undefined) this.requests.inc({ kind, outcome });
    else this.retries.inc({ kind, class: classOf(retry.error) });
  }

  readonly onRequest: OnRequest = (kind) => {
    this.inFlight.inc({ kind });
    const end = this.requestSeconds.startTimer({ kind });
    return () => {
      this.inFlight.dec({ kind });
      end();
    };
  };

  #gauge<Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ): Gauge<Label> {
    return new Gauge({ name: `tdp_sync_${name}`, help, labelNames, registers: [this.registry] });
  }

  #counter<Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ): Counter<Label> {
    return new Counter({ name: `tdp_sync_${name}`, help, labelNames, registers: [this.registry] });
  }

  #histogram(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly string[] = ['sync'],
  ): Histogram {
    const registers = [this.registry];
    return new Histogram({ name: `tdp_sync_${name}`, help, labelNames, buckets, registers });
  }
}

/** What every kind of metric has. */
interface Labelled {
  get(): Promise<{ readonly values: readonly { readonly labels: Record<string, string> }[] }>;
  remove(labels: Record<string, string>): void;
}

/** Why a request was tried again, as far as it decides what to do. */
function classOf({ status, code, cause }: SyncError): string {
  if (status === 429) return '429';
  if (status !== undefined && status >= 500) return '5xx';
  if (status !== undefined && status >= 400) return '4xx';
  if (typeof cause === 'object' && cause !== null && 'kind' in cause) return String(cause.kind);
  return code.toLowerCase();
}
