const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const LOWER_U = 0x75;
const INVALID = -1;

const WORDS = ['true', 'false', 'null'].map((word) => Buffer.from(word));
const ESCAPED: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'));

/**
 * Whether UTF-8 bytes are one JSON text by RFC 8259, which is when `JSON.parse` takes them. It builds nothing: where a document is only to
 * be stored, the objects that `JSON.parse` makes of it cost several times as much.
 */
export function isJson(bytes: Uint8Array, start = 0): boolean {
  /** What closes the arrays and objects that are open. */
  const open: number[] = [];
  let at = afterSpace(bytes, start);
  for (;;) {
    const first = bytes[at];
    if (first === OPEN_OBJECT || first === OPEN_ARRAY) {
      const close = first === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY;
      at = afterSpace(bytes, at + 1);
      if (bytes[at] !== close) {
        open.push(close);
        if (close === CLOSE_OBJECT) at = afterKey(bytes, at);
        if (at === INVALID) return false;
        continue;
      }
      at += 1;
    } else {
      at = afterScalar(bytes, at);
      if (at === INVALID) return false;
    }
    at = afterSpace(bytes, at);
    while (open.length > 0 && bytes[at] === open[open.length - 1]) {
      open.pop();
      at = afterSpace(bytes, at + 1);
    }
    if (open.length === 0) return at === bytes.length;
    if (bytes[at] !== COMMA) return false;
    at = afterSpace(bytes, at + 1);
    if (open[open.length - 1] === CLOSE_OBJECT) at = afterKey(bytes, at);
    if (at === INVALID) return false;
  }
}

function afterSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  for (; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte !== SPACE && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
  }
  return at;
}

/** Behind a key, its colon and the space around them. */
function afterKey(bytes: Uint8Array, from: number): number {
  if (bytes[from] !== QUOTE) return INVALID;
  const end = afterString(bytes, from + 1);
  if (end === INVALID) return INVALID;
  const at = afterSpace(bytes, end);
  return bytes[at] === COLON ? afterSpace(bytes, at + 1) : INVALID;
}

function afterScalar(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first === QUOTE) return afterString(bytes, at + 1);
  if (first === MINUS || isDigit(first)) return afterNumber(bytes, at);
  const word = WORDS.find((one) => one.every((byte, index) => bytes[at + index] === byte));
  return word === undefined ? INVALID : at + word.length;
}

/** Behind the closing quote of a string. */
function afterString(bytes: Uint8Array, from: number): number {
  const { length } = bytes;
  let at = from;
  while (at < length) {
    const byte = bytes[at] ?? 0;
    at += 1;
    if (byte === QUOTE) return at;
    if (byte < SPACE) return INVALID;
    if (byte !== BACKSLASH) continue;
    at = afterEscape(bytes, at);
    if (at === INVALID) return INVALID;
  }
  return INVALID;
}

function afterEscape(bytes: Uint8Array, at: number): number {
  const kind = bytes[at] ?? 0;
  if (kind !== LOWER_U) return ESCAPED.has(kind) ? at + 1 : INVALID;
  for (let digit = 1; digit <= 4; digit += 1) if (!isHex(bytes[at + digit])) return INVALID;
  return at + 5;
}

function afterNumber(bytes: Uint8Array, from: number): number {
  let at = bytes[from] === MINUS ? from + 1 : from;
  const whole = afterDigits(bytes, at);
  if (whole === at || (bytes[at] === ZERO && whole > at + 1)) return INVALID;
  at = whole;
  if (bytes[at] === DOT) {
    const end = afterDigits(bytes, at + 1);
    if (end === at + 1) return INVALID;
    at = end;
  }
  const letter = bytes[at];
  if (letter !== 0x65 && letter !== 0x45) return at;
  const sign = bytes[at + 1];
  const digits = sign === PLUS || sign === MINUS ? at + 2 : at + 1;
  const end = afterDigits(bytes, digits);
  return end === digits ? INVALID : end;
}

function afterDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isDigit(bytes[at])) at += 1;
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function isHex(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  // Without the bit that tells lower-case letters.
  const letter = byte & 0xdf;
  return isDigit(byte) || (letter >= 0x41 && letter <= 0x46);
}
