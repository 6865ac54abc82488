import { isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { isRounded } from './digits.ts';

/** Stands for what only the program knows that the text is from: a variable, a call. */
export class Unknown {
  readonly said: string;

  constructor(said: string) {
    this.said = said;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Of a search, where it is not the whole text. */
const BODY_KEYS = ['query', 'post_filter'];
const CLAUSES = ['bool', 'term', 'terms', 'match', 'range', 'nested', 'match_all', 'wildcard'];

/** The bodies of searches in a text, in their order: JSON, a cell of a notebook, or a whole notebook. */
export function bodiesIn(text: string): readonly Fields[] {
  return codeOf(text)
    .flatMap(literalsIn)
    .flatMap((literal) => bodiesOf(literalValue(literal)));
}

/** The cells of a notebook, or the text itself. */
function codeOf(text: string): readonly string[] {
  if (!/"cells"\s*:/.test(text)) return [text];
  try {
    const { cells } = JSON.parse(text) as { cells: readonly { source?: unknown }[] };
    return cells.map(({ source }) => (Array.isArray(source) ? source.join('') : String(source)));
  } catch {
    return [text];
  }
}

/** Whatever stands in braces, the outermost. */
function literalsIn(code: string): readonly string[] {
  const found: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of code.matchAll(TOKENS)) {
    if (token === '{') {
      if (depth === 0) start = index;
      depth += 1;
    } else if (token === '}' && depth > 0) {
      depth -= 1;
      if (depth === 0) found.push(code.slice(start, index + 1));
    }
  }
  return found;
}

/** Braces, and what may have some that are none: short texts in quotes, and comments. Long ones in three quotes may hold the body. */
const TOKENS = /"""|'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#[^\n]*|[{}]/g;

/** A literal of Python or JSON as a value. YAML reads both, but for names such as `None`. */
function literalValue(literal: string): unknown {
  const options = { uniqueKeys: false, prettyErrors: false, logLevel: 'silent' } as const;
  const document = parseDocument(literal.replaceAll('\t', '  '), options);
  return document.errors.length > 0 ? undefined : plainly(document.contents);
}

const CONSTANTS: Readonly<Record<string, unknown>> = { True: true, False: false, None: null };

function plainly(node: unknown): unknown {
  if (isSeq(node)) return node.items.map(plainly);
  if (isMap(node)) return fieldsOf(node.items);
  if (!isScalar(node)) return null;
  const { value, type, source } = node;
  // As a text it keeps its digits, and the search takes texts for numbers.
  if (typeof value === 'number' && isRounded(value, source)) return source;
  if (type !== 'PLAIN' || typeof value !== 'string') return value;
  return Object.hasOwn(CONSTANTS, value) ? CONSTANTS[value] : new Unknown(value);
}

/** Of a key that stands twice, both values count: who writes `must` twice means both. */
function fieldsOf(items: readonly { readonly key: unknown; readonly value: unknown }[]): Fields {
  const fields = new Map<string, unknown>();
  for (const { key, value } of items) {
    const name = isScalar(key) ? String(key.value) : String(key);
    const read = plainly(value);
    fields.set(name, fields.has(name) ? [fields.get(name), read].flat() : read);
  }
  return Object.fromEntries(fields);
}

function bodiesOf(value: unknown): readonly Fields[] {
  if (!isFields(value)) return [];
  // Without a value, as in `{"query": }`, it says nothing of which files are meant.
  if (BODY_KEYS.some((key) => (value[key] ?? null) !== null)) return [value];
  if (CLAUSES.some((key) => key in value)) return [{ query: value }];
  return Object.values(value).flatMap(bodiesOf);
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
