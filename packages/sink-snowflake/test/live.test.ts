import { sinkCases } from '@tdp-sync/sink/conformance';
import { describe, test } from 'vitest';
import { harness } from '../src/conformance.ts';
import { accountOf, NEEDED } from './account.ts';

const account = accountOf(process.env);
const place = { account: 'a', user: 'u', authentication: 'password', password: 'p' } as const;
const NAMES = sinkCases(harness({ ...place, database: 'LAB' })).map(({ name }) => name);
const title = account === undefined ? `a real account [skipped: ${NEEDED}]` : 'a real account';

describe.skipIf(account === undefined)(title, () => {
  describe.each(['tz', 'ntz'] as const)('timestamps: %s', (timestamps) => {
    test.each(NAMES)('%s', async (name) => {
      if (account === undefined) return;
      const cases = sinkCases(harness({ ...account, identifiers: 'exact', timestamps }));
      await cases.find((one) => one.name === name)?.run();
    });
  });
});
