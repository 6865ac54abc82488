import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import type { Readable } from 'node:stream';
import type { Clock } from '../../clock.ts';
import type { Answer, Asked } from './messages.ts';
import { OutputLines } from './output-lines.ts';

/** Whoever has started a process. */
export interface ProcessOwner {
  readonly onAnswer: (answer: Answer) => void;
  /** It has ended, and nobody had asked it to; `how` is a sentence. Told once, after all answers. */
  readonly onEnd: (how: string) => void;
  /** It could not be started. Told in place of its end. */
  readonly onMissing: (error: Error) => void;
  /** A line that its code has printed. */
  readonly onOutput: (line: string) => void;
}

const ENTRY = new URL(`./child${extname(import.meta.url)}`, import.meta.url);
/** How Node runs TypeScript is nothing that a log has to tell of. */
const QUIET = ['ExperimentalWarning', 'MODULE_TYPELESS_PACKAGE_JSON'].map(
  (warning) => `--disable-warning=${warning}`,
);
/** An idle process has nothing left to do but to end. */
const END_MS = 2000;

/** A process that runs a user's code, seen from outside. */
export class TransformProcess {
  readonly #child: ChildProcess;
  readonly #owner: ProcessOwner;
  readonly #closed: Promise<unknown>;
  #how: string | undefined;
  #isLeft = false;

  constructor(owner: ProcessOwner) {
    this.#owner = owner;
    this.#child = fork(ENTRY, {
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [...process.execArgv, ...QUIET],
    });
    const child = this.#child;
    this.#closed = once(child, 'close').catch(() => undefined);
    child.on('message', (answer) => {
      if (!this.#isLeft) owner.onAnswer(answer as Answer);
    });
    child.on('exit', (code, signal) => this.#ended(howItEnded(code, signal)));
    // What it had answered by then has come.
    child.on('disconnect', () => this.#ended(undefined));
    child.on('error', (error) => this.#missing(error));
    for (const stream of [child.stdout, child.stderr]) this.#follow(stream);
  }

  ask(asked: Asked): void {
    // That it has gone, or never was there, is told otherwise.
    if (this.#child.connected) this.#child.send(asked, () => undefined);
  }

  /** Ends it now, whatever it is doing. Its owner hears no more of it than what it has printed. */
  kill(): void {
    this.#isLeft = true;
    this.#child.kill('SIGKILL');
  }

  /** Ends it when it has nothing to do, and waits until all that it has printed has come. */
  async end(clock: Clock): Promise<void> {
    this.#isLeft = true;
    // Cut off by this side, it would not be told when its streams are at their end.
    this.ask({ is: 'end' });
    const ended = new AbortController();
    const late = clock.sleep(END_MS, ended.signal).then(
      () => this.#child.kill('SIGKILL'),
      () => undefined,
    );
    await Promise.race([this.#closed, late]);
    ended.abort();
    // A process that its code has started may hold the other end of them.
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.destroy();
  }

  #ended(how: string | undefined): void {
    this.#how ??= how;
    if (this.#how === undefined || this.#child.connected || this.#isLeft) return;
    this.#isLeft = true;
    this.#owner.onEnd(this.#how);
  }

  #missing(error: Error): void {
    if (this.#isLeft || this.#child.pid !== undefined) return;
    this.#isLeft = true;
    this.#owner.onMissing(error);
  }

  #follow(stream: Readable | null): void {
    const lines = new OutputLines(this.#owner.onOutput);
    stream?.on('data', (chunk: Buffer) => lines.write(chunk));
    stream?.on('end', () => lines.end());
  }
}

function howItEnded(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === null) return `it ended its process (exit code ${code})`;
  const why =
    signal === 'SIGABRT' || signal === 'SIGKILL' ? ': most likely it had no more memory' : '';
  return `its process was ended by ${signal}${why}`;
}
