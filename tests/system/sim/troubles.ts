import type { Fault } from '@tdp-sync/emulator';
import type { Random } from './random.ts';

/** What happens between the engine and its surroundings, as far as trouble can be made there. */
export const HTTP_EVENTS = ['survey', 'page', 'retrieve', 'storage', 'fileinfo'] as const;
export const SINK_EVENTS = [
  'readState',
  'documents',
  'rows',
  'begin',
  'stage',
  'commit',
  'release',
] as const;
export type HttpEvent = (typeof HTTP_EVENTS)[number];
export type SinkEvent = (typeof SINK_EVENTS)[number];
export type ProtocolEvent = HttpEvent | SinkEvent | 'credentials' | 'sleep';

/** Trouble that any event can meet. */
export const PROCESS_TROUBLES = ['kill-before', 'kill-after', 'stop'] as const;
/** The token is refused from now on; `locked-out`: a new one comes only after some minutes. */
const TOKEN_TROUBLES = ['token-renewed', 'locked-out'] as const;
const STATUSES = ['401', '403', '404', '413', '429', '500', '502', '503', '504'] as const;
const CONNECTION = ['reset', 'hang', 'truncate', 'stall', 'html', 'slow'] as const;
const PARTIAL = ['timed_out', 'failed_shards'] as const;
/** Answers that come drop by drop, and contents that come steadily and never end. */
const SLOW = ['trickle'] as const;
const ENDLESS = ['endless'] as const;
/** What databases do. `lost`: done, but the answer is an error; `late`: an error first, done afterwards. */
const SINK_TROUBLES = ['kill-within', 'unavailable', 'refused'] as const;
const COMMIT_TROUBLES = ['lost', 'late'] as const;

export type Trouble =
  | (typeof PROCESS_TROUBLES)[number]
  | (typeof TOKEN_TROUBLES)[number]
  | Fault['kind']
  | (typeof ENDLESS)[number]
  | (typeof SINK_TROUBLES)[number]
  | (typeof COMMIT_TROUBLES)[number];

/** Every trouble that an event can meet. */
export function troublesOf(event: ProtocolEvent): readonly Trouble[] {
  if (event === 'survey' || event === 'page')
    return [
      ...PROCESS_TROUBLES,
      ...TOKEN_TROUBLES,
      ...STATUSES,
      ...CONNECTION,
      ...PARTIAL,
      ...SLOW,
    ];
  if (event === 'fileinfo')
    return [...PROCESS_TROUBLES, ...TOKEN_TROUBLES, ...STATUSES, ...CONNECTION, ...SLOW];
  if (event === 'retrieve')
    return [
      ...PROCESS_TROUBLES,
      ...TOKEN_TROUBLES,
      ...STATUSES,
      ...CONNECTION,
      ...SLOW,
      ...ENDLESS,
    ];
  if (event === 'storage')
    return [...PROCESS_TROUBLES, ...STATUSES, ...CONNECTION, ...SLOW, ...ENDLESS];
  if (event === 'credentials' || event === 'sleep') return PROCESS_TROUBLES;
  if (event === 'commit') return [...PROCESS_TROUBLES, ...SINK_TROUBLES, ...COMMIT_TROUBLES];
  if (event === 'release') return PROCESS_TROUBLES;
  return [...PROCESS_TROUBLES, ...SINK_TROUBLES];
}

/** Troubles that are only what a server or a network does, and not the process or the token. */
export function isHttpFault(trouble: Trouble): trouble is Fault['kind'] {
  return isQuickFault(trouble) || isOneOf(SLOW, trouble);
}

function isQuickFault(trouble: Trouble): boolean {
  return isOneOf([...STATUSES, ...CONNECTION, ...PARTIAL], trouble);
}

function isOneOf(troubles: readonly string[], trouble: Trouble): boolean {
  return troubles.includes(trouble);
}

/** One trouble at one occurrence of an event, counted from 1 over the whole simulation. */
export interface PlannedTrouble {
  readonly event: ProtocolEvent;
  readonly nth: number;
  readonly trouble: Trouble;
  /** How many occurrences in a row. Default 1. */
  readonly times?: number;
}

/** Shares of the events that meet trouble by chance. */
export interface TroubleRates {
  readonly http: number;
  readonly sink: number;
  readonly kill: number;
  readonly stop: number;
  readonly token: number;
  /** Of the answers that nothing else meets, those that come drop by drop or never end. */
  readonly slow: number;
}

export const NO_TROUBLE: TroubleRates = { http: 0, sink: 0, kill: 0, stop: 0, token: 0, slow: 0 };

/** Decides what goes wrong when. */
export class Troubles {
  readonly #planned: readonly PlannedTrouble[];
  readonly #rates: TroubleRates;
  readonly #random: Random;
  /** For what is slow, so that all else stays what it is without. */
  readonly #slow: Random;
  /** How often each event has happened. */
  readonly counts = new Map<ProtocolEvent, number>();
  isOver = false;
  made = 0;

  constructor(
    planned: readonly PlannedTrouble[],
    rates: TroubleRates,
    random: Random,
    slow: Random,
  ) {
    this.#planned = planned;
    this.#rates = rates;
    this.#random = random;
    this.#slow = slow;
  }

  /** From now on everything works. */
  end(): void {
    this.isOver = true;
  }

  /** What this occurrence of the event meets, if anything. */
  next(event: ProtocolEvent): Trouble | undefined {
    if (this.isOver) return undefined;
    const count = (this.counts.get(event) ?? 0) + 1;
    this.counts.set(event, count);
    const plan = this.#planned.find(
      (planned) =>
        planned.event === event &&
        count >= planned.nth &&
        count < planned.nth + (planned.times ?? 1),
    );
    const trouble = plan?.trouble ?? this.#byChance(event) ?? this.#slowly(event);
    if (trouble !== undefined) this.made += 1;
    return trouble;
  }

  #byChance(event: ProtocolEvent): Trouble | undefined {
    const { http, sink, kill, stop, token } = this.#rates;
    if (this.#random.chance(kill)) return this.#random.pick(['kill-before', 'kill-after']);
    if (this.#random.chance(stop)) return 'stop';
    const possible = troublesOf(event);
    const isHttp = (HTTP_EVENTS as readonly string[]).includes(event);
    if (isHttp && this.#random.chance(http))
      return this.#random.pick(possible.filter(isQuickFault));
    if (possible.includes('locked-out') && this.#random.chance(token))
      return this.#random.pick(TOKEN_TROUBLES);
    const own = [...SINK_TROUBLES, ...COMMIT_TROUBLES].filter((one) => possible.includes(one));
    if (own.length > 0 && this.#random.chance(sink)) return this.#random.pick(own);
    return undefined;
  }

  #slowly(event: ProtocolEvent): Trouble | undefined {
    if (!this.#slow.chance(this.#rates.slow)) return undefined;
    const possible = troublesOf(event).filter((one) => isOneOf([...SLOW, ...ENDLESS], one));
    return possible.length === 0 ? undefined : this.#slow.pick(possible);
  }
}
