import { isObject } from '../../lake/file.ts';
import { analyze, hasPhrase } from '../analyze.ts';
import { illegalArgument, parsingError, SearchError, unsupported } from '../errors.ts';
import type { Scalar } from '../fields.ts';
import { type Clause, constant, nothing, oneField, type Scope } from './clause.ts';
import { minimumOf } from './minimum.ts';
import { exactly, isScalar, wordsReader } from './term.ts';
import { orNothing } from './value.ts';

const KNOWN = {
  match: [
    ...['query', 'boost', '_name', 'lenient', 'zero_terms_query', 'operator'],
    ...['minimum_should_match', 'auto_generate_synonyms_phrase_query'],
  ],
  match_phrase: ['query', 'boost', '_name', 'zero_terms_query'],
} as const;
const NOT_EMULATED = {
  match: [
    ...['analyzer', 'fuzziness', 'prefix_length', 'max_expansions', 'fuzzy_transpositions'],
    ...['fuzzy_rewrite', 'cutoff_frequency'],
  ],
  match_phrase: ['analyzer', 'slop'],
} as const;

type MatchClause = keyof typeof KNOWN;

interface MatchOptions {
  readonly text: Scalar;
  readonly and: boolean;
  readonly minimum: unknown;
  readonly lenient: boolean;
  /** What matches where the text has no words: nothing, or all. */
  readonly withoutWords: boolean;
}

function bodyIn(clause: MatchClause, given: unknown): Record<string, unknown> {
  if (Array.isArray(given))
    throw new SearchError('illegal_state_exception', "Can't get text on a START_ARRAY", {
      status: 500,
    });
  const body = isObject(given) ? given : { query: given };
  const [known, others]: readonly (readonly string[])[] = [KNOWN[clause], NOT_EMULATED[clause]];
  for (const key of Object.keys(body)) {
    if (others?.includes(key)) throw unsupported(`[${key}] of [${clause}]`);
    if (!known?.includes(key)) throw parsingError(`[${clause}] query does not support [${key}]`);
  }
  return body;
}

function matchOptions(clause: MatchClause, given: unknown): MatchOptions {
  const body = bodyIn(clause, given);
  const text = body['query'];
  if (!isScalar(text)) throw parsingError('No text specified for text query');
  const operator = String(body['operator'] ?? 'or').toLowerCase();
  if (operator !== 'or' && operator !== 'and')
    throw illegalArgument(
      `No enum constant org.opensearch.index.query.Operator.${operator.toUpperCase()}`,
    );
  const zero = String(body['zero_terms_query'] ?? 'none').toLowerCase();
  if (zero !== 'none' && zero !== 'all')
    throw parsingError(`Unsupported zero_terms_query value [${zero}]`);
  const lenient = body['lenient'] === true || body['lenient'] === 'true';
  const minimum = body['minimum_should_match'];
  return { text, and: operator === 'and', minimum, lenient, withoutWords: zero === 'all' };
}

function leastOf({ and, minimum }: MatchOptions, words: number): number {
  if (and) return words;
  if (minimum === undefined || minimum === null || words < 2) return 1;
  return Math.max(1, minimumOf(minimum, words));
}

/** `match`: some or all of the words on an analyzed field, the exact value on any other. */
export function compileMatch<T>(body: unknown, scope: Scope<T>): Clause<T> {
  const [field, given] = oneField('match', body);
  const options = matchOptions('match', given);
  if (scope.reader.type(field) !== 'text')
    return orNothing(
      options.lenient,
      () => constant(exactly(field, options.text, scope)),
      nothing(),
    );
  const words = wordsReader(field, scope.reader);
  const wanted = analyze(String(options.text));
  if (wanted.length === 0) return constant(() => options.withoutWords);
  const atLeast = leastOf(options, wanted.length);
  const count = (target: T): number => {
    const held = new Set(words(target));
    return wanted.filter((word) => held.has(word)).length;
  };
  return { matches: (target) => count(target) >= atLeast, score: count };
}

/** `match_phrase`: the words, one after the other. */
export function compilePhrase<T>(body: unknown, scope: Scope<T>): Clause<T> {
  const [field, given] = oneField('match_phrase', body);
  const { text, withoutWords } = matchOptions('match_phrase', given);
  if (scope.reader.type(field) !== 'text') return constant(exactly(field, text, scope));
  const read = scope.reader.values(field.slice(0, -'.text'.length));
  const phrase = analyze(String(text));
  if (phrase.length === 0) return constant(() => withoutWords);
  return constant((target) =>
    read(target).some((value) => hasPhrase(analyze(String(value)), phrase)),
  );
}
