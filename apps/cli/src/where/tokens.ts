/** A word of a condition. */
export interface Token {
  readonly is: 'word' | 'name' | 'text' | 'number' | 'sign' | 'end';
  /** Without quotes; of words and signs, as it was written. */
  readonly value: string;
  /** Where it begins, from 0. */
  readonly at: number;
}

/** A condition that cannot be understood. */
export class WhereError extends Error {
  override readonly name = 'WhereError';
}

const TOKEN =
  /\s*(?:(?<text>'(?:[^']|'')*')|(?<name>"(?:[^"]|"")+")|(?<number>-?\d+(?:\.\d+)?)(?![\w.])|(?<word>[A-Za-z_]\w*)|(?<sign><>|!=|<=|>=|[=<>(),]))/y;

/**
 * The words of a condition; the last one is its end.
 *
 * @throws WhereError for what is none, such as a quote without an end.
 */
export function tokens(condition: string): readonly Token[] {
  const found: Token[] = [];
  let at = 0;
  while (condition.slice(at).trim() !== '') {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(condition)?.groups;
    const [is, written] =
      Object.entries(groups ?? {}).find(([, value]) => value !== undefined) ?? [];
    if (is === undefined || written === undefined)
      throw new WhereError(`cannot be read from ${quoted(condition.slice(at).trim())} on`);
    found.push({ is: is as Token['is'], value: unquoted(written), at });
    at = TOKEN.lastIndex;
  }
  return [...found, { is: 'end', value: '', at }];
}

/** How a message shows what was written. */
export function quoted(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

function unquoted(written: string): string {
  const [quote = ''] = written;
  if (quote !== "'" && quote !== '"') return written;
  return written.slice(1, -1).replaceAll(quote + quote, quote);
}
