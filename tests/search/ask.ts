import type { Emulator } from '@tdp-sync/emulator';
import type { Answer, SearchNode } from './node/node.ts';

/** The organisation, with which the names of its indices begin. */
export const ORG = 'lab';

/** A hit, as both give it. */
export interface Hit {
  readonly _index: string;
  readonly _id: string;
  readonly _source?: Readonly<Record<string, unknown>>;
  readonly sort?: readonly unknown[];
}

/** Asks the emulator. */
export function askEmulator(emulator: Emulator, body: string): Answer {
  const { status, body: bytes } = emulator.handle({
    method: 'POST',
    url: '/v1/datalake/searchEql',
    headers: { 'ts-auth-token': emulator.token, 'x-org-slug': emulator.org },
    body: Buffer.from(body),
  });
  return { status, text: Buffer.from(bytes).toString() };
}

/** Asks the node for the same, in all indices of the organisation, as TDP does. */
export function askNode(node: SearchNode, body: string): Promise<Answer> {
  return node.send('POST', `/${ORG}_*/_search`, body);
}

/** The hits of a search of the emulator that must go well. */
export function hitsOf(emulator: Emulator, body: object): readonly Hit[] {
  const { status, text } = askEmulator(emulator, JSON.stringify(body));
  if (status !== 200) throw new Error(text);
  return JSON.parse(text).hits.hits;
}
