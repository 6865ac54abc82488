import { sinkCases } from '@tdp-sync/sink/conformance';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { harness } from '../src/conformance.ts';
import type { Front } from './server/front.ts';
import { configOf, hasServer, startFront, title } from './server.ts';

const TIMEOUT_MS = 600_000;

let front: Front;
beforeAll(async () => {
  if (hasServer) front = await startFront();
});
afterAll(async () => {
  await front?.[Symbol.asyncDispose]();
});

// The cases are the same whatever the config; each asks for its database when it runs.
const place = { account: 'a', user: 'u', authentication: 'password', password: 'p' } as const;
const NAMES = sinkCases(harness({ ...place, database: 'LAB' })).map(({ name }) => name);

describe.skipIf(!hasServer)(title('conformance'), () => {
  test.each(NAMES)(
    '%s',
    async (name) => {
      const cases = sinkCases(harness({ ...configOf(front), identifiers: 'exact' }));
      await cases.find((one) => one.name === name)?.run();
    },
    TIMEOUT_MS,
  );
});
