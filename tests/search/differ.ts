import type { Emulator } from '@tdp-sync/emulator';
import { askEmulator, askNode } from './ask.ts';
import { difference } from './compare.ts';
import { knownAs } from './known.ts';
import type { SearchNode } from './node/node.ts';
import { smaller } from './shrink.ts';

/** What came of asking both the same. */
export interface Outcome {
  readonly asked: number;
  readonly refused: number;
  /** How often each known difference was met. */
  readonly known: Readonly<Record<string, number>>;
  /** The others, each as small as it can be made. */
  readonly unknown: readonly string[];
}

type Check = (request: string) => Promise<{ refused: boolean; name?: string; told?: string }>;

const AT_ONCE = 4;
const MOST_TOLD = 10;

/** Asks the node and the emulator each of the requests, and compares. */
export async function differ(
  node: SearchNode,
  emulator: Emulator,
  requests: readonly string[],
): Promise<Outcome> {
  const known: Record<string, number> = {};
  const unknown: string[] = [];
  let refused = 0;
  const check: Check = async (request) => {
    const right = await askNode(node, request);
    const ours = askEmulator(emulator, request);
    const told = difference(right, ours);
    const wasRefused = right.status !== 200;
    if (told === undefined) return { refused: wasRefused };
    const name = knownAs({ request, node: right, emulator: ours });
    return name === undefined ? { refused: wasRefused, told } : { refused: wasRefused, name };
  };
  const left = requests.values();
  const worker = async (): Promise<void> => {
    for (const request of left) {
      const found = await check(request);
      refused += Number(found.refused);
      if (found.name !== undefined) known[found.name] = (known[found.name] ?? 0) + 1;
      if (found.told !== undefined) unknown.push(await told(request, found.told, check, unknown));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { asked: requests.length, refused, known, unknown };
}

async function told(
  request: string,
  difference: string,
  check: Check,
  before: readonly string[],
): Promise<string> {
  if (before.length >= MOST_TOLD) return request;
  const differs = async (smallerOne: string): Promise<boolean> =>
    (await check(smallerOne)).told !== undefined;
  const small = await smaller(request, differs);
  const last = (await check(small)).told ?? difference;
  return `${small}\n${last}`;
}
