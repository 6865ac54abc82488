import { isObject, type JsonObject } from '../../lake/file.ts';
import { illegalArgument, parsingError } from '../errors.ts';
import type { FieldReader } from '../fields.ts';

/** A compiled clause. */
export interface Clause<T> {
  matches(target: T): boolean;
  /** It is known beforehand that nothing can match, as where the index does not have the field. */
  readonly never?: boolean;
  /** The score of a target that matches. Scores are 1 per clause, not computed from frequencies. */
  score(target: T): number;
}

/** What compiling a clause needs. */
export interface Scope<T> {
  readonly reader: FieldReader<T>;
  readonly now: number;
  /** Compiles a clause within this one, for what the reader reads. */
  compile<Inner>(query: unknown, reader: FieldReader<Inner>): Clause<Inner>;
}

/** Compiles the body of one kind of clause. */
export type ClauseCompiler = <T>(body: unknown, scope: Scope<T>) => Clause<T>;

/** A clause that scores 1 for whatever matches. */
export function constant<T>(matches: (target: T) => boolean): Clause<T> {
  return { matches, score: () => 1 };
}

/** A clause of which it is known beforehand that it matches nothing. */
export function nothing<T>(): Clause<T> {
  return { matches: () => false, score: () => 1, never: true };
}

/** The body of a clause, which must be an object. */
export function bodyOf(clause: string, body: unknown): JsonObject {
  if (!isObject(body))
    throw parsingError(`[${clause}] query malformed, no start_object after query name`);
  return body;
}

/** Checks that a clause is an object with known options only. */
export function options(clause: string, body: unknown, known: readonly string[]): JsonObject {
  const given = bodyOf(clause, body);
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) throw parsingError(`[${clause}] query does not support [${key}]`);
  }
  return given;
}

/** The field and the rest of a clause of the form `{ field: ... }`; `boost` may stand beside it where that is allowed. */
export function oneField(
  clause: string,
  body: unknown,
  beside = false,
): [field: string, value: unknown] {
  const entries = Object.entries(bodyOf(clause, body));
  const [first, second] = beside
    ? entries.filter(([key]) => key !== 'boost' && key !== '_name')
    : entries;
  if (first === undefined) throw illegalArgument('field name is null or empty');
  if (second !== undefined) {
    throw parsingError(
      `[${clause}] query doesn't support multiple fields, found [${first[0]}] and [${second[0]}]`,
    );
  }
  return first;
}
