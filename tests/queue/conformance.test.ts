import { queueCases } from '@tdp-sync/queue/conformance';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { PostgresServer } from '../../packages/sink-postgres/test/server/postgres.ts';
import {
  canStart,
  createDatabase,
  ownServer,
  title,
} from '../../packages/sink-postgres/test/server.ts';
import { harness } from './lab.ts';

/** Deaths take most of a minute each, one after the other. */
const TIMEOUT_MS = 600_000;

describe.skipIf(!canStart)(title('conformance', canStart), () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await ownServer({ settings: { max_connections: '400' } });
    await createDatabase(server, 'lab');
  });
  afterAll(() => server[Symbol.asyncDispose]());

  // Beside each other: they wait most of the time.
  test.concurrent.each(queueCases(harness(() => server.url('lab'))))(
    '$name',
    {
      timeout: TIMEOUT_MS,
    },
    ({ run }) => run(),
  );
});
