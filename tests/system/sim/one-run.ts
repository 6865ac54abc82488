import type { Clock, SyncOptions } from '@tdp-sync/core';
import { memorySink } from '@tdp-sync/sink/memory';
import { TOLERANCE_MS } from './clocks.ts';
import { clausesOf } from './filter.ts';
import { network } from './network.ts';
import { Retrievals } from './retrievals.ts';
import { HOUR, MINUTE } from './scenario.ts';
import { ShakySink } from './shaky-sink.ts';
import { simTransform } from './transform.ts';
import type { Kind } from './watch.ts';
import { type Ended, type Report, Runner, SYNC, type World } from './world.ts';

const MAX_FILE_BYTES = 1_000_000;

/** How a run ended. */
export type End = Ended | 'killed';

/** Lets one process run the engine once, and has its end judged. */
export async function runOnce(
  world: World,
  name: string,
  kind: Kind,
): Promise<{ readonly runner: Runner; readonly end: End }> {
  const { counts } = world;
  counts[kind] += 1;
  const runner = new Runner(name, kind, world);
  world.runners.add(runner);
  world.note(`${name}: ${kind} begins`);
  const work = start(world, runner).then(
    (report): End => ({ report }),
    (error: unknown): End => ({ error }),
  );
  const end = await Promise.race([work, runner.process.death.then((): End => 'killed')]);
  runner.process.end();
  world.runners.delete(runner);
  if (end === 'killed') counts.killed += 1;
  else {
    const failed = 'error' in end;
    if (failed) counts.failed += 1;
    world.note(`${name}: ${failed ? String(end.error).slice(0, 160) : JSON.stringify(end.report)}`);
    world.onEnded(runner, end);
  }
  return { runner, end };
}

async function start(world: World, runner: Runner): Promise<Report> {
  const { engine, lab, scenario, random } = world;
  const { settings } = scenario;
  const clock = clockOf(world, runner);
  const client = new engine.TdpClient({
    url: 'https://tdp.example',
    credentials: async () => {
      await troubled(world, runner, 'credentials', () => runner.process.step(1, 'credentials'));
      return { token: world.token, org: world.emulator.org };
    },
    transport: network(world, runner),
    clock,
    random: () => random.next(),
    retry: { attempts: settings.attempts },
    download: settings.download,
    maxFileBytes: MAX_FILE_BYTES,
  });
  const retrievals = new Retrievals(world, runner);
  const source = retrievals.of(client);
  const sink = await memorySink.open({ database: world.database }, { baseDir: '/' });
  const options = {
    name: SYNC,
    source,
    sourceId: 'simulated',
    sink: new ShakySink(sink, world, runner, retrievals),
    settleMs: settings.settleMs,
    clockToleranceMs: TOLERANCE_MS,
    lookbackMs: settings.lookbackMs,
    idleMs: settings.idleMs,
    maxWindowMs: settings.maxWindowMs,
    deletes: settings.deletes,
    history: runner.history,
    filter: clausesOf(runner.filter),
    transform: simTransform(engine, SYNC, { variant: lab.variant, kinds: scenario.kinds }),
    batch: {
      documents: settings.batchDocuments,
      ageMs: settings.batchAgeMs,
      columns: settings.batchColumns,
    },
    sinkRetry: { attempts: settings.sinkAttempts },
    random: () => world.jitter.next(),
    pageSizes: { max: settings.pageMax, min: 1 },
    failureBudget: { consecutive: settings.consecutiveFailures },
    concurrency: () => settings.concurrency,
    drainMs: settings.drainMs,
    aheadBytes: settings.aheadBytes,
    clock,
    signal: runner.stop.signal,
    emit: (event) => runner.watch.emit(event),
  } satisfies SyncOptions;
  const { kind } = runner.watch;
  if (kind === 'sync') return engine.sync(options);
  if (kind === 'backfill') return engine.backfill(options, stretch(world));
  if (kind === 'sweep') return engine.sweep({ ...options, maxVanishedShare: 1 });
  return engine.verify({
    ...options,
    repair: kind === 'repair',
    full: true,
    onDifference: ({ reason, detail, path }) => world.note(`  (${reason} ${path}: ${detail})`),
  });
}

/** Some hours, which may not be over yet. */
function stretch({ scheduler, stretches }: World): {
  readonly fromMs: number;
  readonly toMs: number;
} {
  const fromMs = scheduler.nowMs - stretches.int(0, 20) * HOUR - stretches.int(0, 60) * MINUTE;
  return { fromMs, toMs: fromMs + stretches.int(1, 12) * HOUR };
}

/** The machine's clock, which is off. */
function clockOf(world: World, runner: Runner): Clock {
  const { scheduler, clocks } = world;
  return {
    now: () => scheduler.nowMs + clocks.localOffMs,
    sleep: (durationMs, signal) =>
      troubled(world, runner, 'sleep', () => runner.process.step(durationMs, 'sleep', signal)),
  };
}

async function troubled(
  world: World,
  runner: Runner,
  event: 'credentials' | 'sleep',
  happen: () => Promise<void>,
): Promise<void> {
  const trouble = world.troubles.next(event);
  await runner.meet(trouble, 'before', event);
  await happen();
  await runner.meet(trouble, 'after', event);
}
