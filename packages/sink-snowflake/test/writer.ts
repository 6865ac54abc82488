import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TestDatabase } from '@tdp-sync/sink/conformance';

const SCRIPT = fileURLToPath(new URL('./child/writer.ts', import.meta.url));

/** A process of its own that loads. */
export class Writer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;
  /** What it has read as the state when it began. */
  readonly found: string;

  private constructor(
    child: ChildProcess,
    lines: AsyncIterator<string>,
    ended: Promise<unknown>,
    found: string,
  ) {
    this.#child = child;
    this.#lines = lines;
    this.#ended = ended;
    this.found = found;
  }

  /** Starts it, and waits until its sink is open. */
  static async start(
    { config }: Pick<TestDatabase, 'config'>,
    environment: NodeJS.ProcessEnv = {},
  ): Promise<Writer> {
    const env = { ...process.env, ...environment, WRITER_CONFIG: JSON.stringify(config) };
    const child = spawn(process.execPath, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'], env });
    const ended = once(child, 'exit');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value } = await lines.next();
    if (typeof value !== 'string') throw new Error('The writer has not started.');
    return new Writer(child, lines, ended, value);
  }

  /** Lets it commit one load. The state that it says is stored then; `undefined` when it dies over it. */
  async load(): Promise<string | undefined> {
    this.#child.stdin?.write('\n');
    const { value } = await this.#lines.next();
    return value;
  }

  /** Ends it without a warning. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.#ended;
  }
}
