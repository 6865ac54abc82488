import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { essence } from './compare.ts';
import type { Answer } from './node/node.ts';

/** The seed of the documents that the cases are asked of. */
export const SEED = 7;
/** Where the node's answers are kept. */
export const ANSWERS: URL = new URL('answers.json', import.meta.url);

async function lines(name: string): Promise<string[]> {
  const text = await readFile(new URL(name, import.meta.url), 'utf8');
  return text.replace(/\n$/, '').split('\n');
}

/** The small cases, each a request: what had another answer once, and its neighbours. */
export function cases(): Promise<string[]> {
  return lines('cases.txt');
}

/** Cases in which the emulator is known to differ. */
export function differentCases(): Promise<string[]> {
  return lines('different.txt');
}

/** What is kept of an answer: what must be the same, long lists of hits by their digest. */
export function kept(answer: Answer): Record<string, string> {
  const parts = essence(answer);
  const { hits } = parts;
  return hits === undefined || hits.length < 100
    ? parts
    : { ...parts, hits: hash('sha256', hits).slice(0, 16) };
}
