import { contentError, SearchError, wrapped } from '../errors.ts';
import { bodyOf, type Clause, constant, nothing, type Scope } from './clause.ts';
import { minimumOf } from './minimum.ts';

const CLAUSES = ['must', 'filter', 'should', 'must_not', 'mustNot'];
const OPTIONS = [...CLAUSES, 'minimum_should_match', 'boost', '_name', 'adjust_pure_negative'];

/** Clauses of one kind, and what is wrong with those that no document of this index can be asked. */
interface Clauses<T> {
  readonly list: readonly Clause<T>[];
  readonly wrong: readonly SearchError[];
}

function listOf<T>(key: string, value: unknown, scope: Scope<T>): Clauses<T> {
  if (value === undefined || value === null) return { list: [], wrong: [] };
  if (typeof value !== 'object') {
    const token = `VALUE_${(typeof value).toUpperCase()}`;
    throw contentError(`[bool] ${key} doesn't support values of type: ${token}`);
  }
  const list: Clause<T>[] = [];
  const wrong: SearchError[] = [];
  for (const query of Array.isArray(value) ? value : [value]) {
    try {
      list.push(scope.compile(query, scope.reader));
    } catch (error) {
      if (!(error instanceof SearchError)) throw error;
      if (!error.onShards) throw wrapped(error, `[bool] failed to parse field [${key}]`);
      wrong.push(error);
    }
  }
  return { list, wrong };
}

/** How many of `should` must match. What comes to nothing is as if it had not been asked for. */
function minimumIn(asked: unknown, optional: number, required: number): number {
  const least = optional > 0 && required === 0 ? 1 : 0;
  return asked === undefined || asked === null
    ? least
    : Math.max(minimumOf(asked, optional), least);
}

/** `bool`: all of `must` and `filter`, none of `must_not`, enough of `should`. */
export function compileBool<T>(body: unknown, scope: Scope<T>): Clause<T> {
  const given = bodyOf('bool', body);
  for (const key of Object.keys(given)) {
    if (!OPTIONS.includes(key)) throw contentError(`[bool] unknown field [${key}]`);
  }
  const [must, filter, should, mustNot] = [
    listOf('must', given['must'], scope),
    listOf('filter', given['filter'], scope),
    listOf('should', given['should'], scope),
    listOf('must_not', given['must_not'] ?? given['mustNot'], scope),
  ];
  const required = [...must.list, ...filter.list];
  const wrong = [must, filter, should, mustNot].flatMap((clauses) => clauses.wrong);
  // Times are read first. Then an index in which nothing can match does not get so far as to find anything wrong.
  const badTime = wrong.find((error) => error.type === 'parse_exception');
  if (badTime !== undefined) throw badTime;
  if (required.some((clause) => clause.never === true)) return nothing();
  const optional = should.list;
  const anyOptional = optional.length > 0 || should.wrong.length > 0;
  const allNever = should.wrong.length === 0 && optional.every((clause) => clause.never === true);
  const anyRequired = required.length + must.wrong.length + filter.wrong.length > 0;
  if (!anyRequired && anyOptional && allNever) return nothing();
  if (wrong[0] !== undefined) throw wrong[0];
  const empty = required.length + optional.length + mustNot.list.length === 0;
  if (empty) return constant(() => true);
  const onlyNegative = required.length + optional.length === 0;
  const asked = onlyNegative ? undefined : given['minimum_should_match'];
  const minimum = minimumIn(asked, optional.length, required.length);
  const findsNothing = onlyNegative && given['adjust_pure_negative'] === false;
  const enough = (target: T): boolean => {
    let found = 0;
    for (const clause of optional) if (clause.matches(target) && ++found >= minimum) return true;
    return found >= minimum;
  };
  return {
    matches: (target) => {
      for (const clause of required) if (!clause.matches(target)) return false;
      for (const clause of mustNot.list) if (clause.matches(target)) return false;
      return !findsNothing && enough(target);
    },
    score: (target) => {
      let sum = 0;
      for (const clause of must.list) sum += clause.score(target);
      for (const clause of optional) if (clause.matches(target)) sum += clause.score(target);
      return sum;
    },
  };
}
