import type { Emulator } from '@tdp-sync/emulator';
import { Random } from './random.ts';
import { MINUTE, type Scenario } from './scenario.ts';
import type { Scheduler } from './scheduler.ts';

const CODES = ['AccessDenied', 'InvalidObjectState', 'KMS.DisabledException'] as const;

/** What the storage refuses: some files for ever, and everything for some time. */
export class Refusals {
  readonly #lake: Emulator['lake'];
  readonly #scheduler: Scheduler;
  readonly #scenario: Scenario;
  readonly #random: Random;
  #downUntilMs = 0;

  constructor(lake: Emulator['lake'], scheduler: Scheduler, scenario: Scenario) {
    this.#lake = lake;
    this.#scheduler = scheduler;
    this.#scenario = scenario;
    this.#random = Random.of(scenario.seed, 'refused');
  }

  get isDown(): boolean {
    return this.#scheduler.nowMs < this.#downUntilMs;
  }

  /** A file has come. Tells whether it is refused. */
  strikes(fileId: string): boolean {
    if (!this.#random.chance(this.#scenario.refused)) return false;
    this.#lake.refuse(fileId, this.#random.pick(CODES));
    return true;
  }

  /** Something happens: maybe nothing can be had from now on. */
  act(): void {
    if (this.#random.chance(this.#scenario.outages))
      this.#downUntilMs = this.#scheduler.nowMs + this.#random.int(2, 40) * MINUTE;
  }

  /** All but what is refused for ever can be had again. */
  end(): void {
    this.#downUntilMs = 0;
  }
}
