import { appendFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

// A tracer that is registered with an older copy of the API than core's is not seen by core.
const { trace } = createRequire(new URL('../../../packages/core/package.json', import.meta.url))(
  '@opentelemetry/api',
);

/** As much of the SDK as tdp-sync uses: what it has seen goes to the file that the environment names, when it is shut down. */
export class NodeSDK {
  readonly #spans = new InMemorySpanExporter();

  start(): void {
    const spanProcessors = [new SimpleSpanProcessor(this.#spans)];
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
  }

  async shutdown(): Promise<void> {
    const lines = this.#spans.getFinishedSpans().map((span) => {
      const { spanId: id } = span.spanContext();
      return `${JSON.stringify({ id, parent: span.parentSpanContext?.spanId ?? null, name: span.name })}\n`;
    });
    // Looked for where the real one looks for its settings.
    const { OTEL_EXPORTER_OTLP_ENDPOINT: file = '' } = process.env;
    if (file.startsWith('http')) throw new Error('connect ECONNREFUSED');
    await appendFile(file, lines.join(''));
  }
}
