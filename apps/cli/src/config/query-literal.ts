import { isRounded } from './digits.ts';

/** Stands for what only the program knows that the text is from: a variable, a call. */
export class Unknown {
  readonly said: string;

  constructor(said: string) {
    const line = said.replaceAll(/\s+/g, ' ');
    this.said = line.length > 80 ? `${line.slice(0, 80)}…` : line;
  }
}

/** Fields by name. */
export type Fields = Readonly<Record<string, unknown>>;

/** A literal that breaks off, or has a key that is none. */
class Broken extends Error {}

/** What a literal says, and the keys that stand twice in it. */
export interface Literal {
  readonly value: unknown;
  readonly twice: readonly string[];
}

/** A dict of Python or an object of JSON as a value, whatever is no literal in it as {@link Unknown}; `undefined` where it breaks off. */
export function readLiteral(literal: string): Literal | undefined {
  try {
    const reader = new Reader(literal);
    return { value: reader.value(''), twice: reader.twice };
  } catch (error) {
    // The latter where it is nested deeper than anybody writes.
    if (error instanceof Broken || error instanceof RangeError) return undefined;
    throw error;
  }
}

const STRING = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/sy;
const SPACE = /(?:\s|#[^\n]*)*/sy;
/** What is read at once of an expression: a text, which may hold brackets that are none, or a character. */
const PIECE = /""".*?"""|'''.*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#[^\n]*|./sy;
/** Of JavaScript, whose keys need no quotes; in Python a bare key is a variable. */
const BARE_KEYS = /[{,]\s*(?:query|post_filter|bool|must|filter|should|term|terms|range)\s*:/;

class Reader {
  readonly twice: string[] = [];
  readonly #text: string;
  readonly #hasBareKeys: boolean;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#hasBareKeys = BARE_KEYS.test(text);
  }

  /** The next value, up to any of the `ends`. Followed by more, as in `"a" + b`, it is a part of an expression. */
  value(ends: string): unknown {
    this.#match(SPACE);
    const start = this.#at;
    const read = this.#literal();
    this.#match(SPACE);
    if (read !== undefined && this.#isAt(ends)) return read.value;
    this.#at = start;
    return wordValue(this.#expression(ends));
  }

  #literal(): { readonly value: unknown } | undefined {
    if (this.#text[this.#at] === '{') return { value: this.#fields() };
    if (this.#text[this.#at] === '[') return { value: this.#list() };
    const text = this.#match(STRING);
    return text === '' ? undefined : { value: textOf(text) };
  }

  #list(): readonly unknown[] {
    const items: unknown[] = [];
    this.#at += 1;
    while (!this.#closes(']')) {
      items.push(this.value(',]'));
      this.#comma();
    }
    return items;
  }

  /** Of a key that stands twice, both values count: who writes `must` twice means both. */
  #fields(): Fields {
    const fields = new Map<string, unknown>();
    this.#at += 1;
    while (!this.#closes('}')) {
      const key = this.value(':,}');
      const hasValue = this.#text[this.#at] === ':';
      if (hasValue) this.#at += 1;
      const read = hasValue ? this.value(',}') : key;
      const [name, value] = this.#named(key, read);
      if (fields.has(name)) this.twice.push(name);
      fields.set(name, fields.has(name) ? [fields.get(name), value].flat() : value);
      this.#comma();
    }
    return Object.fromEntries(fields);
  }

  /** A field whose name is a variable is not known, and nor is what `**more` brings. */
  #named(key: unknown, value: unknown): readonly [string, unknown] {
    if (typeof key === 'string' || typeof key === 'number') return [String(key), value];
    if (!(key instanceof Unknown)) throw new Broken();
    const isName = this.#hasBareKeys && /^\w+$/.test(key.said);
    return [key.said, isName ? value : key];
  }

  #expression(ends: string): string {
    const start = this.#at;
    let depth = 0;
    while (this.#at < this.#text.length && (depth > 0 || !this.#isAt(ends))) {
      const piece = this.#match(PIECE);
      if ('([{'.includes(piece)) depth += 1;
      else if (')]}'.includes(piece)) depth -= 1;
      if (depth < 0) throw new Broken();
    }
    if (depth > 0) throw new Broken();
    return this.#text.slice(start, this.#at).trim();
  }

  #comma(): void {
    if (this.#text[this.#at] === ',') this.#at += 1;
  }

  #closes(bracket: string): boolean {
    this.#match(SPACE);
    if (this.#at >= this.#text.length) throw new Broken();
    if (this.#text[this.#at] !== bracket) return false;
    this.#at += 1;
    return true;
  }

  #isAt(ends: string): boolean {
    const next = this.#text[this.#at];
    return next === undefined ? ends === '' : ends.includes(next);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found = ''] = pattern.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }
}

const CONSTANTS: Readonly<Record<string, unknown>> = {
  ...{ True: true, False: false, None: null },
  // Of a key without a value, as in `{"query": }`, nothing is known either.
  ...{ true: true, false: false, null: null, '': null },
};

function wordValue(word: string): unknown {
  if (Object.hasOwn(CONSTANTS, word)) return CONSTANTS[word];
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d*)?(?:[eE][-+]?\d+)?$/.test(word)) return new Unknown(word);
  const value = Number(word);
  // As a text it keeps its digits, and the search takes texts for numbers.
  return isRounded(value, word) ? word : value;
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '\n': '' },
  ...{ '\\': '\\', '"': '"', "'": "'" },
};

/** What a text in quotes says. Where JSON and Python have escapes that only few know, it is left to who wrote it. */
function textOf(quoted: string): unknown {
  if (/\\(?:[0-7avNU]|x(?![\da-fA-F]{2})|u(?![\da-fA-F]{4}))/.test(quoted.replaceAll('\\\\', '')))
    return new Unknown(quoted);
  const isJson = quoted.startsWith('"');
  return quoted.slice(1, -1).replace(/\\(u.{4}|x..|.)/gs, (all, code: string) => {
    if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if (isJson && code === '/') return '/';
    return ESCAPES[code] ?? all;
  });
}

/** Whether something has fields by name. */
export function isFields(value: unknown): value is Fields {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Unknown)
  );
}
