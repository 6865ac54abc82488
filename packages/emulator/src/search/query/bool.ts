import { parsingError, shardError } from '../errors.ts';
import { type Clause, options, type Scope } from './clause.ts';

const OPTIONS = [
  ...[
    'must',
    'filter',
    'should',
    'must_not',
    'minimum_should_match',
    'minimumShouldMatch',
    'mustNot',
  ],
  ...['boost', '_name', 'adjust_pure_negative'],
];

function listOf<T>(value: unknown, scope: Scope<T>): Clause<T>[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map((query: unknown) =>
    scope.compile(query, scope.reader),
  );
}

/** How many of so many clauses must match: a number, a negative number, or a share. */
export function minimumOf(value: unknown, count: number): number {
  const text = String(value).trim();
  if (!/^-?\d+%?$/.test(text)) {
    throw shardError('number_format_exception', `For input string: "${text}"`);
  }
  const amount = Number.parseInt(text, 10);
  const steps = text.endsWith('%') ? Math.trunc((count * amount) / 100) : amount;
  return Math.max(0, Math.min(steps < 0 ? count + steps : steps, count + 1));
}

/** `bool`: all of `must` and `filter`, none of `must_not`, enough of `should`. */
export function compileBool<T>(body: unknown, scope: Scope<T>): Clause<T> {
  const given = options('bool', body, OPTIONS);
  for (const key of ['must', 'filter', 'should', 'must_not']) {
    const value = given[key];
    if (value !== undefined && (typeof value !== 'object' || value === null)) {
      throw parsingError(`[${key}] query malformed, no start_object after query name`);
    }
  }
  const must = listOf(given['must'], scope);
  const filter = listOf(given['filter'], scope);
  const should = listOf(given['should'], scope);
  const mustNot = listOf(given['must_not'] ?? given['mustNot'], scope);
  const asked = given['minimum_should_match'] ?? given['minimumShouldMatch'];
  const byDefault = should.length > 0 && must.length + filter.length === 0 ? 1 : 0;
  const minimum = asked === undefined ? byDefault : minimumOf(asked, should.length);
  const required = [...must, ...filter];
  const empty = required.length + should.length + mustNot.length === 0;
  const enough = (target: T): boolean => {
    let found = 0;
    for (const clause of should) if (clause.matches(target) && ++found >= minimum) return true;
    return found >= minimum;
  };
  return {
    matches: (target) => {
      for (const clause of required) if (!clause.matches(target)) return false;
      for (const clause of mustNot) if (clause.matches(target)) return false;
      return minimum === 0 || enough(target);
    },
    score: (target) => {
      let sum = empty ? 1 : 0;
      for (const clause of must) sum += clause.score(target);
      for (const clause of should) if (clause.matches(target)) sum += clause.score(target);
      return sum;
    },
  };
}
