import { sinkCases } from '@tdp-sync/sink/conformance';
import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import { harness } from '../src/conformance.ts';
import type { Front } from './emulator/front.ts';
import { configOf, hasEmulator, startFront, title } from './server.ts';

// BigQuery takes seconds where the emulator takes milliseconds: pauses between tries shrink likewise.
vi.mock('node:timers/promises', async (original) => {
  const timers = await original<typeof import('node:timers/promises')>();
  return { ...timers, setTimeout: (ms: number) => timers.setTimeout(ms / 20) };
});

let front: Front;
beforeAll(async () => {
  if (hasEmulator) front = await startFront({ keepsCopies: false });
});
afterAll(async () => {
  await front?.[Symbol.asyncDispose]();
});

// The cases are the same whatever the config; each asks for its database when it runs.
const names = sinkCases(harness({ project: 'test', dataset: 'lab' })).map(({ name }) => name);

/** The emulator joins row by row: ten thousand with ten thousand take it hours. They run in `live.test.ts`, against BigQuery. */
const HEAVY = /ten thousand documents|tens of thousands|thousands of lines|twenty thousand/;

/** A thousand columns, of which the emulator's SQLite puts no row together. */
const WIDE = /as wide as rows may be/;

describe.skipIf(!hasEmulator)(title('conformance'), () => {
  test.skip.each(names.filter((name) => HEAVY.test(name)))(
    '%s (only against BigQuery: the emulator joins row by row)',
    () => undefined,
  );
  test.skip.each(names.filter((name) => WIDE.test(name)))(
    '%s (only against BigQuery: the emulator puts no row of a thousand columns together)',
    () => undefined,
  );
  test.each(names.filter((name) => !HEAVY.test(name) && !WIDE.test(name)))('%s', async (name) => {
    const cases = sinkCases(harness(configOf(front)));
    await cases.find((one) => one.name === name)?.run();
  });
});
