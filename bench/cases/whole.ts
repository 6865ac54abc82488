import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdaptiveLimit, sync, TdpClient, undiciTransport } from '@tdp-sync/core';
import { duckdbSink } from '@tdp-sync/sink-duckdb';
import { report } from '../process.ts';

/** The whole run, as `tdp-sync run` does it. */
interface Input {
  readonly url: string;
  readonly token: string;
  readonly org: string;
  readonly concurrency: number;
}

const { url, token, org, concurrency } = JSON.parse(process.argv[2] ?? '{}') as Input;
const folder = await mkdtemp(join(tmpdir(), 'tdp-sync-bench-'));
const validated = await duckdbSink.config['~standard'].validate({ path: 'bench.duckdb' });
if (validated.issues !== undefined) throw new Error("The bench's own config is refused.");

await report(async () => {
  const limit = new AdaptiveLimit({ max: concurrency });
  await using transport = undiciTransport();
  const source = new TdpClient({
    url,
    credentials: async () => ({ token, org }),
    transport: transport.send,
    onExchange: ({ kind, outcome, durationMs = 0 }) => {
      if (outcome === 'ok' && kind === 'download') limit.succeeded(durationMs);
    },
  });
  const sink = await duckdbSink.open(validated.value, { baseDir: folder });
  const { loaded } = await sync({
    name: 'docs',
    source,
    sourceId: 'bench',
    sink,
    concurrency: () => limit.current,
  });
  await sink[Symbol.asyncDispose]();
  return loaded;
});
await rm(folder, { recursive: true });
