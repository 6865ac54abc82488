import { analyze, hasPhrase } from '../analyze.ts';
import { illegalArgument, parsingError, unsupported } from '../errors.ts';
import type { FieldReader, Scalar } from '../fields.ts';
import { minimumOf } from './bool.ts';
import { type Clause, constant, options, type Scope } from './clause.ts';

const OPTIONS = [
  ...['query', 'fields', 'default_operator', 'lenient', 'analyze_wildcard', 'minimum_should_match'],
  ...['boost', '_name', 'auto_generate_synonyms_phrase_query'],
];

type Node<T> = (target: T) => boolean;

interface Field<T> {
  readonly analyzed: boolean;
  readonly read: (target: T) => readonly Scalar[];
}

function fieldsOf<T>(names: readonly string[], reader: FieldReader<T>): Field<T>[] {
  return names.map((given) => {
    const name = given.replace(/\^[\d.]+$/, '');
    const analyzed = name.endsWith('.text') || name === '*';
    const plain = name.endsWith('.text') ? name.slice(0, -'.text'.length) : name;
    return { analyzed, read: plain.includes('*') ? reader.matching(plain) : reader.values(plain) };
  });
}

function anyValue<T>(
  fields: readonly Field<T>[],
  analyzed: (words: readonly string[]) => boolean,
  exact: (text: string) => boolean,
): Node<T> {
  return (target) =>
    fields.some((field) =>
      field.read(target).some((value) => {
        const text = String(value);
        return field.analyzed ? analyzed(analyze(text)) || exact(text) : exact(text);
      }),
    );
}

type Token =
  | { readonly kind: 'and' | 'or' | 'not' | 'open' | 'close' }
  | { readonly kind: 'word' | 'prefix' | 'phrase'; readonly text: string };

const SYMBOLS: Readonly<Record<string, Token>> = {
  '+': { kind: 'and' },
  '|': { kind: 'or' },
  '(': { kind: 'open' },
  ')': { kind: 'close' },
};

function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s+|"((?:[^"\\]|\\.)*)"(~\d+)?|([+|()])|(-)|((?:[^\s+|()"\\]|\\.)+)|(["\\])/gsu;
  for (const [, phrase, slop, symbol, minus, word] of query.matchAll(pattern)) {
    if (slop !== undefined) throw unsupported('[simple_query_string] with a slop');
    if (phrase !== undefined) tokens.push({ kind: 'phrase', text: phrase });
    else if (symbol !== undefined) tokens.push(SYMBOLS[symbol] ?? { kind: 'and' });
    else if (minus !== undefined) tokens.push({ kind: 'not' });
    else if (word !== undefined) tokens.push(wordToken(word));
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
class Parser<T> {
  readonly #tokens: readonly Token[];
  readonly #fields: readonly Field<T>[];
  readonly #and: boolean;
  readonly #minimum: unknown;
  #place = 0;

  constructor(
    tokens: readonly Token[],
    fields: readonly Field<T>[],
    and: boolean,
    minimum: unknown,
  ) {
    this.#tokens = tokens;
    this.#fields = fields;
    this.#and = and;
    this.#minimum = minimum;
  }

  parse(): Node<T> | undefined {
    let top: Node<T>[] = [];
    let topIsAnd = this.#and;
    let operator: boolean | undefined;
    for (;;) {
      const token = this.#tokens[this.#place++];
      if (token === undefined || token.kind === 'close') return this.#join(top, topIsAnd);
      if (token.kind === 'and' || token.kind === 'or') {
        operator = token.kind === 'and';
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
    const node = current.kind === 'open' ? this.parse() : this.#leaf(current);
    return node !== undefined && negated ? (target) => !node(target) : node;
  }

  #leaf(token: Token): Node<T> | undefined {
    if (!('text' in token)) return undefined;
    const { kind, text } = token;
    if (kind === 'prefix') {
      const start = text.toLowerCase();
      return anyValue(
        this.#fields,
        (words) => words.some((word) => word.startsWith(start)),
        (held) => held.startsWith(text),
      );
    }
    const wanted = analyze(text);
    if (kind === 'phrase')
      return anyValue(
        this.#fields,
        (words) => hasPhrase(words, wanted),
        (held) => held === text,
      );
    const every = this.#and;
    const test = (words: readonly string[]): boolean =>
      wanted.length > 0 &&
      (every
        ? wanted.every((word) => words.includes(word))
        : wanted.some((word) => words.includes(word)));
    return anyValue(this.#fields, test, (held) => held === text);
  }
}

/** `simple_query_string`: words, "phrases", prefix*, `+`, `|`, `-` and parentheses. */
export function compileSimpleQueryString<T>(body: unknown, scope: Scope<T>): Clause<T> {
  const given = options('simple_query_string', body, OPTIONS);
  const query = given['query'];
  if (typeof query !== 'string') throw parsingError('[simple_query_string] query text missing');
  const operator = String(given['default_operator'] ?? 'or').toLowerCase();
  if (operator !== 'or' && operator !== 'and') {
    throw illegalArgument(`operator needs to be either AND or OR, but not [${operator}]`);
  }
  const names = given['fields'] ?? ['*'];
  if (!Array.isArray(names))
    throw parsingError('[simple_query_string] query does not support [fields]');
  const fields = fieldsOf(names.map(String), scope.reader);
  const parser = new Parser(
    tokenize(query),
    fields,
    operator === 'and',
    given['minimum_should_match'],
  );
  return constant(parser.parse() ?? (() => false));
}
