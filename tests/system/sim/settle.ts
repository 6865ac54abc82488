import type { VerifyReport } from '@tdp-sync/core';
import { type End, runOnce } from './one-run.ts';
import { DAY, MINUTE } from './scenario.ts';
import { expectRetried, expectTruth, hiddenRows, matched } from './truth.ts';
import { damageRows } from './vandal.ts';
import { Violation } from './violation.ts';
import type { Kind } from './watch.ts';
import type { Report, Runner, World } from './world.ts';

const MOST_OUTAGES = 8;

/**
 * Everything works again: one more run and two sweeps must bring the database to TDP's state; a verification
 * must say so; and then there is nothing left to do.
 */
export async function settle(world: World): Promise<void> {
  const { scheduler, emulator } = world;
  world.note('everything works from now on');
  world.troubles.end();
  world.clocks.isRight = true;
  world.lab.refusals.end();
  world.picky.end();
  // A late change becomes searchable, a late commit comes through, a failed file is due again.
  await scheduler.wait(DAY + 2 * MINUTE, 'a quiet day');
  const { nextChangeAt } = emulator.lake;
  if (nextChangeAt !== undefined)
    await scheduler.wait(nextChangeAt - scheduler.nowMs + 5 * MINUTE, 'all is searchable');
  await untilNoOutage(world);
  for (const kind of ['sync', 'sweep', 'sweep'] as const) {
    await complete(world, `last ${kind}`, kind);
    if (kind === 'sync') expectRetried(world);
    await scheduler.wait(MINUTE, 'a minute');
  }
  expectTruth(world);
  const { report } = await complete(world, 'last verify', 'verify');
  expectVerified(world, report as VerifyReport);
  for (const kind of ['sync', 'sweep'] as const) {
    const { runner } = await complete(world, `idle ${kind}`, kind);
    expectIdle(world, runner.watch, kind);
  }
  expectTruth(world);
  await expectDamageFound(world);
  if (emulator.stats.leakedCredentials > 0) throw new Violation('credentials went to the storage');
}

/** Rows that others have changed are all told, and those of files that TDP shows are mended. */
async function expectDamageFound(world: World): Promise<void> {
  const shown = new Set(world.visible().map((doc) => world.engine.fileKey(doc)));
  world.isVandalised = true;
  const damaged = damageRows(world);
  const { report } = await complete(world, 'verify the damage', 'verify');
  const { found } = report as VerifyReport;
  const told = found.rows + found.failed + found.vanished;
  if (found.rows > damaged.size || told < damaged.size)
    throw new Violation(
      `the rows of ${damaged.size} files are damaged, verify says ${JSON.stringify(found)}`,
    );
  await complete(world, 'mend the damage', 'repair');
  // What TDP does not show any more cannot be had again.
  if ([...damaged].every((key) => shown.has(key))) expectTruth(world);
}

/** What went wrong before everything worked may end one more run. */
async function untilNoOutage(world: World): Promise<void> {
  if (world.scenario.refused > 0) await persistently(world, 'first', 'sync');
}

/** Where most files are refused, a probe may miss the few that are not, but not time after time. */
async function persistently(
  world: World,
  name: string,
  kind: Kind,
): Promise<{ readonly runner: Runner; readonly end: End }> {
  const most = world.scenario.refused > 0 ? MOST_OUTAGES : 1;
  for (let run = 1; ; run += 1) {
    const { runner, end } = await runOnce(world, run === 1 ? name : `${name} ${run}`, kind);
    const isOutage =
      end !== 'killed' && 'error' in end && String(end.error).includes('could not be retrieved');
    if (!isOutage || run === most) return { runner, end };
    await world.scheduler.wait(MINUTE, 'a minute');
  }
}

async function complete(
  world: World,
  name: string,
  kind: Kind,
): Promise<{ readonly runner: Runner; readonly report: Report }> {
  const { runner, end } = await persistently(world, name, kind);
  if (end !== 'killed' && 'report' in end) return { runner, report: end.report };
  const how = end === 'killed' ? 'killed' : String(end.error);
  throw new Violation(`${name} failed although everything works: ${how}`);
}

/** Only what can never be loaded is tried again. */
function expectIdle(world: World, watch: Runner['watch'], kind: Kind): void {
  const { staged, retrieves, committed } = watch;
  const broken = [...world.lab.byFileId.values()].filter(({ isBroken }) => isBroken).length;
  if (staged <= broken && retrieves <= broken && committed.loaded + committed.deleted === 0) return;
  throw new Violation(
    `nothing had changed, but a ${kind} staged ${staged} documents and retrieved ${retrieves}`,
  );
}

/** The engine's own verification says what the comparison with TDP has shown. */
function expectVerified(world: World, { outcome, found, watermarkMs }: VerifyReport): void {
  const truth = [...matched(world).values()];
  if (outcome === 'not-run' && truth.length === 0) return;
  const broken = truth.filter(({ fileId, indexedAt }) => {
    const isStamped = indexedAt !== undefined && indexedAt < (watermarkMs ?? 0);
    return isStamped && world.lab.byFileId.get(fileId)?.isBroken === true;
  }).length;
  const { failed, missing, stale, attributes, earlier, moved, unmatched, vanished } = found;
  const wrong = missing + stale + attributes + earlier + moved + unmatched;
  const hidden = hiddenRows(world);
  if (outcome !== 'not-run' && wrong === 0 && vanished <= hidden && failed >= broken) return;
  throw new Violation(
    `verify says ${outcome}: ${JSON.stringify(found)}, but the database is TDP, ${broken} broken files aside`,
  );
}
