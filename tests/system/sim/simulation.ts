import type { Engine } from './engine.ts';
import { Historian } from './historian.ts';
import { Observer } from './observer.ts';
import { runOnce } from './one-run.ts';
import { Oracle } from './oracle.ts';
import { Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import { settle } from './settle.ts';
import { Violation } from './violation.ts';
import type { Kind } from './watch.ts';
import { World } from './world.ts';

/** What came of a simulation. */
export interface Outcome {
  readonly violation: string | undefined;
  readonly trace: readonly string[];
  readonly fingerprint: number;
  readonly counts: Readonly<Record<string, number>>;
  /** How often each event of the protocol happened while there could be trouble. */
  readonly events: Readonly<Record<string, number>>;
}

/** Lets a scenario happen and tells whether the engine kept its promises. */
export async function simulate(scenario: Scenario, engine: Engine): Promise<Outcome> {
  const world = new World(scenario, engine);
  const observer = new Observer(world);
  const oracle = new Oracle(world);
  const historian = new Historian(world);
  world.scheduler.observe = () => observer.look();
  world.onCommitted = (by) => {
    oracle.committed(by);
    historian.committed(by);
  };
  world.onEnded = (runner, end) => oracle.judge(runner, end);
  let violation: string | undefined;
  try {
    await world.scheduler.run(live(world));
  } catch (error) {
    violation = error instanceof Violation ? error.message : describe(error);
  }
  const { scheduler, troubles, lab, emulator, counts } = world;
  return {
    violation,
    trace: scheduler.trace,
    fingerprint: scheduler.fingerprint,
    events: Object.fromEntries(troubles.counts),
    counts: {
      ...counts,
      steps: scheduler.steps,
      troubles: troubles.made,
      looks: observer.looks,
      history: historian.lines,
      acts: lab.acts,
      searches: emulator.stats.searches,
      retrieves: emulator.stats.retrieves,
    },
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function live(world: World): Promise<void> {
  const { scheduler, scenario, lab } = world;
  lab.open();
  const untilMs = scheduler.nowMs + scenario.lengthMs;
  const names = scenario.runners === 2 ? ['A', 'B'] : ['A'];
  const machines = names.map((name) => keepRunning(world, name, untilMs));
  await Promise.all([lab.work(untilMs), ...machines]);
  await settle(world);
}

/** One machine that runs the engine again and again. */
async function keepRunning(world: World, name: string, untilMs: number): Promise<void> {
  const { scheduler, scenario } = world;
  const random = Random.of(scenario.seed, `runner ${name}`);
  for (let number = 1; ; number += 1) {
    await scheduler.wait(random.wait(scenario.runEveryMs), `cron ${name}`);
    if (scheduler.nowMs > untilMs) return;
    await runOnce(world, `${name}${number}`, kindOf(scenario, random));
  }
}

function kindOf({ sweeps, verifies, backfills }: Scenario, random: Random): Kind {
  if (backfills > 0 && random.chance(backfills)) return 'backfill';
  if (random.chance(sweeps)) return 'sweep';
  if (verifies > 0 && random.chance(verifies)) return random.pick(['verify', 'repair']);
  return 'sync';
}
