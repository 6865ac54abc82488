import { isObject, type JsonObject } from '../lake/file.ts';
import { illegalArgument, parsingError, unsupported } from './errors.ts';
import type { FieldReader } from './fields.ts';
import { compileBool } from './query-bool.ts';
import { compileExists, compileIds, compileNested } from './query-misc.ts';
import { compileRange } from './query-range.ts';
import { compileSimpleQueryString } from './query-string.ts';
import { compilePattern, compileTerm, compileTerms } from './query-term.ts';
import { compileMatch, compilePhrase } from './query-text.ts';

/** A compiled clause. */
export interface Clause<T> {
  matches(target: T): boolean;
  /** The score of a target that matches. Scores are 1 per clause, not computed from frequencies. */
  score(target: T): number;
}

/** What compiling a clause needs. */
export interface Scope<T> {
  readonly reader: FieldReader<T>;
  readonly now: number;
  /** Compiles a clause within this one. */
  compile(query: unknown): Clause<T>;
}

/** Compiles the body of one kind of clause. */
export type ClauseCompiler = <T>(body: unknown, scope: Scope<T>) => Clause<T>;

/** A clause that scores 1 for whatever matches. */
export function constant<T>(matches: (target: T) => boolean): Clause<T> {
  return { matches, score: () => 1 };
}

const CLAUSES: Readonly<Record<string, ClauseCompiler>> = {
  bool: compileBool,
  term: compileTerm,
  terms: compileTerms,
  match: compileMatch,
  match_phrase: compilePhrase,
  range: compileRange,
  exists: compileExists,
  prefix: (body, scope) => compilePattern('prefix', body, scope),
  wildcard: (body, scope) => compilePattern('wildcard', body, scope),
  ids: compileIds,
  nested: compileNested,
  simple_query_string: compileSimpleQueryString,
  match_all: (body) => {
    options('match_all', body, ['boost', '_name']);
    return constant(() => true);
  },
  match_none: (body) => {
    options('match_none', body, ['boost', '_name']);
    return constant(() => false);
  },
  constant_score: (body, scope) => {
    const { filter } = options('constant_score', body, ['filter', 'boost', '_name']);
    if (filter === undefined) throw parsingError('[constant_score] requires a [filter] element');
    const clause = scope.compile(filter);
    return constant((target) => clause.matches(target));
  },
};

const NOT_EMULATED = new Set([
  ...['query_string', 'regexp', 'fuzzy', 'multi_match', 'match_phrase_prefix', 'match_bool_prefix'],
  ...['script', 'function_score', 'dis_max', 'boosting', 'geo_shape', 'geo_distance', 'terms_set'],
  ...['has_child', 'has_parent', 'more_like_this', 'span_term', 'intervals', 'percolate', 'type'],
]);

/** Checks that a clause is an object with known options only. */
export function options(clause: string, body: unknown, known: readonly string[]): JsonObject {
  if (!isObject(body))
    throw parsingError(`[${clause}] query malformed, no start_object after query name`);
  for (const key of Object.keys(body)) {
    if (!known.includes(key)) throw parsingError(`[${clause}] query does not support [${key}]`);
  }
  return body;
}

/** The field and the rest of a clause of the form `{ field: ... }`. */
export function oneField(clause: string, body: unknown): [field: string, value: unknown] {
  if (!isObject(body))
    throw parsingError(`[${clause}] query malformed, no start_object after query name`);
  const entries = Object.entries(body).filter(([key]) => key !== 'boost' && key !== '_name');
  const [first, second] = entries;
  if (first === undefined) throw illegalArgument('field name is null or empty');
  if (second !== undefined) {
    throw parsingError(
      `[${clause}] query doesn't support multiple fields, found [${first[0]}] and [${second[0]}]`,
    );
  }
  return first;
}

/** Compiles a query for targets that the reader reads. */
export function compileQuery<T>(query: unknown, reader: FieldReader<T>, now: number): Clause<T> {
  const scope: Scope<T> = { reader, now, compile: (inner) => compileQuery(inner, reader, now) };
  if (!isObject(query)) throw parsingError('[_na] query malformed, must start with start_object');
  const entries = Object.entries(query);
  const [first, second] = entries;
  if (first === undefined) throw illegalArgument('query malformed, empty clause found');
  if (second !== undefined) {
    throw parsingError(
      `[${first[0]}] malformed query, expected [END_OBJECT] but found [FIELD_NAME]`,
    );
  }
  const [name, body] = first;
  const compile = Object.hasOwn(CLAUSES, name) ? CLAUSES[name] : undefined;
  if (compile !== undefined) return compile(body, scope);
  if (NOT_EMULATED.has(name)) throw unsupported(`the query [${name}]`);
  throw parsingError(`unknown query [${name}]`);
}
