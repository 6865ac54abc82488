import { setImmediate as turn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Table } from '@tdp-sync/sink';
import type { Clock } from '../../clock.ts';
import { SyncError } from '../../errors.ts';
import type { FileHit } from '../../file.ts';
import { Fault } from './fault.ts';
import type { Answer, FileAnswer } from './messages.ts';
import { TransformModuleError } from './module.ts';
import type { RowsByTable } from './rows.ts';
import { TransformProcess } from './transform-process.ts';

/** What a {@link Workshop} works with. */
export interface WorkshopOptions {
  readonly url: string;
  /** The module's text. */
  readonly source: string;
  /** How long one file may take, and loading the module. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly onOutput: (line: string) => void;
}

interface Job {
  readonly id: number;
  readonly file: FileHit;
  readonly content: Buffer;
  readonly resolve: (rows: RowsByTable) => void;
  readonly reject: (error: unknown) => void;
}

/** What the system says where it may have no more files open. */
const TOO_MANY: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE']);
/** Files that the process has at once: while it works on one, the next is on its way. */
const AT_ONCE = 2;
/** A process with nothing to do is ended after so long; the next file starts another one. */
const IDLE_MS = 10_000;

/** Has a user's module work on files, one after the other, in a process of its own, which is replaced when it does not come to an end. */
export class Workshop implements AsyncDisposable {
  readonly #options: WorkshopOptions;
  readonly #waiting: Job[] = [];
  /** Handed to the process; it works on the first one. */
  readonly #given: Job[] = [];
  #process: TransformProcess | undefined;
  #tables: readonly Table[] | undefined;
  #isLoaded = false;
  #opening: PromiseWithResolvers<readonly Table[]> | undefined;
  /** Ends the time that is waited for an answer, or for something to do. */
  #timer = new AbortController();
  #jobs = 0;

  constructor(options: WorkshopOptions) {
    this.#options = options;
  }

  /** Loads the module and gives its tables. @throws TransformModuleError */
  open(): Promise<readonly Table[]> {
    this.#opening = Promise.withResolvers();
    this.#start();
    return this.#opening.promise;
  }

  /** @throws SyncError `DOCUMENT_INVALID`, {@link Fault}, the signal's reason. */
  async rows(file: FileHit, content: Buffer, signal: AbortSignal): Promise<RowsByTable> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<RowsByTable>();
    this.#jobs += 1;
    const job = { id: this.#jobs, file, content, resolve, reject };
    const onAbort = (): void => this.#withdraw(job, signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting.push(job);
    this.#next();
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer.abort();
    if (this.#given.length > 0) this.#process?.kill();
    for (const job of [...this.#given.splice(0), ...this.#waiting.splice(0)])
      job.reject(new Error('The transform was closed'));
    await this.#retire();
  }

  /** Hands over what there is to do. */
  #next(): void {
    if (this.#given.length + this.#waiting.length === 0) this.#rest();
    else if (this.#process === undefined) this.#start();
    else if (this.#isLoaded) this.#handOver(this.#process);
  }

  #handOver(process: TransformProcess): void {
    const isResting = this.#given.length === 0;
    for (const job of this.#waiting.splice(0, AT_ONCE - this.#given.length)) {
      this.#given.push(job);
      process.ask({ is: 'file', id: job.id, file: job.file, content: job.content });
    }
    if (isResting) this.#limit();
  }

  #start(): void {
    const process: TransformProcess = new TransformProcess({
      onAnswer: (answer) => {
        if (process === this.#process) this.#answered(answer);
      },
      onEnd: (how) => {
        if (process === this.#process) this.#ended(how);
      },
      onMissing: (error) => {
        if (process === this.#process) this.#missing(error);
      },
      onOutput: this.#options.onOutput,
    });
    const { url, source } = this.#options;
    this.#process = process;
    this.#isLoaded = false;
    process.ask({ is: 'load', url, source });
    this.#limit();
  }

  #answered(answer: Answer): void {
    if (answer.is === 'loaded') this.#loaded(answer.tables);
    else if (answer.is === 'refused') this.#replace(answer.issues);
    else if (answer.is === 'late') this.#options.onOutput(answer.reason);
    else this.#done(answer);
  }

  #done(answer: FileAnswer): void {
    const job = this.#given.shift();
    if (job?.id === answer.id) settle(job, answer);
    if (this.#given.length > 0) this.#limit();
    this.#next();
  }

  #loaded(tables: readonly Table[]): void {
    this.#tables ??= tables;
    if (!isDeepStrictEqual(tables, this.#tables)) {
      this.#replace(['it has other tables than when it was loaded first']);
      return;
    }
    this.#isLoaded = true;
    this.#opening?.resolve(tables);
    this.#opening = undefined;
    this.#next();
  }

  /** The process is of no use any more, and the file that it was working on, or was to, has failed by it. */
  #replace(issues: readonly string[]): void {
    this.#process?.kill();
    this.#ended(...issues);
  }

  #ended(...issues: readonly string[]): void {
    this.#timer.abort();
    this.#process = undefined;
    const job = this.#isLoaded ? this.#given.shift() : this.#waiting.shift();
    this.#waiting.unshift(...this.#given.splice(0));
    if (this.#opening !== undefined) {
      this.#opening.reject(new TransformModuleError(issues));
      this.#opening = undefined;
      return;
    }
    const how = issues.join('; ');
    if (job === undefined) this.#options.onOutput(how);
    job?.reject(new Fault(how));
    // Others may be about to be withdrawn, too: for none of them another process is started.
    queueMicrotask(() => this.#next());
  }

  /** Without a process there is nothing to be had of any file, and none of them is to blame. */
  #missing(cause: Error): void {
    this.#timer.abort();
    this.#process = undefined;
    const code = 'code' in cause ? String(cause.code) : cause.message;
    const message = `The process of the sync's transform cannot be started (${code}).`;
    const error = TOO_MANY.has(code)
      ? new SyncError('TOO_MANY_OPEN_FILES', message, { retryable: true, cause })
      : new Error(message, { cause });
    this.#opening?.reject(error);
    this.#opening = undefined;
    for (const job of this.#waiting.splice(0)) job.reject(error);
  }

  /** A file that nobody wants any more. */
  #withdraw(job: Job, reason: unknown): void {
    job.reject(reason);
    const at = this.#waiting.indexOf(job);
    if (at !== -1) this.#waiting.splice(at, 1);
    if (this.#given[0] === job) this.#replace(['it is not needed any more']);
  }

  /** From now on the time of what is under way is counted. */
  #limit(): void {
    const { timeoutMs } = this.#options;
    const what = this.#isLoaded ? 'it took' : 'to be loaded it took';
    this.#after(timeoutMs, async (signal) => {
      // An answer may have come while this process was busy.
      await turn();
      if (!signal.aborted) this.#replace([`${what} longer than ${timeoutMs / 1000} s`]);
    });
  }

  /** There is nothing to do for now. */
  #rest(): void {
    if (this.#process === undefined) return;
    this.#after(IDLE_MS, async (signal) => {
      if (!signal.aborted) await this.#retire();
    });
  }

  async #retire(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    await process?.end(this.#options.clock);
  }

  #after(durationMs: number, work: (signal: AbortSignal) => Promise<void>): void {
    this.#timer.abort();
    this.#timer = new AbortController();
    const { signal } = this.#timer;
    this.#options.clock.sleep(durationMs, signal).then(
      () => work(signal),
      () => undefined,
    );
  }
}

function settle(job: Job, answer: FileAnswer): void {
  if (answer.is === 'rows') job.resolve(answer.rows);
  else if (answer.is === 'failed') job.reject(new Fault(answer.reason, answer.place));
  else job.reject(new SyncError('DOCUMENT_INVALID', answer.reason, { where: answer.where }));
}
