/** What a client that holds so many requests under way gets out of a server, in simulated time. */
export interface Outcome {
  readonly perSecond: number;
  /** Share of the requests that were refused. */
  readonly refused: number;
}

/** How a server answers a request that comes now. */
export interface Server {
  arrive(nowMs: number): Answer;
  /** An answer has been given. */
  leave?(): void;
}

interface Answer {
  readonly atMs: number;
  readonly isRefused?: boolean;
  readonly retryAfterMs?: number;
}

interface Limit {
  readonly current: number;
  succeeded(durationMs: number): void;
  overloaded(): void;
}

/** Who works, and how it went so far. */
interface Client {
  readonly limit: Limit;
  running: number;
  done: number;
  sent: number;
  refused: number;
}

interface Pending extends Answer {
  readonly client: Client;
  readonly sentMs: number;
  readonly attempt: number;
  readonly isRetry: boolean;
}

type Random = () => number;

/** Lets a client work for a time. The first quarter, in which the limit is found, counts for the refusals only. */
export function work(server: Server, limit: Limit, lengthMs: number, random: Random): Outcome {
  const [outcome] = workTogether(server, [limit], lengthMs, random);
  if (outcome === undefined) throw new RangeError('nobody has worked');
  return outcome;
}

/** Lets several clients work beside one another at the same server, each with a limit of its own. As {@link work}. */
export function workTogether(
  server: Server,
  limits: readonly Limit[],
  lengthMs: number,
  random: Random,
): readonly Outcome[] {
  const pending = new Queue();
  const clients = limits.map((limit) => ({ limit, running: 0, done: 0, sent: 0, refused: 0 }));
  let nowMs = 0;
  const send = (client: Client, attempt: number): void => {
    client.sent += 1;
    pending.push({ ...server.arrive(nowMs), client, sentMs: nowMs, attempt, isRetry: false });
  };
  const fill = (client: Client): void => {
    for (; client.running < client.limit.current; client.running += 1) send(client, 1);
  };
  for (const client of clients) fill(client);
  while (nowMs < lengthMs) {
    const next = pending.pop();
    const { client } = next;
    nowMs = next.atMs;
    if (next.isRetry) {
      send(client, next.attempt);
      continue;
    }
    server.leave?.();
    if (next.isRefused === true) {
      client.refused += 1;
      client.limit.overloaded();
      const backoffMs = Math.min(500 * 2 ** (next.attempt - 1), 20_000) * (0.5 + random() / 2);
      const atMs = nowMs + Math.max(next.retryAfterMs ?? 0, backoffMs);
      const attempt = next.attempt + 1;
      pending.push({ atMs, client, sentMs: nowMs, attempt, isRetry: true });
    } else {
      client.running -= 1;
      if (nowMs > lengthMs / 4) client.done += 1;
      client.limit.succeeded(nowMs - next.sentMs);
    }
    fill(client);
  }
  return clients.map(({ done, refused, sent }) => ({
    perSecond: done / ((lengthMs * 0.75) / 1000),
    refused: refused / sent,
  }));
}

/** As {@link work}, with a fixed number of requests under way. */
export function workFixed(server: Server, current: number, lengthMs: number): Outcome {
  const ignore = (): void => undefined;
  return work(server, { current, succeeded: ignore, overloaded: ignore }, lengthMs, () => 0.5);
}

/** A server that works on so many requests at once; others wait. */
export function queue(random: Random, latencyMs: (nowMs: number) => number, most: number): Server {
  const freeAtMs: number[] = [];
  return {
    arrive: (nowMs) => {
      const isFree = freeAtMs.length < most;
      const slot = isFree ? freeAtMs.length : freeAtMs.indexOf(Math.min(...freeAtMs));
      const startMs = Math.max(nowMs, freeAtMs[slot] ?? 0);
      const atMs = startMs + jittered(random, latencyMs(nowMs));
      freeAtMs[slot] = atMs;
      return { atMs };
    },
  };
}

/** A server that any number of requests find free. */
export function wide(random: Random, latencyMs: number): Server {
  return { arrive: (nowMs) => ({ atMs: nowMs + jittered(random, latencyMs) }) };
}

/** A server that answers so many requests per second, and refuses the others at once. */
export function rated(
  random: Random,
  latencyMs: number,
  perSecond: number,
  retryAfterMs?: number,
): Server {
  const burst = perSecond / 4;
  let tokens = burst;
  let lastMs = 0;
  return {
    arrive: (nowMs) => {
      tokens = Math.min(burst, tokens + ((nowMs - lastMs) * perSecond) / 1000);
      lastMs = nowMs;
      const atMs = nowMs + jittered(random, latencyMs);
      if (tokens >= 1) {
        tokens -= 1;
        return { atMs };
      }
      const refusal = { atMs: nowMs + latencyMs / 5, isRefused: true };
      return retryAfterMs === undefined ? refusal : { ...refusal, retryAfterMs };
    },
  };
}

/** A server that gets the slower, the more it has to do, and refuses all that is too much. */
export function collapsing(random: Random, latencyMs: number, knee: number, most: number): Server {
  let inside = 0;
  return {
    arrive: (nowMs) => {
      inside += 1;
      if (inside > most) return { atMs: nowMs + 5, isRefused: true };
      return { atMs: nowMs + jittered(random, latencyMs * (1 + (inside / knee) ** 3)) };
    },
    leave: () => {
      inside -= 1;
    },
  };
}

/** A server that refuses whatever is more than so many at once, and is no slower for it. */
export function capped(random: Random, latencyMs: number, most: (nowMs: number) => number): Server {
  let inside = 0;
  return {
    arrive: (nowMs) => {
      inside += 1;
      if (inside > most(nowMs)) return { atMs: nowMs + latencyMs / 5, isRefused: true };
      return { atMs: nowMs + jittered(random, latencyMs) };
    },
    leave: () => {
      inside -= 1;
    },
  };
}

/** The same server behind something that lets a share of the requests fail by chance, however much there is to do. */
export function failing(random: Random, share: number, server: Server): Server {
  const leave = (): void => server.leave?.();
  return {
    leave,
    arrive: (nowMs) => {
      const answer = server.arrive(nowMs);
      return random() < share ? { ...answer, isRefused: true } : answer;
    },
  };
}

/** Most answers take about as long as they should, some twice as long. */
function jittered(random: Random, latencyMs: number): number {
  return latencyMs * (0.8 + 0.4 * random() + (random() < 0.05 ? 1 : 0));
}

/** What happens next, earliest first: a binary heap. */
class Queue {
  readonly #heap: Pending[] = [];

  push(item: Pending): void {
    let at = this.#heap.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#time(parent) <= item.atMs) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): Pending {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) throw new RangeError('nothing is pending');
    if (this.#heap.length === 0) return first;
    this.#heap[0] = last;
    for (let at = 0; ; ) {
      const child = 2 * at + 1;
      const least = child + (this.#time(child + 1) < this.#time(child) ? 1 : 0);
      if (this.#time(least) >= this.#time(at)) return first;
      this.#swap(at, least);
      at = least;
    }
  }

  #time(at: number): number {
    return this.#heap[at]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined) return;
    this.#heap[a] = other;
    this.#heap[b] = one;
  }
}

/** Numbers in [0, 1) that follow from the seed (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
