import { analyze, hasPhrase } from '../analyze.ts';
import { illegalArgument, parsingError, queryError, unsupported } from '../errors.ts';
import { bodyOf, type Clause, constant, nothing, type Scope } from './clause.ts';
import { type Leaf, Parser, tokenize } from './string-parser.ts';
import { exactly, wordsReader } from './term.ts';
import { orNothing } from './value.ts';

const OPTIONS = [
  ...['query', 'fields', 'default_operator', 'lenient', 'analyze_wildcard', 'minimum_should_match'],
  ...['boost', '_name', 'auto_generate_synonyms_phrase_query'],
];
const NOT_EMULATED = [
  ...['flags', 'analyzer', 'quote_field_suffix', 'fuzzy_prefix_length', 'fuzzy_max_expansions'],
  'fuzzy_transpositions',
];

type Test<T> = (target: T) => boolean;

interface How {
  readonly and: boolean;
  readonly lenient: boolean;
}

function inWords<T>(field: string, { kind, text }: Leaf, and: boolean, scope: Scope<T>): Test<T> {
  const words = wordsReader(field, scope.reader);
  if (kind === 'prefix') {
    const start = text.toLowerCase();
    return (target) => words(target).some((word) => word.startsWith(start));
  }
  const wanted = analyze(text);
  if (kind === 'word') {
    if (wanted.length === 0) return () => false;
    if (and) return (target) => wanted.every((word) => words(target).includes(word));
    return (target) => wanted.some((word) => words(target).includes(word));
  }
  const read = scope.reader.values(field.slice(0, -'.text'.length));
  return (target) => read(target).some((value) => hasPhrase(analyze(String(value)), wanted));
}

function inField<T>(field: string, leaf: Leaf, how: How, scope: Scope<T>): Test<T> {
  const type = scope.reader.type(field);
  if (type === 'text') return inWords(field, leaf, how.and, scope);
  if (leaf.kind !== 'prefix')
    return orNothing(
      how.lenient,
      () => exactly(field, leaf.text, scope),
      () => false,
    );
  if (type !== 'keyword') {
    if (how.lenient || type === undefined || type === 'object' || type === 'nested')
      return () => false;
    throw queryError(
      `Can only use prefix queries on keyword and text fields - not on [${field}] which is of type [${type}]`,
    );
  }
  const read = scope.reader.values(field);
  return (target) => read(target).some((value) => String(value).startsWith(leaf.text));
}

function fieldsOf<T>(given: unknown, scope: Scope<T>): [names: string[], all: boolean] {
  if (given !== undefined && !Array.isArray(given))
    throw parsingError('[simple_query_string] query does not support [fields]');
  const patterns = (given ?? []).map((name: unknown) => String(name).replace(/\^[\d.]+$/, ''));
  const all = patterns.length === 0 || patterns.includes('*');
  const names = all ? ['*'] : patterns;
  return [names.flatMap((name) => (name.includes('*') ? scope.reader.named(name) : [name])), all];
}

/** `simple_query_string`: words, "phrases", prefix*, `+`, `|`, `-` and parentheses. */
export function compileSimpleQueryString<T>(body: unknown, scope: Scope<T>): Clause<T> {
  const given = bodyOf('simple_query_string', body);
  for (const key of Object.keys(given)) {
    if (NOT_EMULATED.includes(key)) throw unsupported(`[${key}] of [simple_query_string]`);
    if (!OPTIONS.includes(key))
      throw parsingError(`[simple_query_string] unsupported field [${key}]`);
  }
  const query = given['query'];
  if (typeof query !== 'string') throw parsingError('[simple_query_string] query text missing');
  const operator = String(given['default_operator'] ?? 'or').toLowerCase();
  if (operator !== 'or' && operator !== 'and')
    throw illegalArgument(
      `No enum constant org.opensearch.index.query.Operator.${operator.toUpperCase()}`,
    );
  const [fields, all] = fieldsOf(given['fields'], scope);
  if (query.trim() === '*') return constant(() => true);
  const how = { and: operator === 'and', lenient: given['lenient'] === true || all };
  const leaf = (found: Leaf): Test<T> => {
    const tests = fields.map((field) => inField(field, found, how, scope));
    return (target) => tests.some((test) => test(target));
  };
  const parser = new Parser(tokenize(query), leaf, how.and, given['minimum_should_match']);
  const test = parser.parse();
  return test === undefined ? nothing() : constant(test);
}
