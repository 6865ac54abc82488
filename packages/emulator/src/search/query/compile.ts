import { isObject } from '../../lake/file.ts';
import { illegalArgument, parsingError, unsupported } from '../errors.ts';
import type { FieldReader } from '../fields.ts';
import { compileBool } from './bool.ts';
import { type Clause, type ClauseCompiler, constant, nothing, options } from './clause.ts';
import { compileExists, compileIds, compileNested } from './misc.ts';
import { compilePattern } from './pattern.ts';
import { compileRange } from './range.ts';
import { compileSimpleQueryString } from './string.ts';
import { compileTerm, compileTerms } from './term.ts';
import { compileMatch, compilePhrase } from './text.ts';

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
    return nothing();
  },
  constant_score: (body, scope) => {
    const { filter } = options('constant_score', body, ['filter', 'boost', '_name']);
    if (filter === undefined) throw parsingError("[constant_score] requires a 'filter' element");
    const clause = scope.compile(filter, scope.reader);
    return constant((target) => clause.matches(target));
  },
};

const NOT_EMULATED = new Set([
  ...['query_string', 'regexp', 'fuzzy', 'multi_match', 'match_phrase_prefix', 'match_bool_prefix'],
  ...['script', 'function_score', 'dis_max', 'boosting', 'geo_shape', 'geo_distance', 'terms_set'],
  ...['distance_feature', 'pinned', 'wrapper', 'span_near', 'span_or', 'span_first'],
  ...['has_child', 'has_parent', 'more_like_this', 'span_term', 'intervals', 'percolate', 'type'],
]);

/** Compiles a query for targets that the reader reads. */
export function compileQuery<T>(query: unknown, reader: FieldReader<T>, now: number): Clause<T> {
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
  if (compile !== undefined)
    return compile(body, { reader, now, compile: (inner, of) => compileQuery(inner, of, now) });
  if (NOT_EMULATED.has(name)) throw unsupported(`the query [${name}]`);
  throw parsingError(`unknown query [${name}]`);
}
