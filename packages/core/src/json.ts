/** An escape in a JSON text; the two halves of a pair count as one. Backslashes stand in strings only. */
const ESCAPE = /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u[\da-fA-F]{4}|[^u])/g;
/** An escape that stands for NUL or, alone, for half of a pair. */
const UNSTORABLE = /^\\u(?:0000|d[89a-f]..)$/i;
const SUSPECT = /\\u(?:0000|d[89a-f])/i;

/**
 * A valid JSON text as a sink can hold it: escapes that stand for NUL or for a lone surrogate, which
 * databases refuse, become the replacement character, which shows that something was there. All
 * else stays to the letter, numbers with all their digits.
 */
export function storableJson(json: string): string {
  if (!SUSPECT.test(json)) return json;
  return json.replace(ESCAPE, (found) => (UNSTORABLE.test(found) ? '\\ufffd' : found));
}

/** A text as a sink can hold it: NUL and lone surrogates, which databases refuse, become the replacement character. */
export function storableText(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\uFFFD') : wellFormed;
}

/** What a JSON text says; `undefined` for any other text. */
export function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
