import { behindString, isSpace, QUOTE, startOf } from './json-bytes.ts';

const [COMMA, COLON] = [0x2c, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * The texts that the object of a valid JSON text has under these keys, each as it comes first. It reads no further than to the
 * last of them: IDS documents have theirs at the beginning.
 */
export function topLevelTexts(json: Buffer, names: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let at = behindSpace(json, startOf(json));
  if (json[at] !== OPEN_OBJECT) return found;
  at = behindSpace(json, at + 1);
  while (json[at] === QUOTE && found.size < names.length) {
    const keyEnd = behindString(json, at);
    const key = textIn(json, at, keyEnd);
    const colon = behindSpace(json, keyEnd);
    if (json[colon] !== COLON) return found;
    const value = behindSpace(json, colon + 1);
    const valueEnd = behindValue(json, value);
    if (names.includes(key) && !found.has(key) && json[value] === QUOTE)
      found.set(key, textIn(json, value, valueEnd));
    const comma = behindSpace(json, valueEnd);
    if (json[comma] !== COMMA) return found;
    at = behindSpace(json, comma + 1);
  }
  return found;
}

/** What is between quotes; a broken text is nothing. */
function textIn(json: Buffer, start: number, end: number): string {
  const quoted = json.toString('utf8', start, end);
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return '';
  }
}

function behindValue(json: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < json.length; ) {
    const byte = json[at];
    if (byte === QUOTE) {
      at = behindString(json, at);
      if (depth === 0) return at;
      continue;
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      // A scalar ends where the object around it does.
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (byte === COMMA && depth === 0) return at;
    at += 1;
  }
  return json.length;
}

function behindSpace(json: Buffer, from: number): number {
  let at = from;
  while (isSpace(json[at])) at += 1;
  return at;
}
