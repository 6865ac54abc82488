import type { EmulatorRequest, Endpoint } from '../messages.ts';
import { seededRandom } from '../random.ts';

/** What goes wrong. */
export interface Fault {
  /**
   * A status; a connection that is cut (`reset`), never answers (`hang`), ends early (`truncate`) or
   * stops half-way (`stall`); a body that goes on byte by byte (`trickle`); a page of HTML with status 200 (`html`); a search that says `timed_out`
   * or has `failed_shards`, with part of its hits; or an answer that is only `slow`.
   */
  readonly kind:
    | '401'
    | '403'
    | '404'
    | '413'
    | '429'
    | '500'
    | '502'
    | '503'
    | '504'
    | 'reset'
    | 'hang'
    | 'truncate'
    | 'stall'
    | 'trickle'
    | 'html'
    | 'timed_out'
    | 'failed_shards'
    | 'slow';
  /** `Retry-After` of a status. Default: none. */
  readonly retryAfterSeconds?: number;
  /** Where `truncate` and `stall` stop, and `trickle` begins. Default: the middle of the body. */
  readonly afterBytes?: number;
  /** How long `trickle` waits between two bytes. Default 1,000. */
  readonly everyMs?: number;
  /** How long `slow` takes. Default 2,000. */
  readonly delayMs?: number;
}

/** How much the emulator takes at most. */
export interface Limits {
  /** Requests in work at the same time; only over HTTP. Default: no limit. */
  readonly maxConcurrent?: number;
  readonly requestsPerSecond?: number;
  /** Status beyond a limit. Default 429. */
  readonly status?: 429 | 502 | 503;
  /** Default: 1, if the switch `retryAfter` is on. */
  readonly retryAfterSeconds?: number;
  /** What is limited. Default: the API, not the storage. */
  readonly endpoints?: readonly Endpoint[];
}

type Target = Endpoint | 'any';

interface Rule {
  readonly target: Target;
  readonly fault: Fault;
  /** Decides and counts. */
  readonly applies: (request: EmulatorRequest) => boolean;
  readonly spent: () => boolean;
}

function isPartial({ kind }: Fault): boolean {
  return kind === 'timed_out' || kind === 'failed_shards';
}

const API: readonly Endpoint[] = ['search', 'retrieve', 'fileinfo', 'other'];

/** Makes the emulator fail: by chance, by plan, or under too much load. */
export class Faults {
  readonly #random;
  readonly #now: () => number;
  #rules: Rule[] = [];
  #limits: Limits = {};
  #tokens = 0;
  #refilledAt = 0;

  constructor(seed: number, now: () => number) {
    this.#random = seededRandom(seed ^ 0x5eed);
    this.#now = now;
  }

  /** Each request to the target fails with this probability. Returns how to stop it. */
  random(target: Target, fault: Fault, probability: number): () => void {
    return this.#add({
      target,
      fault,
      applies: () => this.#random.next() < probability,
      spent: () => false,
    });
  }

  /** The next requests to the target fail. Several calls line up. */
  next(target: Target, fault: Fault, times = 1): () => void {
    return this.when(target, () => true, fault, times);
  }

  /** The n-th request to the target from now on fails, counted from 1. */
  nth(target: Target, n: number, fault: Fault): () => void {
    let seen = 0;
    return this.#add({ target, fault, applies: () => ++seen === n, spent: () => seen >= n });
  }

  /** Requests to the target that the test picks fail, so many times. */
  when(
    target: Target,
    test: (request: EmulatorRequest) => boolean,
    fault: Fault,
    times: number = Number.POSITIVE_INFINITY,
  ): () => void {
    let left = times;
    const applies = (request: EmulatorRequest): boolean => left > 0 && test(request) && left-- > 0;
    return this.#add({ target, fault, applies, spent: () => left <= 0 });
  }

  /** Sets the limits in place of those before. */
  limit(limits: Limits): void {
    this.#limits = limits;
    this.#tokens = Math.max(limits.requestsPerSecond ?? 0, 1);
    this.#refilledAt = this.#now();
  }

  /** Takes back all faults and limits. */
  clear(): void {
    this.#rules = [];
    this.#limits = {};
  }

  /** What goes wrong with this request, if anything. Counts it. */
  pick(endpoint: Endpoint, request: EmulatorRequest): Fault | undefined {
    if (this.#rules.length === 0) return undefined;
    for (const rule of this.#rules) {
      if (rule.target !== 'any' && rule.target !== endpoint) continue;
      // Only a search can be partial; `any` means every search then.
      if (endpoint !== 'search' && isPartial(rule.fault)) continue;
      if (!rule.applies(request)) continue;
      if (rule.spent()) this.#rules = this.#rules.filter((other) => other !== rule);
      return rule.fault;
    }
    return undefined;
  }

  /** The refusal of a request beyond the limits, if it is. Counts it. */
  overload(endpoint: Endpoint, inFlight: number, retryAfter: boolean): Fault | undefined {
    const limits = this.#limits;
    const { maxConcurrent, requestsPerSecond, status = 429, endpoints = API } = limits;
    if (maxConcurrent === undefined && requestsPerSecond === undefined) return undefined;
    if (!endpoints.includes(endpoint)) return undefined;
    const tooMany = maxConcurrent !== undefined && inFlight > maxConcurrent;
    if (!tooMany && (requestsPerSecond === undefined || this.#takeToken(requestsPerSecond)))
      return undefined;
    const seconds = limits.retryAfterSeconds ?? (retryAfter ? 1 : undefined);
    return { kind: `${status}`, ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }) };
  }

  #takeToken(perSecond: number): boolean {
    const now = this.#now();
    const refill = ((now - this.#refilledAt) / 1000) * perSecond;
    this.#tokens = Math.min(Math.max(perSecond, 1), this.#tokens + Math.max(refill, 0));
    this.#refilledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  #add(rule: Rule): () => void {
    this.#rules.push(rule);
    return () => {
      this.#rules = this.#rules.filter((other) => other !== rule);
    };
  }
}
