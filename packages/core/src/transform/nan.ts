import { behindString, isSpace, QUOTE, startOf } from './json-bytes.ts';
import { isJson } from './json-syntax.ts';

/** What becomes of numbers that JSON does not have: the file fails, or they become `null`, or texts like `"NaN"`. */
export type NanPolicy = 'fail' | 'null' | 'text';

const MINUS = 0x2d;
const WORDS = ['NaN', 'Infinity', '-Infinity'].map((word) => Buffer.from(word));
const BEFORE: ReadonlySet<number | undefined> = new Set(Buffer.from(':,['));
const BEHIND: ReadonlySet<number | undefined> = new Set(Buffer.from(',]}'));

/**
 * The content with `NaN`, `Infinity` and `-Infinity`, where they stand as values, replaced; all else to the letter. Content
 * without any comes back as it is, at the cost of a search for the words.
 */
export function withoutNan(content: Buffer, policy: Exclude<NanPolicy, 'fail'>): Buffer {
  if (!content.includes('NaN') && !content.includes('Infinity')) return content;
  const found = findings(content);
  if (found.length === 0) return content;
  const replaced = replacedIn(content, found, (word) => (policy === 'null' ? 'null' : `"${word}"`));
  // With another fault it stays what it is; of the same length, so that the fault is told where it is.
  return isJson(replaced, startOf(replaced))
    ? replaced
    : replacedIn(content, found, (word) => '0'.padEnd(word.length));
}

interface Finding {
  readonly at: number;
  readonly word: Buffer;
}

function replacedIn(
  content: Buffer,
  findings: readonly Finding[],
  by: (word: Buffer) => string,
): Buffer {
  const parts: Buffer[] = [];
  let done = 0;
  for (const { at, word } of findings) {
    parts.push(content.subarray(done, at), Buffer.from(by(word)));
    done = at + word.length;
  }
  return Buffer.concat([...parts, content.subarray(done)]);
}

function findings(content: Buffer): readonly Finding[] {
  const found: Finding[] = [];
  for (let at = 0; at < content.length; ) {
    const byte = content[at] ?? 0;
    if (byte === QUOTE) {
      at = behindString(content, at);
      continue;
    }
    // Only an N, an I or a minus begins one of the words.
    const word = byte === 0x4e || byte === 0x49 || byte === MINUS ? wordAt(content, at) : undefined;
    if (word !== undefined) found.push({ at, word });
    at += word?.length ?? 1;
  }
  return found;
}

function wordAt(content: Buffer, at: number): Buffer | undefined {
  const word = WORDS.find((one) => content.subarray(at, at + one.length).equals(one));
  return word !== undefined && isValue(content, at, at + word.length) ? word : undefined;
}

/** Whether what stands between is by itself where a value may be. */
function isValue(content: Buffer, from: number, to: number): boolean {
  let before = from - 1;
  while (isSpace(content[before])) before -= 1;
  let behind = to;
  while (isSpace(content[behind])) behind += 1;
  const isFirst = before < startOf(content);
  const isLast = behind >= content.length;
  return (isFirst || BEFORE.has(content[before])) && (isLast || BEHIND.has(content[behind]));
}
