import { StringDecoder } from 'node:string_decoder';

/** So much of a line is waited for. */
const LONGEST_LINE = 65_536;

/** Puts what a stream brings together to lines. Those without anything in them are left out. */
export class OutputLines {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  write(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split(/\r?\n/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#tell(line);
    if (this.#rest.length > LONGEST_LINE) this.end();
  }

  /** Gives what has no end of its own. */
  end(): void {
    this.#tell(this.#rest);
    this.#rest = '';
  }

  #tell(line: string): void {
    if (line.trim() !== '') this.#onLine(line);
  }
}
