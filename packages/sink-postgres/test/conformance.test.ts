import { sinkCases } from '@tdp-sync/sink/conformance';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { configSchema } from '../src/config.ts';
import { harness } from '../src/conformance.ts';
import { hasServer, type Lab, startLab, title } from './server.ts';

const TIMEOUT_MS = 120_000;
/** The cases have names before there is a server. */
const NAMES = sinkCases(harness({ url: 'postgres://nobody@localhost/nowhere' })).map(
  ({ name }) => name,
);

describe.skipIf(!hasServer)(title('conformance'), () => {
  let lab: Lab;
  const cases = new Map<string, () => Promise<void>>();
  beforeAll(async () => {
    lab = await startLab();
    for (const { name, run } of sinkCases(harness(configSchema.parse(lab.config))))
      cases.set(name, run);
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  test.each(NAMES)('%s', async (name) => await cases.get(name)?.(), TIMEOUT_MS);
});
