import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
const SMALL = 1024;
const MAX_STORED_BLOCK = 65_535;

/** The end of many files that differ at the beginning only, compressed once. */
export interface SharedTail {
  readonly plain: Uint8Array;
  readonly deflated: Uint8Array;
  /** The CRC of a head with this end, from that of the head. */
  readonly crcAfter: (crc: number) => number;
}

/**
 * A CRC over these bytes as a function of the CRC before them. With `^` for a sum that function is
 * linear but for a constant: its values at single bits tell all others, and the bytes need not be
 * read again for every head.
 */
function crcContinued(bytes: Uint8Array): (crc: number) => number {
  // Over no bytes, the crc32 of Node 22 forgets what came before.
  if (bytes.length === 0) return (crc) => crc;
  const zero = crc32(bytes, 0);
  const ofBit = Array.from({ length: 32 }, (_, bit) => crc32(bytes, (1 << bit) >>> 0) ^ zero);
  // For each of the four bytes of a CRC, what each of its values adds.
  const table = new Int32Array(4 * 256);
  for (const place of table.keys()) {
    const bits = ofBit.slice((place >> 8) * 8, (place >> 8) * 8 + 8);
    table[place] = bits.reduce((sum, value, bit) => (place & (1 << bit) ? sum ^ value : sum), 0);
  }
  const of = (byte: number, crc: number): number =>
    table[(byte << 8) | ((crc >>> (byte * 8)) & 255)] ?? 0;
  return (crc) => (zero ^ of(0, crc) ^ of(1, crc) ^ of(2, crc) ^ of(3, crc)) >>> 0;
}

/** Compresses a shared end. */
export function sharedTail(plain: Uint8Array): SharedTail {
  return { plain, deflated: deflateRawSync(plain), crcAfter: crcContinued(plain) };
}

/** Size of what {@link gzipWithTail} makes of a head of this many bytes. */
export function gzipWithTailSize(headBytes: number, tail: SharedTail): number {
  return HEADER.length + 5 + headBytes + tail.deflated.length + 8;
}

/**
 * One ordinary gzip member made of an uncompressed block and the ready-made end. It costs a copy and
 * the checksum of the head, so that an emulator of a million compressed files is not busy compressing.
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
  out.writeUInt32LE(tail.crcAfter(crc32(head)), out.length - 8);
  out.writeUInt32LE((head.length + tail.plain.length) >>> 0, out.length - 4);
  return out;
}

const EMPTY_TAIL = sharedTail(new Uint8Array());

/** Compresses a file. Small ones are only wrapped: opening a compressor costs more than it saves. */
export function gzip(bytes: Uint8Array): Uint8Array {
  return bytes.length < SMALL ? gzipWithTail(bytes, EMPTY_TAIL) : gzipSync(bytes);
}
