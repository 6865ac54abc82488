import { trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { SinkError } from '@tdp-sync/sink';
import { afterEach, expect, it } from 'vitest';
import { Trace } from '../../src/sync/trace.ts';
import { HOUR, World } from '../world.ts';

afterEach(() => trace.disable());

it('tells a run as run, window, page, retrieve, batch and commit, each within the other', async () => {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
  const world = new World();
  world.lake.put('a');
  world.lake.put('b');
  world.lake.pass(HOUR);
  await world.run();
  const spans = exporter.getFinishedSpans();
  const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]));
  const chain = (span: ReadableSpan): string => {
    const parent = byId.get(span.parentSpanContext?.spanId ?? '');
    return parent === undefined ? span.name : `${chain(parent)} > ${span.name}`;
  };
  expect(new Set(spans.map(chain))).toEqual(
    new Set([
      'run',
      'run > window',
      'run > window > survey',
      'run > window > page',
      'run > window > retrieve',
      'run > window > batch',
      'run > window > batch > commit',
      'run > window > commit',
    ]),
  );
  expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
});

it('tells a collector what a run ended with, and no secret', async () => {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
  const world = new World();
  world.lake.put('a');
  const sink = await world.sink();
  const failed = new SinkError('SINK_FAILED', 'no login with opaque-token-4711');
  sink.beforeCommit = () => Promise.reject(failed);
  const redact = (text: string): string => text.replaceAll('opaque-token-4711', '[redacted]');
  await expect(world.settle({ redact })).resolves.toBeDefined();
  world.lake.put('b');
  world.lake.pass(HOUR);
  await expect(world.run({ redact, sink })).rejects.toBe(failed);
  const events = exporter.getFinishedSpans().flatMap((span) => span.events);
  expect(JSON.stringify(events)).toContain('no login with [redacted]');
  expect(JSON.stringify(events)).not.toContain('opaque-token-4711');
});

it('records nothing and leaves the source as it is where nobody has registered a tracer', async () => {
  const run = Trace.ofRun('docs', 'r', (text) => text);
  expect(run.isRecording).toBe(false);
  let attributes = 0;
  await run.within(
    'page',
    () => {
      attributes += 1;
      return {};
    },
    async (inner) => expect(inner).toBe(run),
  );
  expect(attributes).toBe(0);
});
