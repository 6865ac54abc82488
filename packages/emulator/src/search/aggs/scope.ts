import { isObject, type JsonObject } from '../../lake/file.ts';
import { illegalArgument, parsingError, shardError } from '../errors.ts';
import type { FieldReader } from '../fields.ts';

/** What computing an aggregation needs. */
export interface AggScope<T> {
  readonly reader: FieldReader<T>;
  readonly now: number;
  /** Aggregates below a bucket. */
  below(targets: readonly T[]): object;
}

/** The options of an aggregation; unknown ones are refused. */
export function aggOptions(name: string, body: unknown, known: readonly string[]): JsonObject {
  if (!isObject(body)) throw parsingError(`[${name}] aggregation malformed`);
  for (const key of Object.keys(body)) {
    if (!known.includes(key)) throw parsingError(`[${name}] unknown field [${key}]`);
  }
  return body;
}

/** The field of an aggregation. Analyzed fields cannot be aggregated. */
export function aggField(name: string, body: JsonObject): string {
  const field = body['field'];
  if (typeof field !== 'string')
    throw illegalArgument(
      `Required one of fields [field, script], but none were specified for [${name}].`,
    );
  if (field.endsWith('.text')) {
    throw shardError(
      'illegal_argument_exception',
      `Text fields are not optimised for operations that require per-document field data like aggregations and sorting, so these operations are disabled by default. Please use a keyword field instead. Alternatively, set fielddata=true on [${field}] in order to load field data by uninverting the inverted index. Note that this can use significant memory.`,
    );
  }
  return field;
}
