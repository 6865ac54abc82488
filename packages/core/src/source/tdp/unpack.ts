import { gunzipSync } from 'node:zlib';
import { SyncError } from '../../errors.ts';
import type { Hold } from '../source.ts';
import {
  declaredIn,
  foreignPacking,
  isCalled,
  type Packing,
  packingOf,
  UNPACKERS,
} from './packing.ts';
import type { HttpRequest, HttpResponse } from './transport.ts';

/** Above this, packed or unpacked, the event loop would be held too long. */
const SMALL_PACKED = 256 * 1024;
const SMALL_BYTES = 1024 * 1024;
const LEAST_PIECE = 1024;
const PIECE_BYTES = 256 * 1024;
/** Content that was packed, and packed again by whatever handed it on. More layers than that nobody makes by mistake. */
const MOST_LAYERS = 5;

/** The body, unpacked until it is not packed any more. */
export async function decodedBody(
  { body: sent, headers }: Pick<HttpResponse, 'body' | 'headers'>,
  { maxBytes, hold }: Pick<HttpRequest, 'maxBytes' | 'hold'>,
  signal?: AbortSignal,
): Promise<Buffer> {
  const encoding = headers['content-encoding'];
  const declared = [...declaredIn(typeof encoding === 'string' ? encoding : encoding?.join(','))];
  // What was sent is held as well, until the innermost layer is there.
  const holdBeside = (layer: Buffer): Hold | undefined =>
    hold && ((bytes) => hold(layer === sent ? bytes : sent.length + bytes));
  let body = sent;
  for (let layer = 0; ; layer += 1) {
    const packing = packingOf(body, declared.at(-1));
    if (packing === undefined) break;
    if (layer === MOST_LAYERS) throw tooManyLayers();
    if (isCalled(packing, declared.at(-1))) declared.pop();
    const limits = { maxBytes, hold: holdBeside(body), isSent: layer === 0 };
    body = await unpackedLayer(body, packing, limits, signal);
  }
  const foreign = foreignPacking(body, declared.at(-1));
  if (foreign !== undefined) throw unknownPacking(foreign);
  return body;
}

interface Limits {
  readonly maxBytes: number;
  readonly hold: Hold | undefined;
  /** It came so over the wire, and may be damaged by it; a layer within is as the file has it. */
  readonly isSent: boolean;
}

async function unpackedLayer(
  body: Buffer,
  packing: Packing,
  { maxBytes, hold, isSent }: Limits,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  try {
    const atOnce = packing === 'gzip' ? unpackedAtOnce(body, maxBytes) : undefined;
    return atOnce ?? (await unpacked(body, packing, maxBytes, hold, signal));
  } catch (cause) {
    if (cause instanceof SyncError || signal?.aborted === true) throw cause;
    throw damaged(packing, isSent, cause);
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
  packing: Packing,
  maxBytes: number,
  hold: Hold | undefined,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const allocated = async (bytes: number): Promise<Buffer> => {
    await hold?.(body.length + bytes);
    signal?.throwIfAborted();
    return Buffer.allocUnsafeSlow(bytes);
  };
  const hint = packing === 'gzip' ? sizeHint(body) : 0;
  let whole = await allocated(hint > maxBytes ? PIECE_BYTES : Math.max(hint, LEAST_PIECE));
  let length = 0;
  for await (const piece of piecesOf(body, packing)) {
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

async function* piecesOf(body: Buffer, packing: Packing): AsyncGenerator<Buffer> {
  for (let rest = body; ; ) {
    const unpacker = UNPACKERS[packing]();
    unpacker.end(rest);
    yield* unpacker;
    // Node.js reads all members of a gzip by itself, and of a zstd only the first frame.
    rest = packing === 'gzip' ? NOTHING : rest.subarray(unpacker.bytesWritten);
    if (rest.length === 0) return;
    if (packing !== 'zstd') throw new Error(`${rest.length} bytes follow its end`);
  }
}

const NOTHING = Buffer.alloc(0);

/** The size in a gzip's last four bytes: a hint and no more; several members, or a lie, make it another. */
function sizeHint(body: Buffer): number {
  return body.length < 18 ? 0 : body.readUInt32LE(body.length - 4);
}

function damaged(packing: Packing, isSent: boolean, cause: unknown): SyncError {
  return isSent
    ? new SyncError(
        'SOURCE_PROTOCOL',
        `An answer compressed with ${packing} is damaged or cut short.`,
        {
          retryable: true,
          cause,
        },
      )
    : new SyncError(
        'DOCUMENT_INVALID',
        `The content is compressed more than once, and what is compressed with ${packing} within is damaged or cut short.`,
        { cause },
      );
}

function unknownPacking(name: string): SyncError {
  return new SyncError(
    'DOCUMENT_INVALID',
    `The content is compressed with an encoding that tdp-sync does not unpack: ${name} (Content-Encoding). It unpacks gzip, deflate, br and zstd.`,
  );
}

function tooManyLayers(): SyncError {
  return new SyncError(
    'DOCUMENT_INVALID',
    `The content is compressed more than ${MOST_LAYERS} times over.`,
  );
}

/** The error for the content of a file that is too large. Of what else is asked the client knows better. */
export function tooLarge(maxBytes: number, cause?: unknown): SyncError {
  return new SyncError(
    'FILE_TOO_LARGE',
    `The content has more than ${maxBytes} bytes, which is source.maxFileBytes.`,
    { cause },
  );
}
