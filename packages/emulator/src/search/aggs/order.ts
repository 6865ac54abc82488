import { isObject } from '../../lake/file.ts';
import { contentError, parsingError } from '../errors.ts';
import { tokenName } from '../json.ts';

/** By what buckets are ordered. */
export interface Order {
  readonly by: string;
  readonly descending: boolean;
}

/** Reads the order of buckets: one key, or a list of them. */
export function parseOrder(kind: string, given: unknown): readonly Order[] {
  const list: unknown[] = Array.isArray(given) ? given : [given];
  return list.flatMap((item) => {
    if (!isObject(item))
      throw contentError(`[${kind}] order doesn't support values of type: ${tokenName(item)}`);
    return Object.entries(item).map(([by, direction]) => {
      const named = String(direction).toLowerCase();
      if (named !== 'asc' && named !== 'desc')
        throw parsingError(`Unknown order direction [${String(direction)}]`);
      return { by: by === '_term' ? '_key' : by, descending: named === 'desc' };
    });
  });
}
