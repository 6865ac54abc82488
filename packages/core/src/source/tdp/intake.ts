import type { Hold } from '../source.ts';
import { type HttpRequest, TransportError } from './transport.ts';

/** How quickly an answer has to come. */
export interface Pace {
  /** Least bytes per second. */
  readonly minRate: number;
  /** Over how long it is measured, so that a pause is no matter. */
  readonly stretchMs: number;
}

/** A body of this size or less is taken in without asking for room. */
const SMALL_BYTES = 256 * 1024;

/**
 * Takes in the body of one answer, piece by piece, within its bounds: no larger than it may be, no slower than it must
 * come, and no more at once than there is room for. For whoever writes a transport.
 */
export class Intake {
  readonly #host: string;
  readonly #maxBytes: number;
  readonly #hold: Hold | undefined;
  readonly #pace: Pace;
  readonly #now: () => number;
  #pieces: Buffer[] = [];
  #bytes = 0;
  /** There is room for so many. */
  #held = SMALL_BYTES;
  #sinceMs: number | undefined;
  #sinceBytes = 0;

  /** `now`: milliseconds of a clock that nobody sets. */
  constructor(
    host: string,
    { maxBytes, hold }: Pick<HttpRequest, 'maxBytes' | 'hold'>,
    pace: Pace,
    now: () => number = () => performance.now(),
  ) {
    this.#host = host;
    this.#maxBytes = maxBytes;
    this.#hold = hold;
    this.#pace = pace;
    this.#now = now;
  }

  /** What has been taken in. */
  get body(): Buffer {
    const [first] = this.#pieces;
    return first !== undefined && this.#pieces.length === 1
      ? first
      : Buffer.concat(this.#pieces, this.#bytes);
  }

  /** The size that the answer says it has. What is given is to be waited for before the first piece is taken. */
  expect(bytes: number): TransportError | Promise<void> | undefined {
    return bytes > this.#maxBytes ? this.#tooLarge() : this.#room(bytes);
  }

  /** Takes a piece. What is given is to be waited for before the next one; after an error none may come. */
  take(piece: Buffer): TransportError | Promise<void> | undefined {
    this.#bytes += piece.length;
    if (this.#bytes > this.#maxBytes) return this.#tooLarge();
    this.#pieces.push(piece);
    return this.#tooSlow() ?? this.#room(this.#bytes);
  }

  #room(bytes: number): Promise<void> | undefined {
    if (bytes <= this.#held) return undefined;
    this.#held = bytes;
    const wait = this.#hold?.(bytes);
    return wait?.then(() => {
      // It was not the answer that was slow.
      this.#sinceMs = undefined;
    });
  }

  #tooSlow(): TransportError | undefined {
    const nowMs = this.#now();
    const { minRate, stretchMs } = this.#pace;
    const sinceMs = this.#sinceMs;
    if (sinceMs !== undefined && nowMs - sinceMs < stretchMs) return undefined;
    const bytes = this.#bytes - this.#sinceBytes;
    this.#sinceMs = nowMs;
    this.#sinceBytes = this.#bytes;
    if (sinceMs === undefined || bytes >= (minRate * stretchMs) / 1000) return undefined;
    return new TransportError(
      'timeout',
      `${this.#host} sent ${bytes} bytes in ${Math.round((nowMs - sinceMs) / 1000)} seconds, and at least ${minRate} a second are wanted (source.minRate)`,
    );
  }

  #tooLarge(): TransportError {
    return new TransportError('too-large', `the answer has more than ${this.#maxBytes} bytes`);
  }
}
