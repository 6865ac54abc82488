import type { Scheduler } from './scheduler.ts';

/**
 * A process that runs the engine. It can be killed: then nothing it waits for ever comes, nothing
 * it still does reaches the world, and not even its `finally` blocks run.
 */
export class Process {
  readonly name: string;
  readonly #scheduler: Scheduler;
  dead = false;
  /** Resolves when it is killed. */
  readonly death: Promise<void>;
  #die: () => void = () => undefined;

  constructor(name: string, scheduler: Scheduler) {
    this.name = name;
    this.#scheduler = scheduler;
    this.death = new Promise((resolve) => {
      this.#die = resolve;
    });
    scheduler.processes.add(this);
  }

  /** Waits. Everything that a process does with the world begins and ends with this. */
  step(delayMs: number, label: string, signal?: AbortSignal): Promise<void> {
    if (this.dead) return new Promise(() => undefined);
    return this.#scheduler.wait(delayMs, `${this.name} ${label}`, this, signal);
  }

  /** Kills it here and now. Awaiting the result never ends. */
  kill(label: string): Promise<never> {
    if (!this.dead) this.#scheduler.note(`${this.name} KILLED ${label}`);
    this.dead = true;
    this.#scheduler.drop(this);
    this.#die();
    return new Promise(() => undefined);
  }

  /** It has ended by itself. */
  end(): void {
    this.dead = true;
    this.#scheduler.drop(this);
  }
}
