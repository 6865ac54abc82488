import type { Cell } from './tokens.ts';

/** Reads a value and says where the next begins. */
type Reader = (data: Buffer, at: number) => readonly [Cell, number];

const ROW = 0xd1;
const PLP = 0xffff;
const NO_VALUE = 0xffff_ffff_ffff_ffffn;

/** The rows of a bulk load, decoded independently of the driver. */
export function decodeBulk(data: Buffer): readonly (readonly Cell[])[] {
  const readers: Reader[] = [];
  let at = 3;
  for (let n = data.readUInt16LE(1); n > 0; n -= 1) {
    const [reader, next] = columnReader(data, at + 6);
    readers.push(reader);
    at = next + 1 + data.readUInt8(next) * 2;
  }
  const rows: Cell[][] = [];
  while (data[at] === ROW) {
    at += 1;
    const row: Cell[] = [];
    for (const reader of readers) {
      const [value, next] = reader(data, at);
      row.push(value);
      at = next;
    }
    rows.push(row);
  }
  return rows;
}

function columnReader(data: Buffer, at: number): readonly [Reader, number] {
  const type = data.readUInt8(at);
  if (type === 0xe7 || type === 0xa7 || type === 0xaf) {
    const encoding = type === 0xe7 ? 'utf16le' : 'latin1';
    const isLong = data.readUInt16LE(at + 1) === PLP;
    return [isLong ? longText : shortText(encoding), at + 8];
  }
  const read = {
    104: (from: number) => data.readUInt8(from) === 1,
    109: (from: number) => data.readDoubleLE(from),
    38: (from: number, length: number) =>
      length === 8 ? data.readBigInt64LE(from) : { int: data.readInt32LE(from) },
  }[type];
  if (read === undefined) throw new Error(`Type ${type} is not known.`);
  const reader: Reader = (_, from) => {
    const length = data.readUInt8(from);
    return [length === 0 ? null : read(from + 1, length), from + 1 + length];
  };
  return [reader, at + 2];
}

function shortText(encoding: BufferEncoding): Reader {
  return (data, at) => {
    const length = data.readUInt16LE(at);
    if (length === PLP) return [null, at + 2];
    return [data.toString(encoding, at + 2, at + 2 + length), at + 2 + length];
  };
}

const longText: Reader = (data, at) => {
  if (data.readBigUInt64LE(at) === NO_VALUE) return [null, at + 8];
  const parts: Buffer[] = [];
  let next = at + 8;
  for (;;) {
    const length = data.readUInt32LE(next);
    next += 4;
    if (length === 0) return [Buffer.concat(parts).toString('utf16le'), next];
    parts.push(data.subarray(next, next + length));
    next += length;
  }
};
