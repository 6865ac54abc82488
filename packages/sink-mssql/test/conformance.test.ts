import { sinkCases } from '@tdp-sync/sink/conformance';
import { describe, test } from 'vitest';
import { harness } from '../src/conformance.ts';
import { hasServer, serverConfig, title } from './server.ts';

// Some cases commit dozens of times, and a server may take a second for the first commit of a connection.
const TIMEOUT_MS = 300_000;

if (hasServer) {
  describe('conformance', () => {
    test.each(sinkCases(harness(serverConfig())))('$name', ({ run }) => run(), TIMEOUT_MS);
  });
} else {
  test.skip(title('conformance'), () => undefined);
}
