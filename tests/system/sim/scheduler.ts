import { Violation } from './violation.ts';

/** Whose waiting can be dropped as a whole. */
export interface Owner {
  readonly name: string;
}

interface Ticket {
  readonly atMs: number;
  readonly sequence: number;
  readonly label: string;
  readonly owner: Owner | undefined;
  readonly wake: () => void;
}

/** Whoever has made more steps than this without an end never will. */
const MOST_STEPS = 400_000;
const TRACE_LENGTH = 20_000;

/**
 * Virtual time. Whatever waits in the simulation waits here, and only one of those who wait goes on at
 * a time: the one whose moment comes first. When that is follows from the seed, so that a seed
 * fixes the interleaving of everything.
 */
export class Scheduler {
  nowMs: number;
  steps = 0;
  /** The newest lines of what happened. */
  readonly trace: string[] = [];
  readonly processes = new Set<Owner>();
  /** Looks at the world after each step. */
  observe: () => void = () => undefined;
  /** A hash over all lines of the trace: two simulations that agree in it were the same. */
  fingerprint = 0;
  #queue: Ticket[] = [];
  #sequence = 0;
  #failure: unknown;
  readonly #startMs: number;
  readonly #mostSteps: number;

  constructor(startMs: number, mostSteps: number = MOST_STEPS) {
    this.#mostSteps = mostSteps;
    this.nowMs = startMs;
    this.#startMs = startMs;
  }

  /** Resolves when so much time has passed; rejects with the signal's reason when it is aborted first. */
  wait(delayMs: number, label: string, owner?: Owner, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      const abort = (): void => {
        this.#queue = this.#queue.filter((other) => other !== ticket);
        reject(signal?.reason);
      };
      this.#sequence += 1;
      const ticket: Ticket = {
        atMs: this.nowMs + Math.max(delayMs, 0),
        sequence: this.#sequence,
        label,
        owner,
        wake: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#insert(ticket);
    });
  }

  /** What waits for this process will never come. */
  drop(owner: Owner): void {
    this.#queue = this.#queue.filter((ticket) => ticket.owner !== owner);
    this.processes.delete(owner);
  }

  note(line: string): void {
    const time = ((this.nowMs - this.#startMs) / 1000).toFixed(3).padStart(10);
    const text = `${time}  ${line}`;
    for (let at = 0; at < text.length; at += 1)
      this.fingerprint = (Math.imul(this.fingerprint, 31) + text.charCodeAt(at)) | 0;
    this.trace.push(text);
    if (this.trace.length > TRACE_LENGTH) this.trace.splice(0, TRACE_LENGTH / 2);
  }

  /** Ends the simulation with an error, wherever it is noticed. */
  fail(error: unknown): void {
    this.#failure ??= error;
  }

  /** Lets time pass until the work is done. */
  async run<T>(work: Promise<T>): Promise<T> {
    let ended: { value: T } | undefined;
    work.then(
      (value) => {
        ended = { value };
      },
      (error: unknown) => this.fail(error),
    );
    while (true) {
      await quiet();
      this.observe();
      if (this.#failure !== undefined) throw this.#failure;
      if (ended !== undefined) return ended.value;
      this.#expectProgress();
      this.#next();
    }
  }

  #next(): void {
    const ticket = this.#queue.shift();
    if (ticket === undefined) throw new Violation('everything waits and nothing can happen');
    this.steps += 1;
    if (this.steps > this.#mostSteps) throw new Violation(`no end after ${this.#mostSteps} steps`);
    this.nowMs = ticket.atMs;
    this.note(ticket.label);
    ticket.wake();
  }

  #expectProgress(): void {
    for (const process of this.processes) {
      if (this.#queue.some((ticket) => ticket.owner === process)) continue;
      throw new Violation(`${process.name} hangs: it waits, but for nothing that can happen`);
    }
  }

  #insert(ticket: Ticket): void {
    let low = 0;
    let high = this.#queue.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#queue[middle];
      if (other !== undefined && other.atMs <= ticket.atMs) low = middle + 1;
      else high = middle;
    }
    this.#queue.splice(low, 0, ticket);
  }
}

/** Resolves once every promise that can go on has gone on. No timer and no I/O is under way here. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
