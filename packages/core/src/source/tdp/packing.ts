import { isUtf8 } from 'node:buffer';
import type { Transform } from 'node:stream';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import { jsonOrUndefined } from '../../json.ts';

/** How content may be compressed that can be unpacked. */
export type Packing = 'gzip' | 'zstd' | 'brotli' | 'deflate' | 'raw deflate';

const PIECE = { chunkSize: 256 * 1024 };

/** A stream that unpacks, and knows how much of what it was given it has read. */
export interface Unpacker extends Transform {
  readonly bytesWritten: number;
}

/** Opens a stream that unpacks. */
export const UNPACKERS: Readonly<Record<Packing, () => Unpacker>> = {
  gzip: () => createGunzip(PIECE),
  zstd: () => createZstdDecompress(PIECE),
  brotli: () => createBrotliDecompress(PIECE),
  deflate: () => createInflate(PIECE),
  'raw deflate': () => createInflateRaw(PIECE),
};

/** Names that a Content-Encoding has without any compression; the first two are S3's and what people write by mistake. */
const NO_PACKING = /^(?:aws-chunked|utf-?8|identity|none|binary|)$/;
const UNKNOWN = /^[\w.+-]{1,30}$/;
/** So many packed bytes are never a text by chance. */
const FEW_BYTES = 256;
const LESS = 0x3c;
/** What JSON, a page or a byte order mark begins with. */
const TEXT = /^[\s{["<\d\-tfn\uFEFF]/;

/** The encodings that the header names, in the order in which they were applied. */
export function declaredIn(contentEncoding: string | undefined): readonly string[] {
  const names = (contentEncoding ?? '').toLowerCase().split(',');
  return names.map((name) => name.trim()).filter((name) => !NO_PACKING.test(name));
}

/**
 * How bytes are packed, by their first ones, else by the header: TDP and what lies between may send packed content without it,
 * and the header with what is already unpacked. `undefined`: they are not, as far as can be told.
 */
export function packingOf(body: Buffer, declared: string | undefined): Packing | undefined {
  const first = body.length < 2 ? 0 : body.readUInt16BE(0);
  if (first === 0x1f8b) return 'gzip';
  if (isZstd(body)) return 'zstd';
  const isZlib = (first & 0x8f00) === 0x0800 && first % 31 === 0;
  if (declared === 'deflate' && !isText(body)) return isZlib ? 'deflate' : 'raw deflate';
  if (declared === 'br' && !isText(body)) return 'brotli';
  // As zlib writes it, with the window that all write; `x^` may begin a text as well.
  return isZlib && first >> 8 === 0x78 && !isUtf8(body) ? 'deflate' : undefined;
}

/** Whether a name of the header means this packing. */
export function isCalled(packing: Packing, declared: string | undefined): boolean {
  return declared !== undefined && NAMES[packing].test(declared);
}

const NAMES: Readonly<Record<Packing, RegExp>> = {
  gzip: /^(?:x-)?gzip$/,
  zstd: /^zstd$/,
  brotli: /^br$/,
  deflate: /^deflate$/,
  // The two are called alike.
  'raw deflate': /^deflate$/,
};

/** A name that the header has for a packing which is none of ours, where the content is no text. */
export function foreignPacking(body: Buffer, declared: string | undefined): string | undefined {
  if (declared === undefined || /^(?:x-)?(?:gzip|zstd|br|deflate)$/.test(declared))
    return undefined;
  if (body.length === 0 || isUtf8(body)) return undefined;
  return UNKNOWN.test(declared) ? declared : 'of another kind';
}

/** A frame with content, or one to be skipped. */
function isZstd(body: Buffer): boolean {
  const magic = body.length < 4 ? 0 : body.readUInt32LE(0);
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50;
}

/** Whether it is not packed, although the header says so. Of a few bytes only their whole tells. */
function isText(body: Buffer): boolean {
  if (!isUtf8(body) || !TEXT.test(body.toString('utf8', 0, 3))) return false;
  return (
    body.length > FEW_BYTES || body[0] === LESS || jsonOrUndefined(withoutMark(body)) !== undefined
  );
}

function withoutMark(body: Buffer): string {
  return body.toString('utf8').replace(/^\uFEFF/, '');
}
