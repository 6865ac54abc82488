import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import { Violation } from './violation.ts';
import type { Survey, Watch } from './watch.ts';

/** What is wrong with the clocks, while troubles last. */
export interface ClockTroubles {
  /** How far TDP's clock is off in every answer. */
  readonly dateMs: number;
  /** Share of the answers that lie about the time, each by itself, and by how much. */
  readonly lies: number;
  readonly lieMs: number;
  /** How far the machine's clock is off besides, from this share of the time on. */
  readonly localMs: number;
  readonly localFrom: number;
  /** Share of the files that are stamped this much later than it is. */
  readonly futures: number;
  readonly futureMs: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** Within this, the engine takes clocks for equal. */
export const TOLERANCE_MS = 5 * MINUTE;

export const RIGHT: ClockTroubles = {
  ...{ dateMs: 0, lies: 0, lieMs: 0, localMs: 0, localFrom: 0 },
  ...{ futures: 0, futureMs: 2 * YEAR },
};

/** What goes wrong with clocks in a world: mostly nothing, else one thing, or both clocks at once, by days. */
export function randomClocks(random: Random): ClockTroubles {
  const off = random.pick([2 * HOUR, -2 * HOUR, 2 * YEAR, -10 * YEAR, 20 * MINUTE, -4 * MINUTE]);
  const kinds: readonly Partial<ClockTroubles>[] = [
    { dateMs: off },
    { lies: random.pick([0.05, 0.3]), lieMs: off },
    { localMs: random.pick([3 * HOUR, -3 * HOUR, -20 * YEAR]), localFrom: random.next() },
    { futures: 0.05 },
    { dateMs: 3 * DAY, localMs: 3 * DAY },
  ];
  return random.chance(0.4) ? { ...RIGHT, ...random.pick(kinds) } : RIGHT;
}

/** What of a scenario concerns clocks. */
export interface ClockScenario {
  readonly clocks: ClockTroubles;
  /** How far the machine's clock is off, always. */
  readonly localSkewMs: number;
  /** How long troubles last. */
  readonly lengthMs: number;
  readonly switches: { readonly clockSkewMs?: number };
}

/** The clocks of a world: the true one is the scheduler's. */
export class Clocks {
  readonly #scheduler: Scheduler;
  readonly #scenario: ClockScenario;
  readonly #random: Random;
  readonly #startMs: number;
  isRight = false;

  constructor(scheduler: Scheduler, scenario: ClockScenario, random: Random) {
    this.#scheduler = scheduler;
    this.#scenario = scenario;
    this.#random = random;
    this.#startMs = scheduler.nowMs;
  }

  /** What the machine's clock is ahead of the true time. */
  get localOffMs(): number {
    const { localSkewMs, lengthMs, clocks } = this.#scenario;
    const passed = (this.#scheduler.nowMs - this.#startMs) / lengthMs;
    const isOff = !this.isRight && passed >= clocks.localFrom;
    return localSkewMs + (isOff ? clocks.localMs : 0);
  }

  /** The Date header of an answer, as it comes out of TDP or of a proxy before it. */
  date(header: string): string {
    const { dateMs, lies, lieMs } = this.#scenario.clocks;
    if (this.isRight || (dateMs === 0 && lies === 0)) return header;
    const lie = this.#random.chance(lies) ? lieMs : 0;
    return new Date(Date.parse(header) + dateMs + lie).toUTCString();
  }

  /** When a file is stamped that is indexed now; `undefined`: rightly. */
  stampMs(): number | undefined {
    const { futures, futureMs } = this.#scenario.clocks;
    const isWrong = futures > 0 && !this.isRight && this.#random.chance(futures);
    return isWrong ? this.#scheduler.nowMs + futureMs : undefined;
  }

  /** A stamp that is later than this was made by a wrong clock. */
  get endOfTimeMs(): number {
    return this.#scheduler.nowMs + 12 * HOUR;
  }

  /** By how much a watermark may be early: by what both clocks are ahead, or one of them within the tolerance. */
  get leadMs(): number {
    const { clocks, switches } = this.#scenario;
    const date = clocks.dateMs + Math.max(clocks.lieMs, 0) + (switches.clockSkewMs ?? 0);
    const local = this.localOffMs;
    const within = [date, local].filter((offMs) => offMs <= TOLERANCE_MS);
    return Math.max(0, Math.min(date, local), ...within);
  }
}

/** Whether both clocks were further apart than they may be, and by so much more. */
function differ({ dateOffMs, localOffMs }: Survey, moreMs: number): boolean {
  return Math.abs(dateOffMs - localOffMs) > TOLERANCE_MS + moreMs;
}

/** Clocks that differ are told of, and clocks that do not are not. */
export function expectTold({ events, surveys }: Watch, { futures }: ClockTroubles): void {
  const isTold = events.some(({ type }) => type === 'clocks-doubted');
  // A Date is cut to seconds, and an answer takes its time.
  if (!isTold && surveys.length > 0 && surveys.every((one) => differ(one, SECOND)))
    throw new Violation('the clocks differed, and the run has told nobody');
  const isGiven = surveys.some((one) => differ(one, -12 * SECOND));
  if (isTold && !isGiven && futures === 0)
    throw new Violation('the clocks agreed, and the run has said that they do not');
}

/** Whether TDP's clock was so far behind that no run could tell what it shows: by the middle one of three answers at least. */
export function isDateBehind({ surveys }: Watch): boolean {
  const asked = surveys.slice(0, 3);
  const offs = asked.map(({ dateOffMs, localOffMs }) => dateOffMs - localOffMs);
  const middle = offs.sort((a, b) => a - b)[offs.length >> 1] ?? 0;
  return offs.length >= 3 && middle < SECOND - TOLERANCE_MS;
}

/** The time by the earliest of all clocks, at the first question. A Date is cut to seconds. */
export function earliestOf(surveys: readonly Survey[]): number {
  const offs = surveys.flatMap(({ dateOffMs, localOffMs }) => [dateOffMs, localOffMs]);
  return (surveys[0]?.atMs ?? 0) + Math.min(...offs) - SECOND;
}

/** What a run should say that it is behind, by this answer. */
export function behindMs({ newestMs, oldestMs }: Survey, watermarkMs: number | undefined): number {
  if (newestMs === undefined) return 0;
  return Math.max(newestMs + 1 - (watermarkMs ?? oldestMs ?? newestMs), 0);
}
