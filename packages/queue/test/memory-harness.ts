import type { QueueHarness } from '../src/conformance/index.ts';
import type { Queue } from '../src/index.ts';
import { MemoryQueue } from '../src/memory/index.ts';

/** The queues in memory of one test, by the names of their services, and a clock that only the test moves. */
export class MemoryWorld {
  readonly name = 'lab';
  readonly #queues = new Map<string, MemoryQueue>();
  #nowMs = 1_000_000;

  /** The queue of a service. */
  of(service: string): MemoryQueue {
    const queue = this.#queues.get(service) ?? new MemoryQueue(() => this.#nowMs);
    this.#queues.set(service, queue);
    return queue;
  }

  /** Moves the clock. */
  pass(ms: number): void {
    this.#nowMs += ms;
  }
}

/** What a case is given in place of a queue in memory. */
export type Opening = (world: MemoryWorld, service: string, replica: string) => Queue;

/** Tries queues in memory. */
export function memoryHarness(
  opening: Opening = (world, service, replica) => world.of(service).join(replica),
  dying: (world: MemoryWorld, replica: string) => void = (world, replica) =>
    world.of(world.name).leave(replica),
): Required<QueueHarness> {
  const fresh = async () => {
    const world = new MemoryWorld();
    return {
      name: world.name,
      open: async (replica: string) => opening(world, world.name, replica),
      openOther: async (service: string, replica: string) => opening(world, service, replica),
      kill: async (replica: string) => dying(world, replica),
      wake: async () => undefined,
      pass: async (ms: number) => world.pass(ms),
      [Symbol.asyncDispose]: async () => undefined,
    };
  };
  return { fresh, freshMortal: fresh, freshTimed: fresh };
}
