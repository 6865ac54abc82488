/** A request as the server understands it. `waits`: for a lock, in milliseconds, if it says how long. */
export type Request =
  | { readonly kind: 'batch'; readonly sql: string; readonly waits: number | undefined }
  | {
      readonly kind: 'procedure';
      readonly sql: string;
      readonly waits: number | undefined;
      /** By name, with the `@`. */
      readonly parameters: Readonly<Record<string, string | null>>;
    }
  | { readonly kind: 'bulk'; readonly data: Buffer };

const PLP = 0xffff;
const INTN = 0x26;

/** Decodes a batch or a call of `sp_executesql` with texts as parameters, independently of the driver. */
export function decodeRequest(type: number, body: Buffer): Request | undefined {
  if (type === 0x07) return { kind: 'bulk', data: body };
  const after = body.subarray(body.readUInt32LE(0));
  if (type === 0x01) return { kind: 'batch', ...split(after.toString('utf16le')) };
  if (type !== 0x03) return undefined;
  const values = new Map<string, string | null>();
  let at = 6;
  for (let n = 0; at < after.length; n += 1) {
    const nameLength = after.readUInt8(at) * 2;
    const name = after.toString('utf16le', at + 1, at + 1 + nameLength);
    const read = value(after, at + 2 + nameLength);
    values.set(name === '' ? `#${n}` : name, read.value);
    at = read.next;
  }
  const [sql, , ...parameters] = values;
  return {
    kind: 'procedure',
    ...split(sql?.[1] ?? ''),
    parameters: Object.fromEntries(parameters),
  };
}

/** A statement and what is before it. */
function split(text: string): { sql: string; waits: number | undefined } {
  const [before = '', waits] = /^SET LOCK_TIMEOUT (\d+);\n/.exec(text) ?? [];
  return { sql: text.slice(before.length), waits: waits === undefined ? undefined : Number(waits) };
}

function value(body: Buffer, at: number): { value: string | null; next: number } {
  if (body.readUInt8(at) === INTN) {
    const length = body.readUInt8(at + 2);
    const text = length === 0 ? null : String(body.readIntLE(at + 3, length));
    return { value: text, next: at + 3 + length };
  }
  const encoding = [0xa7, 0xaf].includes(body.readUInt8(at)) ? 'latin1' : 'utf16le';
  const longest = body.readUInt16LE(at + 1);
  const start = at + 8;
  if (longest !== PLP) {
    const length = body.readUInt16LE(start);
    if (length === PLP) return { value: null, next: start + 2 };
    const next = start + 2 + length;
    return { value: body.toString(encoding, start + 2, next), next };
  }
  let next = start + 8;
  const parts: Buffer[] = [];
  for (;;) {
    const length = body.readUInt32LE(next);
    next += 4;
    if (length === 0) break;
    parts.push(body.subarray(next, next + length));
    next += length;
  }
  return { value: Buffer.concat(parts).toString(encoding), next };
}
