interface Event {
  readonly at: number;
  readonly sequence: number;
  readonly run: () => void;
}

function earlier(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}

/** What will happen once the clock gets there: a binary heap, of equal times the first told first. */
export class Timeline {
  readonly #heap: Event[] = [];
  #sequence = 0;

  /** When the next event is due. */
  get nextAt(): number | undefined {
    return this.#heap[0]?.at;
  }

  at(time: number, run: () => void): void {
    const event = { at: time, sequence: this.#sequence++, run };
    let place = this.#heap.push(event) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.#heap[above];
      if (parent === undefined || earlier(parent, event)) break;
      this.#heap[place] = parent;
      place = above;
    }
    this.#heap[place] = event;
  }

  /** Runs, in order, everything that is due by now. */
  advance(now: number): void {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.at > now) return;
      this.#removeFirst();
      first.run();
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    let place = 0;
    for (;;) {
      const left = this.#heap[2 * place + 1];
      const right = this.#heap[2 * place + 2];
      const rightFirst = right !== undefined && left !== undefined && earlier(right, left);
      const child = rightFirst ? right : left;
      if (child === undefined || earlier(last, child)) break;
      this.#heap[place] = child;
      place = 2 * place + (rightFirst ? 2 : 1);
    }
    this.#heap[place] = last;
  }
}
