import { isObject } from '../../lake/file.ts';
import { illegalArgument, parsingError, shardError, unsupported } from '../errors.ts';
import { nestedReader } from '../fields.ts';
import { type Clause, constant, options, type Scope } from './clause.ts';

/** `exists`: the field, or any field below it, has a value. */
export function compileExists<T>(body: unknown, scope: Scope<T>): Clause<T> {
  const { field } = options('exists', body, ['field', 'boost', '_name']);
  if (typeof field !== 'string') throw parsingError('[exists] must be provided with a [field]');
  const plain = field.endsWith('.text') ? field.slice(0, -'.text'.length) : field;
  const single = scope.reader.single(plain);
  if (single !== undefined) return constant((target) => single(target) !== undefined);
  const read = scope.reader.values(plain);
  return constant((target) => read(target).length > 0);
}

/** `ids`: documents by `_id`. */
export function compileIds<T>(body: unknown, scope: Scope<T>): Clause<T> {
  const { values } = options('ids', body, ['values', 'type', 'boost', '_name']);
  if (values === undefined) throw illegalArgument('[ids] requires providing [values]');
  const wanted = new Set((Array.isArray(values) ? values : [values]).map(String));
  const read = scope.reader.values('_id');
  return constant((target) => read(target).some((id) => wanted.has(String(id))));
}

const NESTED_OPTIONS = [
  'path',
  'query',
  'score_mode',
  'ignore_unmapped',
  'boost',
  '_name',
  'inner_hits',
];

/** `nested`: one object at the path matches the whole query. */
export function compileNested<T>(body: unknown, scope: Scope<T>): Clause<T> {
  const given = options('nested', body, NESTED_OPTIONS);
  const path = given['path'];
  if (typeof path !== 'string') throw illegalArgument('[nested] requires [path] field');
  if (given['query'] === undefined) throw illegalArgument('[nested] requires [query] field');
  if (given['inner_hits'] !== undefined) throw unsupported('[inner_hits]');
  const clause = scope.compile(given['query'], nestedReader(path));
  if (path !== 'labels' && !path.startsWith('data.')) {
    if (given['ignore_unmapped'] === true) return constant(() => false);
    throw shardError(
      'query_shard_exception',
      `failed to create query: [nested] failed to find nested object under path [${path}]`,
    );
  }
  const objects = scope.reader.nested(path);
  return constant((target) =>
    objects(target).some((object) => isObject(object) && clause.matches(object)),
  );
}
