import type { EmulatorRequest, EmulatorResponse, Endpoint } from './messages.ts';

/** One request in the log. */
export interface LoggedRequest {
  readonly endpoint: Endpoint;
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly at: number;
  /** TDP's own tracing header, as the client sent it. */
  readonly requestId: string | undefined;
  /** Names only: values may be secrets. */
  readonly headerNames: readonly string[];
  /** How the connection misbehaved, if it did. */
  readonly connection: EmulatorResponse['connection'];
}

const CREDENTIALS = ['ts-auth-token', 'authorization', 'x-org-slug', 'cookie'];
const LOG_LENGTH = 10_000;

/** Counts what happened since the start or the last reset. */
export class Stats {
  searches = 0;
  retrieves = 0;
  /** Downloads from the storage that were answered with content. */
  downloads = 0;
  fileinfo = 0;
  /** Bytes of all bodies answered, as they went over the wire. */
  bytes = 0;
  /** Bytes of the bodies that the storage answered. */
  downloadedBytes = 0;
  /** Requests to the storage that carried credentials of the API, which must stay 0. */
  leakedCredentials = 0;
  /** Requests that a fault or limit answered. */
  faults = 0;
  inFlight = 0;
  maxInFlight = 0;
  readonly byStatus: Map<number, number> = new Map();
  /** The newest requests, if {@link keepLog} is on: at most 10,000. */
  log: LoggedRequest[] = [];
  keepLog: boolean;

  constructor(keepLog: boolean) {
    this.keepLog = keepLog;
  }

  /** Starts counting anew. */
  reset(): void {
    this.searches = this.retrieves = this.downloads = this.fileinfo = 0;
    this.bytes = this.downloadedBytes = this.leakedCredentials = this.faults = 0;
    this.maxInFlight = this.inFlight;
    this.byStatus.clear();
    this.log = [];
  }

  /** Counts one request and its answer. */
  count(
    endpoint: Endpoint,
    request: EmulatorRequest,
    response: EmulatorResponse,
    at: number,
  ): void {
    if (endpoint === 'search') this.searches++;
    else if (endpoint === 'retrieve') this.retrieves++;
    else if (endpoint === 'fileinfo') this.fileinfo++;
    else if (endpoint === 'storage') this.#countDownload(request, response);
    this.bytes += response.body.length;
    this.byStatus.set(response.status, (this.byStatus.get(response.status) ?? 0) + 1);
    if (this.keepLog) this.#write(endpoint, request, response, at);
  }

  #countDownload(request: EmulatorRequest, response: EmulatorResponse): void {
    if (CREDENTIALS.some((name) => request.headers[name] !== undefined)) this.leakedCredentials++;
    if (response.status >= 300 || response.body.length === 0) return;
    this.downloads++;
    this.downloadedBytes += response.body.length;
  }

  #write(
    endpoint: Endpoint,
    request: EmulatorRequest,
    response: EmulatorResponse,
    at: number,
  ): void {
    if (this.log.length >= LOG_LENGTH) this.log.splice(0, LOG_LENGTH / 10);
    this.log.push({
      endpoint,
      method: request.method,
      url: request.url,
      status: response.status,
      at,
      requestId: request.headers['ts-request-id'],
      headerNames: Object.keys(request.headers),
      connection: response.connection,
    });
  }
}
