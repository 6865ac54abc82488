import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
const SMALL = 1024;
const MAX_STORED_BLOCK = 65_535;

/** The end of many files that differ at the beginning only, compressed once. */
export interface SharedTail {
  readonly plain: Uint8Array;
  readonly deflated: Uint8Array;
}

/** Compresses a shared end. */
export function sharedTail(plain: Uint8Array): SharedTail {
  return { plain, deflated: deflateRawSync(plain) };
}

/** Size of what {@link gzipWithTail} makes of a head of this many bytes. */
export function gzipWithTailSize(headBytes: number, tail: SharedTail): number {
  return HEADER.length + 5 + headBytes + tail.deflated.length + 8;
}

/**
 * One ordinary gzip member made of an uncompressed block and the ready-made end. It costs a copy and
 * a checksum, so that an emulator of a million compressed files is not busy compressing.
 */
export function gzipWithTail(head: Uint8Array, tail: SharedTail): Uint8Array {
  if (head.length > MAX_STORED_BLOCK) throw new RangeError('the head must fit one deflate block');
  const out = Buffer.allocUnsafe(gzipWithTailSize(head.length, tail));
  out.set(HEADER, 0);
  out[10] = 0;
  out.writeUInt16LE(head.length, 11);
  out.writeUInt16LE(head.length ^ 0xffff, 13);
  out.set(head, 15);
  out.set(tail.deflated, 15 + head.length);
  out.writeUInt32LE(crc32(tail.plain, crc32(head)), out.length - 8);
  out.writeUInt32LE((head.length + tail.plain.length) >>> 0, out.length - 4);
  return out;
}

const EMPTY_TAIL = sharedTail(new Uint8Array());

/** Compresses a file. Small ones are only wrapped: opening a compressor costs more than it saves. */
export function gzip(bytes: Uint8Array): Uint8Array {
  return bytes.length < SMALL ? gzipWithTail(bytes, EMPTY_TAIL) : gzipSync(bytes);
}
