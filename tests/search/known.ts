import { essence } from './compare.ts';
import type { Answer } from './node/node.ts';

/** Two answers to one request. */
export interface Pair {
  readonly request: string;
  readonly node: Answer;
  readonly emulator: Answer;
}

/** A way in which the emulator is allowed to differ, by the name that its README has for it. */
interface Known {
  readonly name: string;
  readonly holds: (pair: Pair) => boolean;
  /** The node itself answers one way or the other, so that a run may not meet it. */
  readonly sometimes?: boolean;
}

const DATES = /"range":\{"(?:indexedAt|createdAt)"/;

function onlyShardsDiffer({ node, emulator }: Pair): boolean {
  const [left, right] = [essence(node), essence(emulator)];
  return ['total', 'hits', 'aggregations'].every((part) => left[part] === right[part]);
}

function findsNothing({ status, text }: Answer): boolean {
  return status === 200 && essence({ status, text })['hits'] === '[]';
}

/** In the order of the list in the emulator's README. */
export const KNOWN: readonly Known[] = [
  {
    name: 'unsupported',
    holds: ({ emulator }) => emulator.text.includes('"type":"emulator_unsupported"'),
  },
  {
    name: 'first-error',
    holds: ({ node, emulator }) => node.status >= 400 && node.status === emulator.status,
  },
  {
    name: 'passed-over',
    holds: (pair) => {
      if (!DATES.test(pair.request) || pair.node.status !== 200) return false;
      if (pair.emulator.status === 200) return onlyShardsDiffer(pair);
      return pair.emulator.text.includes('"all shards failed"');
    },
  },
  {
    name: 'mixed-types',
    sometimes: true,
    holds: ({ request, node, emulator }) => {
      const [refused, other] = node.status === 500 ? [node, emulator] : [emulator, node];
      const told =
        refused.status === 500 && refused.text.includes('existed as two different types');
      return told && other.status === 200 && request.includes('"terms":{"field"');
    },
  },
  {
    name: 'min-where-unmapped',
    holds: ({ request, node, emulator }) =>
      /"aggs":.*"aggs":.*"(?:min|max)":\{"field":"(?:data|metadata|trace|nope)/.test(request) &&
      node.status === 200 &&
      emulator.status === 200,
  },
  {
    name: 'from-and-after',
    holds: ({ request, node, emulator }) =>
      request.includes('"search_after"') &&
      emulator.status === 500 &&
      emulator.text.includes('`from` parameter must be set to 0') &&
      findsNothing(node),
  },
  {
    name: 'nested-in-nested',
    holds: ({ request }) => /"nested":.*"nested":/.test(request),
  },
  { name: 'doc-order', holds: ({ request }) => request.includes('"_doc"') },
];

/** Under which name a disagreement is known. */
export function knownAs(pair: Pair): string | undefined {
  return KNOWN.find(({ holds }) => holds(pair))?.name;
}
