import { open, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SinkError } from '@tdp-sync/sink';
import { type Content, format, parse } from './content.ts';

const LOCK_WAIT_MS = 30_000;

/** A file that any number of processes of this machine read and change, each change whole or not at all. */
export class DatabaseFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** What was committed last. Needs no lock, since the file is only ever replaced. */
  async read(): Promise<Content> {
    return parse(await this.#text());
  }

  /** Lets `work` change the content, and writes it. When `work` throws, or changes nothing, nothing is written. */
  async change<Result>(work: (content: Content) => Result): Promise<Result> {
    await lock(`${this.#path}.lock`);
    try {
      const before = await this.#text();
      const content = parse(before);
      const result = work(content);
      const after = format(content);
      if (after !== before) await this.#replace(after);
      return result;
    } finally {
      await rm(`${this.#path}.lock`);
    }
  }

  async #text(): Promise<string | undefined> {
    try {
      return await readFile(this.#path, 'utf8');
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return undefined;
      throw sinkError(`${this.#path} cannot be read.`, cause);
    }
  }

  /** Whoever reads sees the old text or the new one, whenever the power fails. */
  async #replace(text: string): Promise<void> {
    const next = `${this.#path}.next`;
    try {
      await write(next, text);
      await rename(next, this.#path);
      await write(dirname(this.#path));
    } catch (cause) {
      throw sinkError(`${this.#path} cannot be written.`, cause);
    }
  }
}

/** Writes a text, if there is one, and waits until it is on the disk; of a folder, the names of its files. */
async function write(path: string, text?: string): Promise<void> {
  const file = await open(path, text === undefined ? 'r' : 'w');
  try {
    if (text !== undefined) await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A lock is a symbolic link to the number of the process that holds it: made at once with its content, or not. */
async function lock(path: string): Promise<void> {
  const giveUpAt = performance.now() + LOCK_WAIT_MS;
  while (performance.now() < giveUpAt) {
    try {
      return await symlink(String(process.pid), path);
    } catch (cause) {
      if (codeOf(cause) !== 'EEXIST') throw sinkError(`${path} cannot be created.`, cause);
    }
    const holder = await holderOf(path);
    if (holder === undefined || isAlive(holder)) await sleep(5);
    else await breakLock(path, holder);
  }
  throw new SinkError('SINK_LOCKED', `${path} is held by process ${await holderOf(path)}.`, {
    retryable: true,
  });
}

/** Of several that find the lock of a dead process, one removes it, and never that of a living one. */
async function breakLock(path: string, holder: number): Promise<void> {
  await lock(`${path}.break`);
  if ((await holderOf(path)) === holder) await rm(path);
  await rm(`${path}.break`);
}

async function holderOf(path: string): Promise<number | undefined> {
  return await readlink(path).then(Number, () => undefined);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

function sinkError(message: string, cause: unknown): SinkError {
  const isRight = ['EACCES', 'EPERM', 'EROFS'].includes(codeOf(cause) ?? '');
  return isRight
    ? new SinkError('SINK_PERMISSION', message, { cause })
    : new SinkError('SINK_UNAVAILABLE', message, { cause, retryable: true });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
