import type { Hit } from './ask.ts';
import type { Answer } from './node/node.ts';

type Json = Readonly<Record<string, unknown>>;

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Longs and infinities that JSON.parse would make other numbers of are kept as texts. */
function parse(text: string): Json {
  const exact = text.replace(/([[,:])(-?\d{17,})(?=[,\]}])/g, '$1"$2"');
  return JSON.parse(exact);
}

/** What of a refusal is compared: its status, and the names of what is wrong. */
function refusal(status: number, body: Json): Json {
  const error = isJson(body['error']) ? body['error'] : {};
  const causes: unknown[] = Array.isArray(error['root_cause']) ? error['root_cause'] : [];
  const types = causes.map((cause) => (isJson(cause) ? cause['type'] : undefined));
  return { status, type: error['type'], causes: [...new Set(types)].sort() };
}

function rounded(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isInteger(value)) return Number(value.toPrecision(12));
  if (Array.isArray(value)) return value.map(rounded);
  if (!isJson(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rounded(inner)]));
}

function idOf(hit: Hit): string {
  return `${hit._index}/${hit._id}`;
}

/** Hits that a sort leaves alike may stand in any order; where a page ends among them, any of them may be on it. */
function hitsIn(hits: readonly Hit[], whole: boolean): unknown {
  const groups = new Map<string, string[]>();
  for (const hit of hits) {
    const key = JSON.stringify(rounded(hit.sort ?? []));
    const shown = JSON.stringify([idOf(hit), sorted(hit._source)]);
    groups.set(key, [...(groups.get(key) ?? []), shown]);
  }
  return [...groups].map(([key, shown], at) => {
    const cut = !whole && (at === 0 || at === groups.size - 1);
    return [key, cut ? shown.length : shown.sort()];
  });
}

/**
 * What is not compared: TDP's internals, which the node does not hold, a `meta` without anything in it, which the node gives to
 * some buckets, and the words for 0 and 1, which it gives or not as its shards answer first or last.
 */
function isQuirk(key: string, value: unknown): boolean {
  if (key === 'value_as_string') return value === 'true' || value === 'false';
  if (key === 'meta') return isJson(value) && Object.keys(value).length === 0;
  return key === 'enhancedSearchContext';
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJson(value)) return value;
  const keys = Object.keys(value)
    .filter((key) => !isQuirk(key, value[key]))
    .sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
}

/** What two answers must have in common, as texts by part. */
export function essence({ status, text }: Answer): Record<string, string> {
  const body = parse(text);
  if (status !== 200) return { refused: JSON.stringify(refusal(status, body)) };
  const { hits: found, aggregations, _shards } = body;
  const outer = isJson(found) ? found : {};
  const hits = (Array.isArray(outer['hits']) ? outer['hits'] : []) as Hit[];
  const total = isJson(outer['total']) ? outer['total']['value'] : undefined;
  const shards = isJson(_shards) ? [_shards['total'], _shards['failed']] : _shards;
  return {
    // Where it is not asked for, the node tells of nothing when it has found nothing.
    total: JSON.stringify(total === 0 ? undefined : outer['total']) ?? '',
    hits: JSON.stringify(hitsIn(hits, total === hits.length)),
    aggregations: JSON.stringify(sorted(rounded(aggregations))) ?? '',
    shards: JSON.stringify(shards),
  };
}

/** Shards may refuse for several reasons, and the first that one of them has is enough. */
function refusedAlike(node: Answer, emulator: Answer): boolean {
  if (node.status === 200 || node.status !== emulator.status) return false;
  const [left, right] = [node, emulator].map(({ status, text }) => refusal(status, parse(text)));
  const [known, told] = [left?.['causes'], right?.['causes']];
  if (left?.['type'] !== right?.['type'] || !Array.isArray(known) || !Array.isArray(told))
    return false;
  return told.length === 0 ? known.length === 0 : told.every((cause) => known.includes(cause));
}

/** How two answers differ; nothing where they do not. */
export function difference(node: Answer, emulator: Answer): string | undefined {
  const [left, right] = [essence(node), essence(emulator)];
  if (refusedAlike(node, emulator)) return undefined;
  for (const part of Object.keys({ ...left, ...right })) {
    if (left[part] === right[part]) continue;
    if (left['refused'] !== right['refused'])
      return `node ${summary(left)}\nemulator ${summary(right)}`;
    return `${part}: ${firstDifference(left[part] ?? '', right[part] ?? '')}`;
  }
  return undefined;
}

function summary(parts: Record<string, string>): string {
  return parts['refused'] ?? `finds ${parts['total']}`;
}

function firstDifference(left: string, right: string): string {
  let at = 0;
  while (at < left.length && left[at] === right[at]) at++;
  const from = Math.max(0, at - 60);
  return `node ...${left.slice(from, at + 120)}\nemulator ...${right.slice(from, at + 120)}`;
}
