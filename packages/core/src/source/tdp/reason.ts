import { asRecord } from './hit.ts';
import type { HttpResponse } from './transport.ts';

/** Wrappers that say nothing of what is wrong inside. */
const WRAPPERS =
  /^(?:all shards failed|search_phase_execution_exception|query_shard_exception|runtime_exception)$/;
/** Deeper than any engine nests its causes. */
const DEEPEST = 10;

/**
 * What an error's body says, in its own words, innermost cause last; `undefined` for what is no JSON or says nothing. Understands
 * what TDP says itself (`message`), and what the search engine behind it says, in which the reason is not the
 * message but lies in `root_cause` and `caused_by`; also where the one is text within the other.
 */
export function reasonIn(text: string): string | undefined {
  const reasons = [...new Set(reasonsOf(parsed(text), 0))];
  // A cause is often quoted in what it has caused.
  const told = reasons.filter(
    (one, at) => !reasons.some((other, of) => of < at && other.includes(one)),
  );
  return told.length === 0 ? undefined : told.join(': ');
}

/** What the first of the shards that did not answer says. */
export function shardReason(shards: Readonly<Record<string, unknown>>): string | undefined {
  const { failures } = shards;
  const [first] = Array.isArray(failures) ? failures : [];
  return reasonIn(JSON.stringify({ error: asRecord(first)['reason'] ?? null }));
}

/** The engine's names for the kinds of error in a body. */
export function errorTypes(text: string): readonly string[] {
  const error = asRecord(asRecord(parsed(text))['error']);
  return causesOf(error, 0).flatMap(({ type }) => (typeof type === 'string' ? type : []));
}

function reasonsOf(value: unknown, depth: number): readonly string[] {
  if (depth > DEEPEST) return [];
  if (typeof value === 'string') {
    if (value.trim() === '') return [];
    const inner = value.trimStart().startsWith('{') ? reasonsOf(parsed(value), depth + 1) : [];
    return inner.length > 0 ? inner : [value];
  }
  const { error, message } = asRecord(value);
  const causes = causesOf(asRecord(error), depth).flatMap(({ reason }) =>
    typeof reason === 'string' && reason !== '' ? reason : [],
  );
  const specific = causes.filter((reason) => !WRAPPERS.test(reason));
  if (causes.length > 0) return specific.length > 0 ? specific : causes;
  const said = [message, asRecord(error)['message'], error];
  for (const one of said) {
    const reasons = typeof one === 'string' ? reasonsOf(one, depth + 1) : [];
    if (reasons.length > 0) return reasons;
  }
  return [];
}

/** An error of the engine and what it was caused by, outermost first. */
function causesOf(
  error: Readonly<Record<string, unknown>>,
  depth: number,
): readonly Readonly<Record<string, unknown>>[] {
  if (depth > DEEPEST || Object.keys(error).length === 0) return [];
  const { root_cause: roots, failed_shards: shards, caused_by: cause } = error;
  const [root] = Array.isArray(roots) ? roots : [];
  const [shard] = Array.isArray(shards) ? shards : [];
  return [error, asRecord(root), asRecord(asRecord(shard)['reason']), asRecord(cause)].flatMap(
    (one) => (one === error ? [one] : causesOf(one, depth + 1)),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * What a search engine answers with 500 although it is the query that is at fault, such as a list where it expects a text.
 * Exceptions that name no fault of the engine itself (OpenSearch 2.19.1).
 */
const QUERY_FAULTS =
  /^(?:illegal_state|illegal_argument|null_pointer|class_cast|array_index_out_of_bounds|input_coercion|number_format|unsupported_operation|aggregation_execution|parse|parsing|x_content_parse)_exception$/;

/** Whether an answer says that the query cannot be answered, though by its status it is the server. */
export function isQueryFault({ status, body }: HttpResponse): boolean {
  return (
    status === 500 && errorTypes(body.toString('utf8')).some((type) => QUERY_FAULTS.test(type))
  );
}
