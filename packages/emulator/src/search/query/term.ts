import { isObject } from '../../lake/file.ts';
import { analyze } from '../analyze.ts';
import { parseDate } from '../dates.ts';
import {
  idOf,
  illegalArgument,
  parsingError,
  SearchError,
  shardError,
  unsupported,
} from '../errors.ts';
import type { FieldReader, Scalar } from '../fields.ts';
import { type Clause, constant, nothing, oneField, type Scope } from './clause.ts';
import { booleanOf, longOf, numberOf } from './value.ts';
import { foldAscii, indexTest } from './wildcard.ts';

const MAX_TERMS = 65_536;

/** The words of a `<field>.text`. */
export function wordsReader<T>(
  field: string,
  reader: FieldReader<T>,
): (target: T) => readonly string[] {
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

/** Whether a value is one that fields can have. */
export function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

type Test<T> = (target: T) => boolean;

function anyText<T>(
  field: string,
  reader: FieldReader<T>,
  test: (text: string) => boolean,
): Test<T> {
  const single = reader.single(field);
  if (single === undefined) {
    const read = reader.values(field);
    return (target) => read(target).some((value) => test(String(value)));
  }
  return (target) => {
    const value = single(target);
    return value !== undefined && test(String(value));
  };
}

/** A test for the index alone, where it is known. */
function inIndex<T>(reader: FieldReader<T>, test: (index: string) => boolean): Test<T> {
  const { index } = reader;
  if (index === undefined) return anyText('_index', reader, test);
  const whether = test(index);
  return () => whether;
}

/** A clause for the values of `_index`; another index need not be looked into. */
function ofIndex<T>(
  reader: FieldReader<T>,
  tests: readonly ((index: string) => boolean)[],
): Clause<T> {
  const test = (index: string): boolean => tests.some((one) => one(index));
  if (reader.index !== undefined && !test(reader.index)) return nothing();
  return constant(inIndex(reader, test));
}

/** A date in parts stands for all it covers: 2024-01-01 is the whole day. */
function dayOf(wanted: Scalar, now: number): [from: number, to: number] {
  try {
    return [parseDate(wanted, { now }), parseDate(wanted, { now, roundUp: true })];
  } catch (error) {
    if (!(error instanceof SearchError)) throw error;
    throw new SearchError('query_shard_exception', `failed to create query: ${error.message}`, {
      onShards: true,
      behind: error.told,
      root: error.root,
    });
  }
}

function atDate<T>(field: string, wanted: Scalar, scope: Scope<T>): Test<T> {
  const [from, to] = dayOf(wanted, scope.now);
  const times = timesReader(field, scope.reader);
  return (target) => times(target).some((time) => time >= from && time <= to);
}

function isUnknown<T>(field: string, { reader }: Scope<T>): boolean {
  const type = reader.type(field);
  return type === undefined || type === 'object' || type === 'nested';
}

/** A test for one exact value of a field. */
export function exactly<T>(
  field: string,
  wanted: Scalar,
  { reader, now, compile }: Scope<T>,
): Test<T> {
  const equals = (value: Scalar): Test<T> => {
    const read = reader.values(field);
    return (target) => read(target).some((held) => held === value);
  };
  const text = String(wanted);
  switch (reader.type(field)) {
    case 'keyword':
      return anyText(field, reader, (held) => held === text);
    case '_id': {
      const id = idOf(text);
      return anyText(field, reader, (held) => held === id);
    }
    case '_index':
      return inIndex(reader, indexTest(text));
    case 'text': {
      const words = wordsReader(field, reader);
      return (target) => words(target).includes(text);
    }
    case 'long':
      return equals(longOf(wanted));
    case 'double':
      return equals(numberOf(wanted));
    case 'boolean':
      return equals(booleanOf(wanted));
    case 'date':
      return atDate(field, wanted, { reader, now, compile });
    default:
      return () => false;
  }
}

function valueIn(field: string, body: unknown): [Scalar, boolean] {
  if (isScalar(body)) return [body, false];
  if (Array.isArray(body)) throw parsingError('[term] query does not support array of values');
  if (!isObject(body)) throw illegalArgument('field name is null or empty');
  for (const option of Object.keys(body)) {
    if (!['term', 'value', 'boost', '_name', 'case_insensitive', 'rewrite'].includes(option)) {
      throw parsingError(`[term] query does not support [${option}]`);
    }
  }
  const value = body['term'] ?? body['value'];
  if (Array.isArray(value)) throw unsupported('a list as the value of a [term]');
  if (isObject(value)) throw parsingError('[term] query does not support an object as value');
  if (!isScalar(value)) throw illegalArgument(`value cannot be null for [${field}]`);
  return [value, body['case_insensitive'] === true];
}

/** `term`: exactly this value. */
export function compileTerm<T>(body: unknown, scope: Scope<T>): Clause<T> {
  const [field, given] = oneField('term', body);
  const [value, anyCase] = valueIn(field, given);
  if (isUnknown(field, scope)) return nothing();
  const type = scope.reader.type(field);
  if (type === '_index') {
    const fold = anyCase ? foldAscii : (text: string): string => text;
    const pattern = indexTest(fold(String(value)));
    return ofIndex(scope.reader, [(index) => pattern(fold(index))]);
  }
  if (!anyCase) return constant(exactly(field, value, scope));
  const wanted = foldAscii(String(value));
  const test = (text: string): boolean => foldAscii(text) === wanted;
  switch (type) {
    case 'boolean':
      return constant(exactly(field, booleanOf(wanted), scope));
    case 'keyword':
      return constant(anyText(field, scope.reader, test));
    case 'text': {
      const words = wordsReader(field, scope.reader);
      return constant((target) => words(target).some(test));
    }
    case '_id':
      return constant(() => false);
    case 'object':
    case 'nested':
    case undefined:
      return nothing();
    default:
      throw shardError(
        'query_shard_exception',
        `[${field}] field which is of type [${type}], does not support case insensitive term queries`,
      );
  }
}

/** `terms`: one of these values. */
export function compileTerms<T>(body: unknown, scope: Scope<T>): Clause<T> {
  const [field, values] = oneField('terms', body, true);
  if (isObject(values)) throw unsupported('[terms] that looks its values up');
  if (!Array.isArray(values)) throw parsingError(`[terms] query does not support [${field}]`);
  if (values.length > MAX_TERMS) {
    throw shardError(
      'illegal_argument_exception',
      `The number of terms [${values.length}] used in the Terms Query request has exceeded the allowed maximum of [${MAX_TERMS}]. This maximum can be set by changing the [index.max_terms_count] index level setting.`,
    );
  }
  const wanted = values.map((value: unknown) => {
    if (value === null) throw parsingError('No value specified for terms query');
    if (Array.isArray(value))
      throw parsingError(`[terms] unknown token [END_ARRAY] after [${field}]`);
    return isScalar(value) ? value : '';
  });
  const single = scope.reader.type(field) === 'keyword' ? scope.reader.single(field) : undefined;
  if (single !== undefined) {
    const set = new Set(wanted.map(String));
    return constant((target) => set.has(String(single(target) ?? NaN)));
  }
  if (isUnknown(field, scope)) return nothing();
  if (scope.reader.type(field) === '_index')
    return ofIndex(
      scope.reader,
      wanted.map((value) => indexTest(String(value))),
    );
  const tests = wanted.map((value) => exactly(field, value, scope));
  return constant((target) => tests.some((test) => test(target)));
}
