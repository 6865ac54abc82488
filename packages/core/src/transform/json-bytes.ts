export const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** May stand once before all else. */
export const BOM_BYTES: Buffer = Buffer.from('\uFEFF');

/** Where the text begins: behind a byte order mark, where it has one. */
export function startOf(json: Buffer): number {
  return json.subarray(0, BOM_BYTES.length).equals(BOM_BYTES) ? BOM_BYTES.length : 0;
}

/** The place behind the text that begins with the quote at `start`; the end, where it has none. */
export function behindString(json: Buffer, start: number): number {
  for (let end = json.indexOf(QUOTE, start + 1); ; end = json.indexOf(QUOTE, end + 1)) {
    if (end === -1) return json.length;
    let backslashes = 0;
    while (json[end - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end + 1;
  }
}

/** Whether JSON passes over the byte between values. */
export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
