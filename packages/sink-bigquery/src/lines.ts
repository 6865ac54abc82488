import { once } from 'node:events';
import { constants, createGzip } from 'node:zlib';

/** How much text is put together before it is handed on, in characters. */
const CHUNK = 65_536;

/** Lines for one load job, kept in memory as they will be uploaded. */
export class Lines {
  readonly #gzip: ReturnType<typeof createGzip> | undefined;
  readonly #chunks: Buffer[] = [];
  #pending: string[] = [];
  #pendingCharacters = 0;
  #bytes = 0;

  constructor(compress: boolean) {
    if (!compress) return;
    // The fastest level: a quarter of the bytes for a tenth of the time of the default level.
    this.#gzip = createGzip({ level: constants.Z_BEST_SPEED });
    this.#gzip.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
  }

  /** How many bytes the lines have before compression, without those that came last. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a line. What it returns is to be awaited: compression happens meanwhile. */
  async add(line: string): Promise<void> {
    this.#pending.push(line);
    this.#pendingCharacters += line.length + 1;
    if (this.#pendingCharacters >= CHUNK) await this.#handOn();
  }

  /** All of it, to be uploaded. Nothing can be added afterwards. */
  async end(): Promise<Buffer> {
    await this.#handOn();
    if (this.#gzip !== undefined) {
      const ended = once(this.#gzip, 'end');
      this.#gzip.end();
      await ended;
    }
    return Buffer.concat(this.#chunks);
  }

  async #handOn(): Promise<void> {
    if (this.#pending.length === 0) return;
    const chunk = Buffer.from(`${this.#pending.join('\n')}\n`);
    this.#pending = [];
    this.#pendingCharacters = 0;
    this.#bytes += chunk.length;
    if (this.#gzip === undefined) this.#chunks.push(chunk);
    else if (!this.#gzip.write(chunk)) await once(this.#gzip, 'drain');
  }
}
