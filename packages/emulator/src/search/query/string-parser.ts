import { unsupported } from '../errors.ts';
import { minimumOf } from './minimum.ts';

/** What is looked for. */
export interface Leaf {
  readonly kind: 'word' | 'prefix' | 'phrase';
  readonly text: string;
}

type Token = Leaf | { readonly kind: 'and' | 'or' | 'not' | 'open' | 'close' };

type Node<T> = (target: T) => boolean;

const SYMBOLS: Readonly<Record<string, Token>> = {
  '+': { kind: 'and' },
  '|': { kind: 'or' },
  '(': { kind: 'open' },
  ')': { kind: 'close' },
};

/** Cuts a query into its words and signs. */
export function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s+|"((?:[^"\\]|\\.)*)"(~\d+)?|([+|()])|(-)|((?:[^\s+|()"\\]|\\.)+)|(["\\])/gsu;
  for (const [, phrase, slop, symbol, minus, word] of query.matchAll(pattern)) {
    if (slop !== undefined) throw unsupported('[simple_query_string] with a slop');
    if (phrase !== undefined) tokens.push({ kind: 'phrase', text: phrase });
    else if (symbol !== undefined) tokens.push(SYMBOLS[symbol] ?? { kind: 'and' });
    else if (minus !== undefined) tokens.push({ kind: 'not' });
    else if (word === '*') {
      // A star alone is passed over.
      if (tokens.at(-1)?.kind === 'not') throw unsupported('[simple_query_string] with [-*]');
    } else if (word !== undefined) tokens.push(wordToken(word));
  }
  return tokens;
}

function wordToken(word: string): Token {
  if (/~\d*$/.test(word)) throw unsupported('[simple_query_string] with fuzziness');
  const prefix = word.length > 1 && word.endsWith('*') && !word.endsWith('\\*');
  const text = (prefix ? word.slice(0, -1) : word).replaceAll(/\\(.)/gs, '$1');
  return { kind: prefix ? 'prefix' : 'word', text };
}

/** Reads from left to right as Lucene does: `+` and `|` bind what stands on both of their sides. */
export class Parser<T> {
  readonly #tokens: readonly Token[];
  readonly #leaf: (token: Leaf) => Node<T>;
  readonly #and: boolean;
  readonly #minimum: unknown;
  #place = 0;

  constructor(
    tokens: readonly Token[],
    leaf: (token: Leaf) => Node<T>,
    and: boolean,
    minimum: unknown,
  ) {
    this.#tokens = tokens;
    this.#leaf = leaf;
    this.#and = and;
    this.#minimum = minimum;
  }

  /** A test for the whole; `undefined` where nothing is looked for. */
  parse(): Node<T> | undefined {
    let top: Node<T>[] = [];
    let topIsAnd = this.#and;
    let operator: boolean | undefined;
    for (;;) {
      const token = this.#tokens[this.#place++];
      if (token === undefined || token.kind === 'close') return this.#join(top, topIsAnd);
      if (token.kind === 'and' || token.kind === 'or') {
        // Of several signs in a row the first counts, and none before the first word.
        if (top.length > 0) operator ??= token.kind === 'and';
        continue;
      }
      const node = this.#operand(token);
      if (node === undefined) continue;
      const asAnd = operator ?? this.#and;
      if (top.length > 0 && asAnd !== topIsAnd) {
        const joined = this.#join(top, topIsAnd);
        top = joined === undefined ? [] : [joined];
      }
      topIsAnd = asAnd;
      top.push(node);
      operator = undefined;
    }
  }

  #join(nodes: readonly Node<T>[], and: boolean): Node<T> | undefined {
    if (nodes.length < 2) return nodes[0];
    if (and) return (target) => nodes.every((node) => node(target));
    const least =
      this.#minimum === undefined ? 1 : Math.max(1, minimumOf(this.#minimum, nodes.length));
    return (target) => nodes.filter((node) => node(target)).length >= least;
  }

  #operand(token: Token): Node<T> | undefined {
    let negated = false;
    let current: Token | undefined = token;
    while (current?.kind === 'not') {
      negated = !negated;
      current = this.#tokens[this.#place++];
    }
    if (current === undefined || current.kind === 'close') return undefined;
    const node =
      current.kind === 'open' ? this.parse() : 'text' in current ? this.#leaf(current) : undefined;
    return node !== undefined && negated ? (target) => !node(target) : node;
  }
}
