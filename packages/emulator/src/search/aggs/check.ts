import type { FieldType } from '../../lake/mapping.ts';
import { parseDate } from '../dates.ts';
import { SearchError, shardError, unsupported } from '../errors.ts';
import type { FieldReader } from '../fields.ts';
import { compileQuery } from '../query/compile.ts';
import { boundsIn, gridOf } from './grid.ts';
import { parseOrder } from './order.ts';
import { type Agg, isMetric } from './parse.ts';

function fieldOf({ body }: Agg): string {
  return String(body['field']);
}

function illegal(reason: string): SearchError {
  return shardError('illegal_argument_exception', reason);
}

function checkField(agg: Agg, type: FieldType | undefined): void {
  const field = fieldOf(agg);
  if (type === 'text')
    throw illegal(
      `Text fields are not optimised for operations that require per-document field data like aggregations and sorting, so these operations are disabled by default. Please use a keyword field instead. Alternatively, set fielddata=true on [${field}] in order to load field data by uninverting the inverted index. Note that this can use significant memory.`,
    );
  const numeric = ['min', 'max', 'sum', 'avg', 'date_histogram'].includes(agg.kind);
  if (numeric && (type === 'keyword' || type === '_id' || type === '_index'))
    throw illegal(
      `Field [${field}] of type [${type}] is not supported for aggregation [${agg.kind}]`,
    );
}

function checkMissing({ body }: Agg, type: FieldType | undefined, now: number): void {
  const missing = body['missing'];
  if (missing === undefined) return;
  if (type === 'date') parseDate(missing, { now });
  if ((type === 'long' || type === 'double') && Number.isNaN(Number(missing)))
    throw shardError('number_format_exception', `For input string: "${String(missing)}"`);
  if (type === 'boolean' && !['true', 'false'].includes(String(missing)))
    throw illegal(`Cannot parse boolean [${String(missing)}], expected either [true] or [false]`);
}

function checkOrder({ kind, body, inner }: Agg): void {
  if (!('order' in body)) return;
  for (const { by } of parseOrder(kind, body['order'])) {
    if (by === '_count' || by === '_key') continue;
    const name = by.split(/[.>[]/)[0];
    if (inner.some((agg) => agg.name === name && isMetric(agg.kind)))
      throw unsupported(`[${kind}] ordered by [${by}]`);
    throw shardError(
      'aggregation_execution_exception',
      `Invalid aggregation order path [${by}]. The provided aggregation [${by}] either does not exist, or is a pipeline aggregation and cannot be used to sort the buckets.`,
      500,
    );
  }
}

function checkDates(agg: Agg, type: FieldType | undefined, now: number): void {
  gridOf(agg.body);
  if (type === 'long' || type === 'double' || type === 'boolean')
    throw unsupported(`[date_histogram] of a field of type [${type}]`);
  const [min, max] = boundsIn(agg.body, now);
  if (min !== undefined && max !== undefined && min > max)
    throw illegal(
      `[extended_bounds.min][${min}] cannot be greater than [extended_bounds.max][${max}] for histogram aggregation [${agg.name}]`,
    );
}

/** What is wrong with the clause of a filter, told as it is and not as that of a query. */
function filterError<T>(
  { body }: Agg,
  reader: FieldReader<T>,
  now: number,
): SearchError | undefined {
  try {
    compileQuery(body, reader, now);
    return undefined;
  } catch (error) {
    if (!(error instanceof SearchError && error.onShards)) throw error;
    if (error.behind === undefined) return error;
    const { type, reason } = error.behind;
    return shardError(type, reason, type === 'illegal_state_exception' ? 500 : 400);
  }
}

function checkAgg<T>(agg: Agg, reader: FieldReader<T>, now: number): void {
  if (agg.kind === 'nested') {
    const path = String(agg.body['path']);
    if (reader.type(path) === 'object')
      throw shardError(
        'aggregation_execution_exception',
        `[nested] nested path [${path}] is not nested`,
        500,
      );
    checkAggs(agg.inner, reader.inside(path), now);
    return;
  }
  if (agg.kind === 'filter') {
    // What is below it is looked at first, unless the clause is none at all.
    const wrong = filterError(agg, reader, now);
    checkAggs(agg.inner, reader, now);
    if (wrong !== undefined) throw wrong;
    return;
  }
  const type = reader.type(fieldOf(agg));
  checkField(agg, type);
  if (agg.kind === 'terms') checkMissing(agg, type, now);
  if (agg.kind === 'date_histogram') checkDates(agg, type, now);
  checkOrder(agg);
  checkAggs(agg.inner, reader, now);
}

/** @throws SearchError when one index cannot compute one of the aggregations. */
export function checkAggs<T>(aggs: readonly Agg[], reader: FieldReader<T>, now: number): void {
  for (const agg of aggs) checkAgg(agg, reader, now);
}
