import {
  type Attributes,
  type Context,
  context,
  type Exception,
  type Span,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { Redact } from '../errors.ts';
import type { FileQuery, Presence, Source, Survey } from '../source/source.ts';

/**
 * A part of a run in OpenTelemetry's eyes. Where nobody has registered a tracer it is nothing: no part of it
 * is recorded, and its work costs a call of a function.
 */
export class Trace {
  readonly #span: Span;
  readonly #context: Context;
  readonly #redact: Redact;

  private constructor(name: string, attributes: Attributes, parent: Context, redact: Redact) {
    this.#redact = redact;
    const tracer = trace.getTracer('@tdp-sync/core');
    this.#span = tracer.startSpan(name, { attributes }, parent);
    this.#context = trace.setSpan(parent, this.#span);
  }

  /** A run, in whatever trace the caller is. {@link Trace.during} ends it. */
  static ofRun(sync: string, run: string, redact: Redact): Trace {
    const attributes = { 'tdp_sync.sync': sync, 'tdp_sync.run': run };
    return new Trace('run', attributes, context.active(), redact);
  }

  get isRecording(): boolean {
    return this.#span.isRecording();
  }

  /** Does the work that this part is, and ends it. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await context.with(this.#context, work);
    } catch (error) {
      this.#span.recordException(exceptionOf(error, this.#redact));
      this.#span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      this.#span.end();
    }
  }

  /** Does work that is a part of this one. */
  within<T>(
    name: string,
    attributes: () => Attributes,
    work: (inner: Trace) => Promise<T>,
  ): Promise<T> {
    if (!this.isRecording) return work(this);
    const inner = new Trace(name, attributes(), this.#context, this.#redact);
    return inner.during(() => work(inner));
  }
}

/** What leaves for a collector holds no secret either. */
function exceptionOf(error: unknown, redact: Redact): Exception {
  if (!(error instanceof Error)) return redact(String(error));
  const { name, message, stack = '' } = error;
  return { name, message: redact(message), stack: redact(stack) };
}

/** A source whose pages and retrievals are parts of a trace. */
class TracedSource implements Source {
  readonly inner: Source;
  readonly #trace: Trace;

  constructor(inner: Source, within: Trace) {
    this.inner = inner;
    this.#trace = within;
  }

  survey(query: FileQuery, signal?: AbortSignal): Promise<Survey> {
    return this.#trace.within('survey', none, () => this.inner.survey(query, signal));
  }

  page(...asked: Parameters<Source['page']>): ReturnType<Source['page']> {
    const [, after, size] = asked;
    const attributes = { 'tdp_sync.after': after ?? '', 'tdp_sync.size': size };
    return this.#trace.within(
      'page',
      () => attributes,
      () => this.inner.page(...asked),
    );
  }

  retrieve(...asked: Parameters<Source['retrieve']>): Promise<Buffer> {
    const [file] = asked;
    const attributes = { 'tdp_sync.file_id': file.fileId };
    return this.#trace.within(
      'retrieve',
      () => attributes,
      () => this.inner.retrieve(...asked),
    );
  }

  presence(fileId: string, signal?: AbortSignal): Promise<Presence> {
    return this.inner.presence(fileId, signal);
  }
}

function none(): Attributes {
  return {};
}

/** What asks the source within a trace, if somebody looks at it. */
export function tracedSource(source: Source, within: Trace): Source {
  if (!within.isRecording) return source;
  return new TracedSource(source instanceof TracedSource ? source.inner : source, within);
}
