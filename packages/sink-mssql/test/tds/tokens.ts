/** An error of the server's. */
export interface ServerError {
  readonly number: number;
  readonly message: string;
}

/** A cell. A number travels as `float` unless it is marked as an `int`. */
export type Cell = number | bigint | boolean | string | null | { readonly int: number };

const COLLATION = Buffer.from([0x09, 0x04, 0xd0, 0x00, 0x34]);
const NVARCHAR = 0xe7;
const INTN = 0x26;
const TDS_7_4 = 0x74_00_00_04;

/** The answer to a login. */
export function loginAck(): Buffer {
  const name = text8('fake');
  const body = Buffer.concat([Buffer.from([1]), u32be(TDS_7_4), name, Buffer.from([16, 0, 0, 0])]);
  const collation = Buffer.concat([Buffer.from([7, 5]), COLLATION, Buffer.from([0])]);
  return Buffer.concat([
    Buffer.from([0xe3]),
    u16(collation.length),
    collation,
    Buffer.from([0xad]),
    u16(body.length),
    body,
    done('batch', false),
  ]);
}

/** An error, as a token. */
export function errorToken({ number, message }: ServerError): Buffer {
  const body = Buffer.concat([
    u32(number),
    Buffer.from([1, 16]),
    u16(message.length),
    Buffer.from(message, 'utf16le'),
    text8('fake'),
    text8(''),
    u32(1),
  ]);
  return Buffer.concat([Buffer.from([0xaa]), u16(body.length), body]);
}

/** A result set: rows as arrays. A column is what its first cell with a value is. */
export function resultSet(columns: number, rows: readonly (readonly Cell[])[]): Buffer {
  const types = Array.from({ length: columns }, (_, at) =>
    typeOf(rows.find((row) => (row[at] ?? null) !== null)?.[at] ?? null),
  );
  const metadata = types.map(({ info }, at) =>
    Buffer.concat([u32(0), u16(1), info, text8(`c${at}`)]),
  );
  const cells = rows.map((row) => {
    const values = types.map(({ write }, at) => write(row[at] ?? null));
    return Buffer.concat([Buffer.from([0xd1]), ...values]);
  });
  return Buffer.concat([Buffer.from([0x81]), u16(columns), ...metadata, ...cells]);
}

/** The end of a result set or of an answer. */
export function done(kind: 'batch' | 'procedure' | 'set', isError: boolean): Buffer {
  const token = { batch: 0xfd, procedure: 0xfe, set: 0xff }[kind];
  const status = (isError ? 2 : 0) | (kind === 'set' ? 1 : 0);
  return Buffer.concat([Buffer.from([token]), u16(status), u16(0), Buffer.alloc(8)]);
}

/** The end of an answer that was cancelled. */
export function cancelled(): Buffer {
  return Buffer.concat([Buffer.from([0xfd]), u16(0x20), u16(0), Buffer.alloc(8)]);
}

interface CellType {
  readonly info: Buffer;
  readonly write: (value: Cell) => Buffer;
}

function typeOf(value: Cell): CellType {
  if (typeof value === 'boolean')
    return fixed(0x68, 1, (bytes, on) => bytes.writeUInt8(on ? 1 : 0));
  if (typeof value === 'bigint') {
    return fixed(INTN, 8, (bytes, int) => bytes.writeBigInt64LE(BigInt(int as bigint)));
  }
  if (typeof value === 'number') {
    return fixed(0x6d, 8, (bytes, float) => bytes.writeDoubleLE(Number(float)));
  }
  if (typeof value === 'object' && value !== null) {
    return fixed(INTN, 4, (bytes, cell) => bytes.writeInt32LE((cell as { int: number }).int));
  }
  return {
    info: Buffer.concat([Buffer.from([NVARCHAR]), u16(0xffff), COLLATION]),
    write: textValue,
  };
}

function fixed(
  type: number,
  length: number,
  write: (bytes: Buffer, value: Cell) => unknown,
): CellType {
  return {
    info: Buffer.from([type, length]),
    write: (value) => {
      if (value === null) return Buffer.from([0]);
      const bytes = Buffer.alloc(length);
      write(bytes, value);
      return Buffer.concat([Buffer.from([length]), bytes]);
    },
  };
}

/** As `nvarchar(max)`: length, one chunk, the end. */
function textValue(value: Cell): Buffer {
  if (value === null) return Buffer.alloc(8, 0xff);
  const bytes = Buffer.from(String(value), 'utf16le');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  const chunk = bytes.length === 0 ? [] : [u32(bytes.length), bytes];
  return Buffer.concat([length, ...chunk, u32(0)]);
}

function text8(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'utf16le')]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u32be(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
