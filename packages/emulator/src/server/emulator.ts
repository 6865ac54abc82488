import type { ApiContext } from '../api/context.ts';
import { Presigner } from '../api/presign.ts';
import { endpointOf, route } from '../api/router.ts';
import { storage } from '../api/storage.ts';
import { type AccessRule, type TokenOptions, Tokens } from '../api/tokens.ts';
import { Lake } from '../lake/lake.ts';
import type { EmulatorRequest, EmulatorResponse, Endpoint } from '../messages.ts';
import { shareOf } from '../random.ts';
import { SearchEngine } from '../search/search.ts';
import { Stats } from '../stats.ts';
import { DEFAULT_SWITCHES, type Switches } from '../switches.ts';
import { applyFault } from './apply-fault.ts';
import { Faults } from './faults.ts';

/** How an emulator is set up. */
export interface EmulatorOptions {
  /** Default `example-lab`. */
  readonly org?: string;
  /** Texts that are accepted as tokens besides those issued. */
  readonly tokens?: readonly string[];
  /** The clock, in milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
  /** The same seed gives the same fileIds, tokens and faults. Default 1. */
  readonly seed?: number;
  readonly switches?: Partial<Switches>;
  /** How long every answer takes, or answers of some endpoints. Default 0. */
  readonly latencyMs?: number | Partial<Readonly<Record<Endpoint, number>>>;
  /** Share of the latency that varies, by a hash of the request. Default 0. */
  readonly latencyJitter?: number;
  /** Where presigned URLs point. Default `https://storage.emulator.invalid`. */
  readonly storageOrigin?: string;
  /** Keep a log of the newest requests in `stats.log`. Default false. */
  readonly keepLog?: boolean;
}

/** An emulated TDP without sockets: a function from request to answer, and its data. */
export interface Emulator {
  readonly org: string;
  readonly lake: Lake;
  readonly faults: Faults;
  readonly stats: Stats;
  readonly switches: Switches;
  /** The token made at the start: it never expires and sees all files. */
  readonly token: string;
  /** Answers a request to the API or the storage. Synchronous, and the same again for the same data, clock and seed. */
  handle(request: EmulatorRequest): EmulatorResponse;
  issueToken(options?: TokenOptions): string;
  /** From now on requests with this token are refused with 401. */
  revoke(token: string): void;
  /** Sets which files a token's user sees; `undefined` is all. */
  restrict(token: string, rule: AccessRule | undefined): void;
}

const DEFAULT_ORG = 'example-lab';

/** The parts behind an emulator that the HTTP server uses directly. */
export class EmulatorCore implements Emulator {
  readonly org: string;
  readonly lake: Lake;
  readonly faults: Faults;
  readonly stats: Stats;
  readonly switches: Switches;
  readonly token: string;
  readonly bucket: string;
  storageOrigin: string;
  readonly #tokens: Tokens;
  readonly #context: ApiContext;
  readonly #now: () => number;
  readonly #latency: EmulatorOptions['latencyMs'];
  readonly #jitter: number;
  #requests = 0;
  #second = Number.NaN;
  #date = '';

  constructor(options: EmulatorOptions) {
    const { org = DEFAULT_ORG, now = Date.now, seed = 1 } = options;
    this.org = org;
    this.bucket = `tdp-${org}-datalake`;
    this.storageOrigin = options.storageOrigin ?? 'https://storage.emulator.invalid';
    this.switches = { ...DEFAULT_SWITCHES, ...options.switches };
    this.lake = new Lake({ org, bucket: this.bucket, seed, now, switches: this.switches });
    this.faults = new Faults(seed, now);
    this.stats = new Stats(options.keepLog ?? false);
    this.#tokens = new Tokens(org, seed, now);
    this.token = this.#tokens.issue();
    for (const token of options.tokens ?? []) this.#tokens.accept(token);
    this.#now = now;
    this.#latency = options.latencyMs;
    this.#jitter = options.latencyJitter ?? 0;
    this.#context = {
      org,
      now,
      lake: this.lake,
      engine: new SearchEngine(this.lake.index, org, this.switches),
      tokens: this.#tokens,
      presigner: new Presigner(seed),
      switches: this.switches,
      storageOrigin: () => this.storageOrigin,
    };
  }

  issueToken(options: TokenOptions = {}): string {
    return this.#tokens.issue(options);
  }

  revoke(token: string): void {
    this.#tokens.revoke(token);
  }

  restrict(token: string, rule: AccessRule | undefined): void {
    this.#tokens.restrict(token, rule);
    this.lake.index.touch();
  }

  handle(request: EmulatorRequest): EmulatorResponse {
    const path = request.url.startsWith('/')
      ? request.url
      : request.url.replace(/^\w+:\/\/[^/]*/, '');
    const given = path === request.url ? request : { ...request, url: path };
    const isStorage = this.lake.buckets.has(path.split('/', 2)[1] ?? '');
    return isStorage ? this.handleStorage(given) : this.handleApi(given);
  }

  /** Answers a request to the API; so many are in work, this one included. */
  handleApi(request: EmulatorRequest, inFlight = 0): EmulatorResponse {
    const good = (): EmulatorResponse => route(request, this.#context);
    return this.#answer(endpointOf(request.url), request, inFlight, good);
  }

  /** Answers a request to the storage. */
  handleStorage(request: EmulatorRequest, inFlight = 0): EmulatorResponse {
    return this.#answer('storage', request, inFlight, () => storage(request, this.#context));
  }

  /** The `Date` header of this moment. */
  get date(): string {
    const second = Math.floor((this.#now() + this.switches.clockSkewMs) / 1000);
    if (second !== this.#second) this.#date = new Date(second * 1000).toUTCString();
    this.#second = second;
    return this.#date;
  }

  #answer(
    endpoint: Endpoint,
    request: EmulatorRequest,
    inFlight: number,
    good: () => EmulatorResponse,
  ): EmulatorResponse {
    this.lake.settle();
    const { retryAfter } = this.switches;
    const fault =
      this.faults.overload(endpoint, inFlight, retryAfter) ?? this.faults.pick(endpoint, request);
    const response =
      fault === undefined
        ? good()
        : applyFault(fault, good, { storage: endpoint === 'storage', retryAfter });
    if (fault !== undefined) this.stats.faults++;
    response.headers['date'] = this.date;
    const requestId = request.headers['ts-request-id'];
    if (requestId !== undefined && endpoint !== 'storage')
      response.headers['ts-request-id'] = requestId;
    this.stats.count(endpoint, request, response, this.#now());
    const delay = this.#delay(endpoint, request) + (response.delayMs ?? 0);
    return delay > 0 ? { ...response, delayMs: delay } : response;
  }

  #delay(endpoint: Endpoint, request: EmulatorRequest): number {
    const latency = this.#latency ?? 0;
    const base = typeof latency === 'number' ? latency : (latency[endpoint] ?? 0);
    if (base === 0 || this.#jitter === 0) return base;
    return base * (1 + this.#jitter * (2 * shareOf(request.url, this.#requests++) - 1));
  }
}

/** Makes an emulator without sockets. */
export function createEmulator(options: EmulatorOptions = {}): Emulator {
  return new EmulatorCore(options);
}
