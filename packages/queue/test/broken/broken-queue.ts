import type { Json, Queue, QueueView, Taken, Task } from '../../src/index.ts';
import type { MemoryWorld, Opening } from '../memory-harness.ts';

/** What a fault sees of the queue that it spoils. */
export interface Inside {
  readonly world: MemoryWorld;
  readonly service: string;
  readonly replica: string;
  /** The right queue of this replica. */
  readonly right: Queue;
  /** The right queue of any other. */
  readonly as: (replica: string) => Queue;
  /** What replicas of one test have in common. */
  readonly shared: Shared;
}

/** Room for what a fault has to remember. */
export interface Shared {
  readonly keys: Map<string, string>;
  readonly tasks: Map<string, Taken>;
  readonly counts: Map<string, number>;
  readonly waiting: Set<string>;
}

/** The methods of a queue that are wrong. Those that are left out are right. */
export interface Faults {
  schedule?(task: Task): Promise<boolean>;
  take?(signal: AbortSignal): Promise<Taken>;
  done?(taken: Taken, result: Json): Promise<void>;
  stop?(key: string): Promise<void>;
  look?(says: Json): Promise<QueueView>;
  note?(name: string, value: Json): Promise<void>;
  leave?(): Promise<void>;
}

/** One thing that an outsider may get wrong, and the case that must say so. */
export interface Defect {
  readonly name: string;
  /** The name of a case of the suite. */
  readonly caughtBy: string;
  readonly faults: (inside: Inside) => Faults;
  /** What becomes of a death. Left out: all that should. */
  readonly dying?: (world: MemoryWorld, replica: string) => void;
}

/** Opens queues in memory that are wrong in one thing. */
export function broken({ faults }: Defect): Opening {
  const worlds = new WeakMap<MemoryWorld, Shared>();
  return (world, service, replica) => {
    const shared = worlds.get(world) ?? {
      ...{ keys: new Map(), tasks: new Map(), counts: new Map(), waiting: new Set() },
    };
    worlds.set(world, shared);
    const right = world.of(service).join(replica);
    const as = (other: string): Queue => world.of(service).join(other);
    const wrong = faults({ world, service, replica, right, as, shared });
    return {
      schedule: (task) => (wrong.schedule ?? right.schedule)(task),
      take: (signal) => (wrong.take ?? right.take)(signal),
      done: (taken, result) => (wrong.done ?? right.done)(taken, result),
      stop: (key) => (wrong.stop ?? right.stop)(key),
      look: (says) => (wrong.look ?? right.look)(says),
      note: (name, value) => (wrong.note ?? right.note)(name, value),
      [Symbol.asyncDispose]: () => wrong.leave?.() ?? right[Symbol.asyncDispose](),
    };
  };
}
