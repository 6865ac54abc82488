import { isObject } from '../../lake/file.ts';
import { idOf, illegalArgument, parsingError, unsupported, valueError } from '../errors.ts';
import type { FieldReader } from '../fields.ts';
import { type Clause, constant, nothing, options, type Scope } from './clause.ts';

type Test<T> = (target: T) => boolean;

function hasValue<T>(field: string, reader: FieldReader<T>): Test<T> {
  const plain = reader.type(field) === 'text' ? field.slice(0, -'.text'.length) : field;
  const single = reader.single(plain);
  if (single !== undefined) return (target) => single(target) !== undefined;
  const read = reader.values(plain);
  return (target) => read(target).length > 0;
}

/** `exists`: the field, any field below it, or any that its pattern names, has a value. */
export function compileExists<T>(body: unknown, { reader }: Scope<T>): Clause<T> {
  const { field } = options('exists', body, ['field', 'boost', '_name']);
  if (typeof field !== 'string') throw parsingError('[exists] must be provided with a [field]');
  if (field === '') throw illegalArgument('field name is null or empty');
  const type = reader.type(field);
  if (type === '_id' || type === '_index') return constant(() => true);
  if (type !== undefined && type !== 'object' && type !== 'nested')
    return constant(hasValue(field, reader));
  const names = field.includes('*') ? [field, `${field}.*`] : [`${field}.*`];
  const tests = names.flatMap((name) => reader.named(name)).map((name) => hasValue(name, reader));
  return tests.length === 0 ? nothing() : constant((target) => tests.some((test) => test(target)));
}

/** `ids`: documents by `_id`. */
export function compileIds<T>(body: unknown, scope: Scope<T>): Clause<T> {
  const { values } = options('ids', body, ['values', 'boost', '_name']);
  if (values === undefined) return nothing();
  const wanted = new Set((Array.isArray(values) ? values : [values]).map((id) => idOf(String(id))));
  const read = scope.reader.values('_id');
  return constant((target) => read(target).some((id) => wanted.has(String(id))));
}

const NESTED_OPTIONS = [
  ...['path', 'query', 'score_mode', 'ignore_unmapped', 'boost', '_name', 'inner_hits'],
];
const SCORE_MODES = ['none', 'min', 'max', 'avg', 'sum'];

/** `nested`: one object at the path matches the whole query. */
export function compileNested<T>(body: unknown, scope: Scope<T>): Clause<T> {
  const given = options('nested', body, NESTED_OPTIONS);
  const { path, query, score_mode: mode, ignore_unmapped: ignored } = given;
  if (mode !== undefined && !SCORE_MODES.includes(String(mode).toLowerCase()))
    throw illegalArgument(`No score mode for child query [${String(mode)}] found`);
  if (query === undefined) throw illegalArgument("[nested] requires 'query' field");
  if (typeof path !== 'string') throw illegalArgument("[nested] requires 'path' field");
  if (given['inner_hits'] !== undefined) throw unsupported('[inner_hits]');
  const clause = scope.compile(query, scope.reader.inside(path));
  const type = scope.reader.type(path);
  if (type === 'object')
    throw valueError(
      'illegal_state_exception',
      `[nested] nested object under path [${path}] is not of nested type`,
    );
  if (type !== 'nested') {
    if (ignored === true) return constant(() => false);
    throw valueError(
      'illegal_state_exception',
      `[nested] failed to find nested object under path [${path}]`,
    );
  }
  const objects = scope.reader.nested(path);
  return constant((target) =>
    objects(target).some((object) => isObject(object) && clause.matches(object)),
  );
}
