import { type Fields, isFields, readLiteral } from './query-literal.ts';

/** Of a search, where it is not the whole text. */
const BODY_KEYS = ['query', 'post_filter'];
const CLAUSES = [
  ...['bool', 'term', 'terms', 'match', 'match_phrase', 'range', 'nested', 'match_all'],
  ...['wildcard', 'prefix', 'exists', 'query_string', 'constant_score'],
];
/** What has clauses of its own that do not say which files are meant. */
const STATISTICS = ['aggs', 'aggregations'];

/** What a text has. */
export interface Found {
  /** Bodies of searches, in their order. */
  readonly bodies: readonly Fields[];
  /** Clauses that stand alone, in their order. */
  readonly clauses: readonly Fields[];
  /** The line where something begins that has a query, and cannot be read. */
  readonly broken: number | undefined;
  /** Keys that stand twice in the first of them. */
  readonly twice: readonly string[];
}

/** The searches in a text: JSON, a command such as curl, a cell of a notebook, or a whole notebook. */
export function searchesIn(text: string): Found {
  const pieces = codeOf(text).flatMap(piecesIn);
  const read = pieces.map((piece) => ({ ...piece, literal: readLiteral(piece.text) }));
  const literals = read.flatMap(({ literal }) => literal ?? []);
  const values = literals.map(({ value }) => value);
  const broken = read.find(({ literal, text: said }) => literal === undefined && hasQuery(said));
  const isFirst = values.some(hasBody) ? hasBody : isClause;
  return {
    bodies: values.flatMap(bodiesOf),
    clauses: values.filter(isClause),
    broken: broken?.before.split('\n').length,
    twice: literals.find(({ value }) => isFirst(value))?.twice ?? [],
  };
}

function hasBody(value: unknown): boolean {
  return bodiesOf(value).length > 0;
}

function hasQuery(literal: string): boolean {
  return /\b(?:query|post_filter)\\*["']?\s*:/.test(literal);
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

interface Piece {
  readonly text: string;
  readonly before: string;
}

/** Whatever stands in braces, the outermost; of what is never closed, the rest. */
function piecesIn(code: string): readonly Piece[] {
  const found: Piece[] = [];
  const add = (text: string, start: number) => found.push({ text, before: code.slice(0, start) });
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of code.matchAll(TOKENS)) {
    if (token === '{') {
      if (depth === 0) start = index;
      depth += 1;
    } else if (token === '}' && depth > 0) {
      depth -= 1;
      if (depth === 0) add(code.slice(start, index + 1), start);
    } else if (depth === 0 && /^["']\s*\{/.test(token)) add(quotedIn(token), index);
  }
  if (depth > 0) add(code.slice(start), start);
  return found;
}

/** Braces, and what may have some that are none: short texts in quotes, and comments. Long ones in three quotes may hold the body. */
const TOKENS = /"""|'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#[^\n]*|[{}]/g;

/** A body that is a text itself, as after `curl -d`. Where shell and Python read it otherwise it is left as it stands, which is no literal. */
function quotedIn(token: string): string {
  const text = token.slice(1, -1).trim();
  if (token.startsWith("'")) return text.includes('\\\\') ? `${text}{` : text;
  return /\$[\w{(]/.test(text) ? `${text}{` : text.replace(/\\(["\\])/g, '$1');
}

function bodiesOf(value: unknown): readonly Fields[] {
  if (!isFields(value) || isClause(value)) return [];
  // Without a value, as in `{"query": }`, it says nothing of which files are meant.
  if (BODY_KEYS.some((key) => isQuery(value[key]))) return [value];
  return Object.entries(value).flatMap(([key, inner]) =>
    STATISTICS.includes(key) ? [] : bodiesOf(inner),
  );
}

/** Elsewhere, as in GraphQL, a query is a text. */
function isQuery(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** Statistics have the same names, but with a `field`, or without a `query`. */
function isClause(value: unknown): value is Fields {
  const [[kind = '', body] = [], ...more] = isFields(value) ? Object.entries(value) : [];
  if (more.length > 0 || !CLAUSES.includes(kind) || !isFields(body)) return false;
  if (kind === 'nested') return 'query' in body;
  return kind === 'exists' || typeof body['field'] !== 'string';
}
