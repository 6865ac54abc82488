import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { serveConfig, serving } from '../integration/serving.ts';
import { type World, world } from '../integration/world.ts';

const HOOK = new URL('./traces/hook.ts', import.meta.url).href;

let w: World;
beforeEach(async () => {
  w = await world();
  w.addFiles(3);
});
afterEach(() => w[Symbol.asyncDispose]());

const withSdk = { NODE_OPTIONS: `--import ${HOOK}` };

/** Every kind of span with the kind that it is a part of. */
async function kinds(): Promise<readonly string[]> {
  const text = await readFile(join(w.dir, 'spans'), 'utf8');
  const spans = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string; parent: string | null; name: string });
  const nameOf = (id: string | null) => spans.find((span) => span.id === id)?.name ?? 'nothing';
  return [...new Set(spans.map(({ name, parent }) => `${name} in ${nameOf(parent)}`))].sort();
}

const ONE_RUN = [
  'batch in window',
  'commit in batch',
  'commit in window',
  'page in window',
  'retrieve in window',
  'run in nothing',
  'survey in window',
  'window in run',
];

it('a run is a trace, of run, window, page, retrieve, batch and commit', async () => {
  const result = await w.cli(['run'], { ...withSdk, OTEL_EXPORTER_OTLP_ENDPOINT: './spans' });
  expect(result.code, result.stderr).toBe(0);
  expect(await kinds()).toEqual(expect.arrayContaining(ONE_RUN));
});

it('the variables may stand in the .env file beside the config', async () => {
  await writeFile(join(w.dir, '.env'), 'OTEL_EXPORTER_OTLP_ENDPOINT=./spans\n');
  const result = await w.cli(['run'], withSdk);
  expect(result.code, result.stderr).toBe(0);
  expect(await kinds()).toContain('run in nothing');
});

it('serve hands over its traces when it stops', async () => {
  await w.config(serveConfig({ docs: 'every: 1h, sweep: never, verify: never' }));
  await using s = await serving(w, { ...withSdk, OTEL_EXPORTER_OTLP_ENDPOINT: './spans' });
  await s.rest();
  s.signal('SIGTERM');
  expect(await s.ended).toEqual({ code: 143, signal: null });
  expect(await kinds()).toEqual(expect.arrayContaining(ONE_RUN));
});

it('traces that cannot be delivered change nothing but a line on stderr', async () => {
  const given = { ...withSdk, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
  const result = await w.cli(['run'], given);
  expect(result.code, result.stderr).toBe(0);
  expect(result.stderr).toContain('the last traces could not be delivered: connect ECONNREFUSED');
});

it.each([{ OTEL_TRACES_EXPORTER: 'none' }, { OTEL_SDK_DISABLED: 'true' }, {}])(
  'nothing is loaded for %o',
  async (environment) => {
    const asked = { OTEL_EXPORTER_OTLP_ENDPOINT: './spans', ...environment };
    const result = await w.cli(['run'], Object.keys(environment).length === 0 ? {} : asked);
    expect(result.code, result.stderr).toBe(0);
  },
);

it('run asks for the SDK when there is none', async () => {
  const result = await w.cli(['run'], { OTEL_TRACES_EXPORTER: 'otlp' });
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(/npm install @opentelemetry\/sdk-node/);
});
