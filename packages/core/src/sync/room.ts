/** What something under way holds of a {@link Room}. */
export interface Holder {
  /** Its place in the order. */
  readonly number: number;
  bytes: number;
}

interface Waiting {
  readonly holder: Holder;
  readonly bytes: number;
  readonly go: () => void;
}

/**
 * Memory for what is under way, which takes from it as it grows. Who finds it full waits until others have given some back,
 * in order; but the first never waits, since all others wait behind it.
 */
export class Room {
  readonly #most: number;
  #held = 0;
  #first: Holder | undefined;
  #waiting: Waiting[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  get isFull(): boolean {
    return this.#held >= this.#most;
  }

  /** Now this one is the first. */
  set first(holder: Holder | undefined) {
    this.#first = holder;
    this.#serve();
  }

  /** So much it holds now, whether there is room or not, and waits for no more. */
  set(holder: Holder, bytes: number): void {
    if (this.#waiting.length > 0) this.#withdraw(holder);
    this.#held += bytes - holder.bytes;
    holder.bytes = bytes;
    this.#serve();
  }

  /** So much it would hold. What is given, if anything, resolves when it may. */
  grow(holder: Holder, bytes: number): Promise<void> | undefined {
    if (this.#fits(holder, bytes)) {
      this.set(holder, bytes);
      return undefined;
    }
    return new Promise((go) => {
      this.#waiting.push({ holder, bytes, go });
      this.#waiting.sort((one, other) => one.holder.number - other.holder.number);
    });
  }

  /** Nobody waits any more. */
  open(): void {
    for (const { go } of this.#waiting.splice(0)) go();
  }

  #withdraw(holder: Holder): void {
    const own = this.#waiting.filter((one) => one.holder === holder);
    this.#waiting = this.#waiting.filter((one) => one.holder !== holder);
    for (const { go } of own) go();
  }

  #fits(holder: Holder, bytes: number): boolean {
    const more = bytes - holder.bytes;
    return more <= 0 || this.#held + more <= this.#most || holder === this.#first;
  }

  #serve(): void {
    for (
      let next = this.#waiting[0];
      next !== undefined && this.#fits(next.holder, next.bytes);
      next = this.#waiting[0]
    ) {
      this.#waiting.shift();
      this.#held += next.bytes - next.holder.bytes;
      next.holder.bytes = next.bytes;
      next.go();
    }
  }
}
