import { sinkCases } from '@tdp-sync/sink/conformance';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { harness } from '../src/conformance.ts';
import { breakableHarness } from './breakable.ts';
import type { Front } from './server/front.ts';
import { configOf, hasServer, startFront, title } from './server.ts';

/** A case is some thirty to three hundred statements of a tenth of a second, and of more where others work. */
const TIMEOUT_MS = 600_000;
/** How long the driver rests at most before it sends a request again, and how many times faster it does so here. */
const REST_MS = 16_000;
const FASTER = 40;

/** What fakesnow cannot do. All of it runs in `live.test.ts`, on a real account. */
const LIMITS: Readonly<Record<string, string>> = {
  'replace: a row as wide as rows may be, with every cell filled':
    'fakesnow did not end within minutes over statements of a thousand columns',
  'replace: as many tables as one load may name, and 3,000 columns':
    'fakesnow parses and describes them for longer than the ten minutes that the suite gives a case',
  'schema: a name in another case is matched or is another, and no value is lost':
    'fakesnow compares names without case, and lists them with it',
  'rows: have the columns that are asked for, in that order, null where the table lacks one':
    'fakesnow compares names without case, and lists them with it',
  'names: quotes, dots, semicolons and the like in columns are held or refused, and do no harm':
    "fakesnow does not escape ' in its own notes on columns",
  'names: quotes, dots, semicolons and the like in tables are held or refused, and do no harm':
    "fakesnow does not escape ' in its own notes on columns",
  'rows: of tables and columns by every name that is held, and none does harm':
    "fakesnow does not escape ' in its own notes on columns",
};

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
const BREAKING = sinkCases(breakableHarness({ ...place, database: 'LAB', url: 'http://127.0.0.1' }))
  .map(({ name }) => name)
  .filter((name) => !NAMES.includes(name));

test('what fakesnow cannot do are cases of the suite', () => {
  expect(Object.keys(LIMITS).filter((name) => !NAMES.includes(name))).toEqual([]);
});

describe.skipIf(!hasServer)(title('conformance'), () => {
  test.skip.each(
    Object.entries(LIMITS).map(([name, why]) => `${name} (only on a real account: ${why})`),
  )('%s', () => undefined);

  test.each(NAMES.filter((name) => LIMITS[name] === undefined))(
    '%s',
    async (name) => {
      const cases = sinkCases(harness({ ...configOf(front), identifiers: 'exact' }));
      await cases.find((one) => one.name === name)?.run();
    },
    TIMEOUT_MS,
  );

  // The driver sends a request again for two minutes. It rests meanwhile, and less here.
  describe('over a line that breaks', () => {
    beforeAll(() => {
      const { setTimeout } = globalThis;
      const faster = (task: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) =>
        setTimeout(task, ms <= REST_MS ? ms / FASTER : ms, ...given);
      vi.stubGlobal('setTimeout', faster);
    });
    afterAll(() => vi.unstubAllGlobals());

    test.each(BREAKING)(
      '%s',
      async (name) => {
        const config = { ...configOf(front), url: front.url, identifiers: 'exact' } as const;
        const cases = sinkCases(breakableHarness(config));
        await cases.find((one) => one.name === name)?.run();
      },
      TIMEOUT_MS,
    );
  });
});
