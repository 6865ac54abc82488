import type { Clock } from '@tdp-sync/core';
import { type Queue, QueueError, type Taken } from '@tdp-sync/queue';
import { MemoryQueue } from '@tdp-sync/queue/memory';
import { pino } from 'pino';
import type { Crew } from '../../../apps/cli/src/serve/crew/crew.ts';
import type { Service } from '../../../apps/cli/src/serve/service.ts';
import type { Process } from '../sim/process.ts';
import type { Random } from '../sim/random.ts';
import type { Scheduler } from '../sim/scheduler.ts';

/** A task in the hands of a replica, from when to when. */
export interface Turn {
  readonly queue: 'lanes' | 'slices';
  readonly key: string;
  readonly data: { readonly kind: string };
  readonly replica: string;
  readonly fromMs: number;
  toMs: number | undefined;
}

/** What shares the queues, and how. */
export interface SiteQueuesOptions {
  /** As it is, or a deliberately wrong copy. */
  readonly crew: typeof Crew;
  /** How often replicas look; each look costs steps of the simulation. Default 20,000. */
  readonly lookMs?: number;
  readonly sliceFiles?: number;
}

/** The queues that replicas share, some milliseconds away from each, in virtual time. */
export class SiteQueues {
  readonly lanes: MemoryQueue;
  readonly slices: MemoryQueue;
  /** Nobody can reach them. */
  isAway = false;
  /** Some of what is dealt out is lost. */
  isLossy = false;
  /** Everything that was taken, in order. */
  readonly turns: Turn[] = [];
  readonly #sliceFiles: number;
  readonly #lookMs: number;
  readonly #crew: typeof Crew;
  readonly #scheduler: Scheduler;
  readonly #random: Random;

  constructor(
    scheduler: Scheduler,
    random: Random,
    { crew, lookMs = 20_000, sliceFiles = 100_000 }: SiteQueuesOptions,
  ) {
    this.#crew = crew;
    this.#scheduler = scheduler;
    this.#random = random;
    this.#lookMs = lookMs;
    this.#sliceFiles = sliceFiles;
    const now = (): number => scheduler.nowMs;
    this.lanes = new MemoryQueue(now);
    this.slices = new MemoryQueue(now);
  }

  /** A replica comes in. When its process is killed, that is known after a while. */
  join(service: Service, process: Process, clock: Clock, signal: AbortSignal): Crew {
    const id = process.name;
    void process.death.then(() => this.#die(id));
    const crew = new this.#crew(service, {
      ...{ clock, id, name: id, signal, log: pino({ level: 'silent' }) },
      sliceFiles: this.#sliceFiles,
      lookMs: this.#lookMs,
      openQueues: async () => ({
        lanes: this.#far(this.lanes.join(id), 'lanes', process),
        slices: this.#far(this.slices.join(id), 'slices', process),
      }),
    });
    crew.begin();
    return crew;
  }

  async #die(id: string): Promise<void> {
    for (const queue of [this.lanes, this.slices]) queue.die(id);
    await this.#scheduler.wait(this.#random.int(5000, 60_000), 'a death becomes known');
    for (const queue of [this.lanes, this.slices]) queue.leave(id);
  }

  #far(queue: Queue, name: Turn['queue'], process: Process): Queue {
    const way = async (): Promise<void> => {
      await process.step(this.#random.int(1, 40), 'asks the queue');
      if (this.isAway) throw new QueueError('QUEUE_UNAVAILABLE', 'the queue is away');
    };
    const far = async <T>(request: () => Promise<T>): Promise<T> => {
      await way();
      const answer = await request();
      await way();
      return answer;
    };
    const turns = new Map<Taken, Turn>();
    return {
      schedule: (task) =>
        far(async () => (this.isLossy && this.#random.chance(0.5)) || queue.schedule(task)),
      take: async (signal) => {
        await way();
        const taken = await queue.take(signal);
        const { key } = taken;
        const data = taken.data as unknown as Turn['data'];
        const turn: Turn = {
          ...{ queue: name, key, data, replica: process.name },
          ...{ fromMs: this.#scheduler.nowMs, toMs: undefined },
        };
        turns.set(taken, turn);
        this.turns.push(turn);
        await process.step(this.#random.int(1, 40), 'is given a task');
        return taken;
      },
      done: async (taken, result) => {
        const turn = turns.get(taken);
        if (turn !== undefined) turn.toMs = this.#scheduler.nowMs;
        await far(() => queue.done(taken, result));
      },
      stop: (key) => far(() => queue.stop(key)),
      look: (says) => far(() => queue.look(says)),
      note: (noteName, value) => far(() => queue.note(noteName, value)),
      [Symbol.asyncDispose]: async () => queue[Symbol.asyncDispose](),
    };
  }
}
