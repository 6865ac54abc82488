import { createGunzip, gunzipSync } from 'node:zlib';
import { SyncError } from '../../errors.ts';
import type { Hold } from '../source.ts';
import type { HttpRequest, HttpResponse } from './transport.ts';

/** Above this, packed or unpacked, the event loop would be held too long. */
const SMALL_PACKED = 256 * 1024;
const SMALL_BYTES = 1024 * 1024;
const LEAST_PIECE = 1024;
const PIECE_BYTES = 256 * 1024;

/**
 * The body, decompressed when its first bytes say that it is gzip. The header is not asked: TDP and
 * what lies between may send gzip without it, and the header with what is already decoded.
 */
export async function decodedBody(
  { body }: HttpResponse,
  { maxBytes, hold }: Pick<HttpRequest, 'maxBytes' | 'hold'>,
  signal?: AbortSignal,
): Promise<Buffer> {
  if (body[0] !== 0x1f || body[1] !== 0x8b) return body;
  try {
    return unpackedAtOnce(body, maxBytes) ?? (await unpacked(body, maxBytes, hold, signal));
  } catch (cause) {
    if (cause instanceof SyncError || signal?.aborted === true) throw cause;
    throw new SyncError('SOURCE_PROTOCOL', 'A compressed answer is damaged or cut short.', {
      retryable: true,
      cause,
    });
  }
}

/** What is small and says that it becomes nothing large; `undefined` for all else, and for what has not told the truth. */
function unpackedAtOnce(body: Buffer, maxBytes: number): Buffer | undefined {
  const size = sizeHint(body);
  if (body.length > SMALL_PACKED || size > SMALL_BYTES) return undefined;
  // One piece that holds all of it saves allocating and copying.
  const chunkSize = Math.max(size + 64, LEAST_PIECE);
  try {
    return gunzipSync(body, { maxOutputLength: Math.min(maxBytes, SMALL_BYTES), chunkSize });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Unpacks piece by piece, each when there is room for it: how much it becomes is known only when it is there. */
async function unpacked(
  body: Buffer,
  maxBytes: number,
  hold: Hold | undefined,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const allocated = async (bytes: number): Promise<Buffer> => {
    await hold?.(body.length + bytes);
    signal?.throwIfAborted();
    return Buffer.allocUnsafeSlow(bytes);
  };
  const hint = sizeHint(body);
  let whole = await allocated(hint > maxBytes ? PIECE_BYTES : Math.max(hint, LEAST_PIECE));
  let length = 0;
  for await (const piece of piecesOf(body)) {
    const needed = length + piece.length;
    if (needed > maxBytes) throw tooLarge(maxBytes);
    if (needed > whole.length) {
      const larger = await allocated(Math.min(Math.max(2 * whole.length, needed), maxBytes));
      whole.copy(larger, 0, 0, length);
      whole = larger;
    }
    piece.copy(whole, length);
    length = needed;
  }
  const content = whole.subarray(0, length);
  return 2 * length < whole.length ? Buffer.from(content) : content;
}

function piecesOf(body: Buffer): AsyncIterable<Buffer> {
  const unzip = createGunzip({ chunkSize: PIECE_BYTES });
  unzip.end(body);
  return unzip;
}

/** The size in a gzip's last four bytes: a hint and no more; several members, or a lie, make it another. */
function sizeHint(body: Buffer): number {
  return body.length < 18 ? 0 : body.readUInt32LE(body.length - 4);
}

/** The error for the content of a file that is too large. Of what else is asked the client knows better. */
export function tooLarge(maxBytes: number, cause?: unknown): SyncError {
  return new SyncError(
    'FILE_TOO_LARGE',
    `The content has more than ${maxBytes} bytes, which is source.maxFileBytes.`,
    { cause },
  );
}
