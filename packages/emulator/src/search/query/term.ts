import { isObject } from '../../lake/file.ts';
import { analyze } from '../analyze.ts';
import { parseDate } from '../dates.ts';
import { illegalArgument, parsingError, shardError } from '../errors.ts';
import { type FieldReader, kindOf, type Scalar } from '../fields.ts';
import { type Clause, constant, oneField, type Scope } from './clause.ts';

const MAX_TERMS = 65_536;

/** The words of a `<field>.text`, or `undefined` for a field that is not analyzed. */
export function wordsReader<T>(
  field: string,
  reader: FieldReader<T>,
): ((target: T) => readonly string[]) | undefined {
  if (!field.endsWith('.text')) return undefined;
  const read = reader.values(field.slice(0, -'.text'.length));
  return (target) => read(target).flatMap((value) => analyze(String(value)));
}

/** The times of a date field. */
export function timesReader<T>(
  field: string,
  reader: FieldReader<T>,
): (target: T) => readonly number[] {
  const read = reader.values(field);
  return (target) =>
    read(target).map((value) => (typeof value === 'number' ? value : Date.parse(String(value))));
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function asNumber(value: Scalar): number {
  if (value === '' || !Number.isFinite(Number(value))) {
    throw shardError('number_format_exception', `For input string: "${value}"`);
  }
  return Number(value);
}

function equals(held: Scalar, wanted: Scalar): boolean {
  return typeof held === 'number' ? held === Number(wanted) : String(held) === String(wanted);
}

/** A test for one exact value of a field. */
export function exactly<T>(field: string, wanted: Scalar, scope: Scope<T>): (target: T) => boolean {
  const words = wordsReader(field, scope.reader);
  if (words !== undefined) return (target) => words(target).includes(String(wanted));
  const kind = kindOf(field);
  if (kind === 'date') {
    // A date in parts stands for all it covers: 2024-01-01 is the whole day.
    const from = parseDate(wanted, { now: scope.now });
    const to = parseDate(wanted, { now: scope.now, roundUp: true });
    const times = timesReader(field, scope.reader);
    return (target) => times(target).some((time) => time >= from && time <= to);
  }
  const value = kind === 'number' ? asNumber(wanted) : wanted;
  const text = String(value);
  const single = kind === 'keyword' ? scope.reader.single(field) : undefined;
  if (single !== undefined) return (target) => single(target) === text;
  const read = scope.reader.values(field);
  return (target) => read(target).some((held) => equals(held, value));
}

function valueIn(clause: string, field: string, body: unknown, key: string): [Scalar, boolean] {
  if (isScalar(body)) return [body, false];
  if (Array.isArray(body)) throw parsingError(`[${clause}] query does not support array of values`);
  if (!isObject(body)) throw illegalArgument('value cannot be null');
  for (const option of Object.keys(body)) {
    if (![key, 'value', 'boost', '_name', 'case_insensitive', 'rewrite'].includes(option)) {
      throw parsingError(`[${clause}] query does not support [${option}]`);
    }
  }
  const value = body[key] ?? body['value'];
  if (!isScalar(value)) throw illegalArgument(`value cannot be null for [${field}]`);
  return [value, body['case_insensitive'] === true];
}

function anyText<T>(
  field: string,
  scope: Scope<T>,
  test: (text: string) => boolean,
): (target: T) => boolean {
  const words = wordsReader(field, scope.reader);
  if (words !== undefined) return (target) => words(target).some(test);
  const single = scope.reader.single(field);
  if (single !== undefined && kindOf(field) === 'keyword') {
    return (target) => {
      const value = single(target);
      return value !== undefined && test(String(value));
    };
  }
  const read = scope.reader.values(field);
  return (target) => read(target).some((value) => test(String(value)));
}

/** `term`: exactly this value. */
export function compileTerm<T>(body: unknown, scope: Scope<T>): Clause<T> {
  const [field, given] = oneField('term', body);
  const [value, anyCase] = valueIn('term', field, given, 'value');
  if (!anyCase) return constant(exactly(field, value, scope));
  const wanted = String(value).toLowerCase();
  return constant(anyText(field, scope, (text) => text.toLowerCase() === wanted));
}

/** `terms`: one of these values. */
export function compileTerms<T>(body: unknown, scope: Scope<T>): Clause<T> {
  const [field, values] = oneField('terms', body);
  if (isObject(values)) throw parsingError('[terms] lookup is not emulated');
  if (!Array.isArray(values)) throw parsingError(`[terms] query does not support [${field}]`);
  if (values.length > MAX_TERMS) {
    throw shardError(
      'illegal_argument_exception',
      `The number of terms [${values.length}] used in the Terms Query request has exceeded the allowed maximum of [${MAX_TERMS}]. This maximum can be set by changing the [index.max_terms_count] index level setting.`,
    );
  }
  const wanted = values.map((value: unknown) => {
    if (!isScalar(value)) throw illegalArgument('No value specified for terms query');
    return value;
  });
  const single = kindOf(field) === 'keyword' ? scope.reader.single(field) : undefined;
  if (single !== undefined) {
    const set = new Set(wanted.map(String));
    return constant((target) => set.has(String(single(target) ?? NaN)));
  }
  const tests = wanted.map((value) => exactly(field, value, scope));
  return constant((target) => tests.some((test) => test(target)));
}

function wildcardTest(pattern: string): (text: string) => boolean {
  let source = '';
  for (let index = 0; index < pattern.length; index++) {
    let char = pattern.charAt(index);
    if (char === '*') source += '.*';
    else if (char === '?') source += '.';
    else {
      if (char === '\\' && index + 1 < pattern.length) char = pattern.charAt(++index);
      source += char.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    }
  }
  const expression = new RegExp(`^${source}$`, 'su');
  return (text) => expression.test(text);
}

/** `prefix` and `wildcard`: values that begin with a text, or look like a pattern of `*` and `?`. */
export function compilePattern<T>(
  clause: 'prefix' | 'wildcard',
  body: unknown,
  scope: Scope<T>,
): Clause<T> {
  const [field, given] = oneField(clause, body);
  const [value, anyCase] = valueIn(clause, field, given, clause);
  const fold = (text: string): string => (anyCase ? text.toLowerCase() : text);
  const wanted = fold(String(value));
  const test =
    clause === 'prefix' ? (text: string) => text.startsWith(wanted) : wildcardTest(wanted);
  return constant(anyText(field, scope, (text) => test(fold(text))));
}
