import type { RunReport, SweepReport, SyncOptions } from '@tdp-sync/core';
import type { Engine } from './engine.ts';
import { network } from './network.ts';
import { Random } from './random.ts';
import { DAY, MINUTE, type Scenario } from './scenario.ts';
import { simTransform } from './transform.ts';
import { expectRetried, expectTruth } from './truth.ts';
import { Violation } from './violation.ts';
import { Runner, SYNC, World } from './world.ts';

/** What came of a simulation. */
export interface Outcome {
  readonly violation: string | undefined;
  readonly trace: readonly string[];
  readonly fingerprint: number;
  readonly counts: Readonly<Record<string, number>>;
  /** How often each event of the protocol happened while there could be trouble. */
  readonly events: Readonly<Record<string, number>>;
}

type End = { readonly report: RunReport | SweepReport } | { readonly error: unknown } | 'killed';

/** Lets a scenario happen and tells whether the engine kept its promises. */
export async function simulate(scenario: Scenario, engine: Engine): Promise<Outcome> {
  const world = new World(scenario, engine);
  const counts = { runs: 0, sweeps: 0, killed: 0, failed: 0 };
  let violation: string | undefined;
  try {
    await world.scheduler.run(live(world, counts));
  } catch (error) {
    violation = error instanceof Violation ? error.message : describe(error);
  }
  const { scheduler, troubles, observer, lab, emulator } = world;
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
      acts: lab.acts,
      searches: emulator.stats.searches,
      retrieves: emulator.stats.retrieves,
    },
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

type Counts = { runs: number; sweeps: number; killed: number; failed: number };

async function live(world: World, counts: Counts): Promise<void> {
  const { scheduler, scenario } = world;
  world.lab.open();
  const untilMs = scheduler.nowMs + scenario.lengthMs;
  const names = scenario.runners === 2 ? ['A', 'B'] : ['A'];
  await Promise.all([
    world.lab.work(untilMs),
    ...names.map((name) => keepRunning(world, name, untilMs, counts)),
  ]);
  await settle(world, counts);
}

/** One machine that runs the engine again and again. */
async function keepRunning(
  world: World,
  name: string,
  untilMs: number,
  counts: Counts,
): Promise<void> {
  const random = Random.of(world.scenario.seed, `runner ${name}`);
  for (let number = 1; ; number += 1) {
    await world.scheduler.wait(random.wait(world.scenario.runEveryMs), `cron ${name}`);
    if (world.scheduler.nowMs > untilMs) return;
    const kind = random.chance(world.scenario.sweeps) ? 'sweep' : 'sync';
    await runOnce(world, `${name}${number}`, kind, counts);
  }
}

/** Everything works again: one more run and two sweeps must bring the database to TDP's state, and then there is nothing left to do. */
async function settle(world: World, counts: Counts): Promise<void> {
  const { scheduler, emulator } = world;
  world.note('everything works from now on');
  world.troubles.end();
  // A late change becomes searchable, a late commit comes through, a failed file is due again.
  await scheduler.wait(DAY + 2 * MINUTE, 'a quiet day');
  if (emulator.lake.nextChangeAt !== undefined)
    await scheduler.wait(
      emulator.lake.nextChangeAt - scheduler.nowMs + 5 * MINUTE,
      'all is searchable',
    );
  for (const kind of ['sync', 'sweep', 'sweep'] as const) {
    await complete(world, `last ${kind}`, kind, counts);
    if (kind === 'sync') expectRetried(world);
    await scheduler.wait(MINUTE, 'a minute');
  }
  expectTruth(world);
  for (const kind of ['sync', 'sweep'] as const) {
    const { watch } = await complete(world, `idle ${kind}`, kind, counts);
    expectIdle(world, watch, kind);
  }
  expectTruth(world);
  if (emulator.stats.leakedCredentials > 0) throw new Violation('credentials went to the storage');
}

/** Only what can never be loaded is tried again. */
function expectIdle(
  world: World,
  { staged, retrieves, committed }: Runner['watch'],
  kind: string,
): void {
  const broken = [...world.lab.byFileId.values()].filter(({ isBroken }) => isBroken).length;
  if (staged <= broken && retrieves <= broken && committed.loaded + committed.deleted === 0) return;
  throw new Violation(
    `nothing had changed, but a ${kind} staged ${staged} documents and retrieved ${retrieves}`,
  );
}

async function complete(
  world: World,
  name: string,
  kind: 'sync' | 'sweep',
  counts: Counts,
): Promise<Runner> {
  const { runner, end } = await runOnce(world, name, kind, counts);
  if (end === 'killed' || 'error' in end)
    throw new Violation(
      `${name} failed although everything works: ${end === 'killed' ? end : String(end.error)}`,
    );
  return runner;
}

async function runOnce(
  world: World,
  name: string,
  kind: 'sync' | 'sweep',
  counts: Counts,
): Promise<{ runner: Runner; end: End }> {
  counts[kind === 'sync' ? 'runs' : 'sweeps'] += 1;
  const runner = new Runner(name, kind, world.scheduler);
  world.runners.add(runner);
  world.note(`${name}: ${kind} begins`);
  const work = run(world, runner, kind).then(
    (report): End => ({ report }),
    (error: unknown): End => ({ error }),
  );
  const end = await Promise.race([work, runner.process.death.then((): End => 'killed')]);
  runner.process.end();
  world.runners.delete(runner);
  if (end === 'killed') counts.killed += 1;
  else {
    if ('error' in end) counts.failed += 1;
    world.note(
      `${name}: ${'error' in end ? String(end.error).slice(0, 160) : JSON.stringify(end.report)}`,
    );
    world.oracle.judge(runner, end);
  }
  return { runner, end };
}

async function run(world: World, runner: Runner, kind: 'sync' | 'sweep'): Promise<RunReport> {
  const { engine, scenario, scheduler, random } = world;
  const { settings } = scenario;
  const { process, watch, stop } = runner;
  const clock = {
    now: () => scheduler.nowMs + scenario.localSkewMs,
    sleep: async (ms: number, signal?: AbortSignal) => {
      const trouble = world.troubles.next('sleep');
      await runner.meet(trouble, 'before', 'sleep');
      await process.step(ms, 'sleep', signal);
      await runner.meet(trouble, 'after', 'sleep');
    },
  };
  const source = new engine.TdpClient({
    url: 'https://tdp.example',
    credentials: async () => {
      const trouble = world.troubles.next('credentials');
      await runner.meet(trouble, 'before', 'credentials');
      await process.step(1, 'credentials');
      await runner.meet(trouble, 'after', 'credentials');
      return { token: world.token, org: world.emulator.org };
    },
    transport: network(world, runner),
    clock,
    random: () => random.next(),
    retry: { attempts: settings.attempts },
    download: settings.download,
  });
  const sink = await world.openSink(runner);
  const options: SyncOptions = {
    name: SYNC,
    source,
    sourceId: 'simulated',
    sink,
    settleMs: settings.settleMs,
    lookbackMs: settings.lookbackMs,
    maxWindowMs: settings.maxWindowMs,
    deletes: settings.deletes,
    transform: simTransform(engine, SYNC, world.lab.variant),
    batch: { documents: settings.batchDocuments },
    pageSizes: { max: settings.pageMax, min: 1 },
    failureBudget: { consecutive: settings.consecutiveFailures },
    concurrency: () => settings.concurrency,
    clock,
    signal: stop.signal,
    emit: (event) => watch.emit(event),
  };
  if (kind === 'sync') return engine.sync(options);
  return engine.sweep({ ...options, maxVanishedShare: 1 });
}
