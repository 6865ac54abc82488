/** What a replica does now and then. */
export interface Duties {
  /** Says that its tasks are at work. */
  beat(): Promise<void>;
  /** Gives to others what the dead have had. */
  supervise(): Promise<void>;
  /** Removes what nobody needs any more. */
  tidy(): Promise<void>;
}

/** A task that was stopped is noticed within this time, and a little. */
const BEAT_MS = 3_000;
const SUPERVISE_MS = 10_000;
const TIDY_MS = 120_000;
/**
 * Who has just come back to the server, or has just woken up, leaves others so much time to say that they live before it judges them: the
 * server may have been away for all.
 */
const GRACE_MS = 15_000;

/** Does a replica's duties, each in its time. */
export class Pulse {
  readonly #duties: Duties;
  #timer: NodeJS.Timeout;
  #beatAt: number;
  #wellSince: number;
  #supervisedAt: number;
  #tidiedAt: number;
  #isEnded = false;

  constructor(duties: Duties) {
    this.#duties = duties;
    const now = performance.now();
    this.#beatAt = now;
    this.#wellSince = now;
    this.#supervisedAt = now;
    this.#tidiedAt = now;
    this.#timer = this.#later();
  }

  /** The server could not be reached. */
  falter(): void {
    this.#wellSince = performance.now();
  }

  /** Does nothing any more. */
  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
  }

  #later(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#turn()
        .catch(() => this.falter())
        .finally(() => {
          if (!this.#isEnded) this.#timer = this.#later();
        });
    }, BEAT_MS);
  }

  async #turn(): Promise<void> {
    const now = performance.now();
    // This process has slept: its own clock tells nothing of how others are.
    if (now - this.#beatAt > GRACE_MS) this.falter();
    this.#beatAt = now;
    await this.#duties.beat();
    if (now - this.#wellSince < GRACE_MS) return;
    if (now - this.#supervisedAt >= SUPERVISE_MS) {
      this.#supervisedAt = now;
      await this.#duties.supervise();
    }
    if (now - this.#tidiedAt >= TIDY_MS) {
      this.#tidiedAt = now;
      await this.#duties.tidy();
    }
  }
}
