import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SyncError } from '../../../src/errors.ts';
import type { FileHit } from '../../../src/file.ts';
import type { Extract, Transform } from '../../../src/transform/transform.ts';
import {
  type IsolatedTransformOptions,
  isolatedTransform,
} from '../../../src/transform/user/isolated.ts';
import { hitOf } from '../../hits.ts';

/** A folder with modules of a user's, each in a process of its own. */
export class Modules implements AsyncDisposable {
  readonly printed: string[] = [];
  readonly #opened: AsyncDisposable[] = [];
  #dir: string | undefined;

  /** Writes a module. */
  async write(name: string, source: string): Promise<string> {
    this.#dir ??= await mkdtemp(join(tmpdir(), 'tdp-sync-modules-'));
    const path = join(this.#dir, name);
    await writeFile(path, source);
    return path;
  }

  /** Opens a module as the command does. */
  async open(
    source: string,
    options: Partial<IsolatedTransformOptions> & { readonly name?: string } = {},
  ): Promise<Transform> {
    const path = await this.write(options.name ?? 'lab.mts', source);
    const transform = await isolatedTransform({
      ...{ url: pathToFileURL(path).href, source, fingerprint: 'f', timeoutMs: 30_000 },
      onOutput: (line) => this.printed.push(line),
      ...options,
    });
    this.#opened.push(transform);
    return transform;
  }

  /** A transform with the table `t`, whose `rows` has this body. */
  body(body: string, options: Partial<IsolatedTransformOptions> = {}): Promise<Transform> {
    return this.open(
      `const tables = { t: { a: 'string', n: 'int64', x: 'float64', d: 'date', at: 'timestamp', j: 'json' } };
export default { tables, rows(file, document, content) {
${body}
} };
`,
      options,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opened of this.#opened) await opened[Symbol.asyncDispose]();
    if (this.#dir !== undefined) await rm(this.#dir, { recursive: true, force: true });
  }
}

/** A file by its number. */
export function fileOf(number: number): FileHit {
  return hitOf(`file-${number}`);
}

/** What a transform makes of a document. */
export function extract(
  transform: Transform,
  document: unknown,
  number = 1,
  signal: AbortSignal = new AbortController().signal,
): Promise<Extract> {
  return transform.extract(fileOf(number), Buffer.from(JSON.stringify(document)), signal);
}

/** The error that a file fails with. */
export async function failure(work: Promise<unknown>): Promise<SyncError> {
  return await work.then(
    () => {
      throw new Error('It has not failed');
    },
    (error: SyncError) => error,
  );
}
