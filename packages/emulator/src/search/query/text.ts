import { isObject } from '../../lake/file.ts';
import { analyze, hasPhrase } from '../analyze.ts';
import { illegalArgument, parsingError, unsupported } from '../errors.ts';
import { minimumOf } from './bool.ts';
import { type Clause, constant, oneField, type Scope } from './clause.ts';
import { exactly, wordsReader } from './term.ts';

const IGNORED = [
  'query',
  'boost',
  '_name',
  'lenient',
  'zero_terms_query',
  'auto_generate_synonyms_phrase_query',
];
const EMULATED = ['operator', 'minimum_should_match'];
const REFUSED = [
  'analyzer',
  'fuzziness',
  'prefix_length',
  'max_expansions',
  'fuzzy_transpositions',
  'fuzzy_rewrite',
  'cutoff_frequency',
  'slop',
];

interface MatchOptions {
  readonly text: string | number | boolean;
  readonly and: boolean;
  readonly minimum: unknown;
}

function matchOptions(clause: string, given: unknown): MatchOptions {
  const body = isObject(given) ? given : { query: given };
  for (const key of Object.keys(body)) {
    if (REFUSED.includes(key)) throw unsupported(`[${key}] of [${clause}]`);
    if (!IGNORED.includes(key) && !EMULATED.includes(key)) {
      throw parsingError(`[${clause}] query does not support [${key}]`);
    }
  }
  const text = body['query'];
  if (typeof text !== 'string' && typeof text !== 'number' && typeof text !== 'boolean') {
    throw parsingError('No text specified for text query');
  }
  const operator = String(body['operator'] ?? 'or').toLowerCase();
  if (operator !== 'or' && operator !== 'and') {
    throw illegalArgument(`operator needs to be either AND or OR, but not [${operator}]`);
  }
  return { text, and: operator === 'and', minimum: body['minimum_should_match'] };
}

/** `match`: some or all of the words on an analyzed field, the exact value on any other. */
export function compileMatch<T>(body: unknown, scope: Scope<T>): Clause<T> {
  const [field, given] = oneField('match', body);
  const { text, and, minimum } = matchOptions('match', given);
  const words = wordsReader(field, scope.reader);
  if (words === undefined) return constant(exactly(field, text, scope));
  const wanted = analyze(String(text));
  const atLeast = and
    ? wanted.length
    : minimum === undefined
      ? 1
      : minimumOf(minimum, wanted.length);
  const count = (target: T): number => {
    const held = new Set(words(target));
    return wanted.filter((word) => held.has(word)).length;
  };
  return {
    matches: (target) => wanted.length > 0 && count(target) >= Math.max(atLeast, 1),
    score: count,
  };
}

/** `match_phrase`: the words, one after the other. */
export function compilePhrase<T>(body: unknown, scope: Scope<T>): Clause<T> {
  const [field, given] = oneField('match_phrase', body);
  const { text } = matchOptions('match_phrase', given);
  if (!field.endsWith('.text')) return constant(exactly(field, text, scope));
  const read = scope.reader.values(field.slice(0, -'.text'.length));
  const phrase = analyze(String(text));
  return constant((target) =>
    read(target).some((value) => hasPhrase(analyze(String(value)), phrase)),
  );
}
