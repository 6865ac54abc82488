import { isObject } from '../../lake/file.ts';
import { illegalArgument, parsingError, queryError } from '../errors.ts';
import { type Clause, constant, nothing, oneField, type Scope } from './clause.ts';
import { isScalar, wordsReader } from './term.ts';
import { foldAscii, indexTest, wildcardTest } from './wildcard.ts';

type Kind = 'prefix' | 'wildcard';

function patternIn(clause: Kind, field: string, body: unknown): [text: string, anyCase: boolean] {
  if (isScalar(body)) return [String(body), false];
  if (Array.isArray(body)) throw parsingError(`[${clause}] query does not support [${field}]`);
  if (!isObject(body)) throw illegalArgument('field name is null or empty');
  const known = ['value', clause, 'boost', '_name', 'case_insensitive', 'rewrite'];
  for (const option of Object.keys(body)) {
    if (!known.includes(option))
      throw parsingError(`[${clause}] query does not support [${option}]`);
  }
  const value = body['value'] ?? body[clause];
  if (!isScalar(value)) throw illegalArgument('value cannot be null');
  return [String(value), body['case_insensitive'] === true];
}

/** `prefix` and `wildcard`: values that begin with a text, or look like a pattern of `*` and `?`. */
export function compilePattern<T>(clause: Kind, body: unknown, { reader }: Scope<T>): Clause<T> {
  const [field, given] = oneField(clause, body);
  const [text, anyCase] = patternIn(clause, field, given);
  const fold = anyCase ? foldAscii : (held: string): string => held;
  const wanted = fold(text);
  const test =
    clause === 'prefix' ? (held: string) => held.startsWith(wanted) : wildcardTest(wanted);
  const type = reader.type(field);
  switch (type) {
    case '_index': {
      const { index } = reader;
      const named = clause === 'prefix' ? test : indexTest(wanted);
      if (index !== undefined) return named(fold(index)) ? constant(() => true) : nothing();
      const read = reader.values(field);
      return constant((target) => read(target).some((value) => named(fold(String(value)))));
    }
    case 'keyword': {
      const single = reader.single(field);
      if (single === undefined) {
        const read = reader.values(field);
        return constant((target) => read(target).some((value) => test(fold(String(value)))));
      }
      return constant((target) => {
        const value = single(target);
        return value !== undefined && test(fold(String(value)));
      });
    }
    case 'text': {
      const words = wordsReader(field, reader);
      return constant((target) => words(target).some((word) => test(fold(word))));
    }
    case 'object':
    case 'nested':
    case undefined:
      return nothing();
    default:
      throw queryError(
        `Can only use ${clause} queries on keyword and text fields - not on [${field}] which is of type [${type}]`,
      );
  }
}
