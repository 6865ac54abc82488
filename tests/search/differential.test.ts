import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askNode } from './ask.ts';
import { ANSWERS, cases, differentCases, kept, SEED } from './cases.ts';
import { differ, type Outcome } from './differ.ts';
import { KNOWN } from './known.ts';
import { fill, labOf } from './lab.ts';
import { hasNode, type SearchNode, startNode, title } from './node/node.ts';
import { requestOf } from './requests/request.ts';

const RANDOM = 2000;

describe.skipIf(!hasNode)(title('the emulator, held against OpenSearch'), () => {
  const emulator = labOf(SEED);
  let node: SearchNode;
  let outcome: Outcome;

  beforeAll(async () => {
    node = await startNode();
    await fill(node, emulator);
    const random = Array.from({ length: RANDOM }, (_, number) => JSON.stringify(requestOf(number)));
    const small = [...(await cases()), ...(await differentCases())];
    outcome = await differ(node, emulator, [...small, ...random]);
  });
  afterAll(async () => {
    await node[Symbol.asyncDispose]();
  });

  it('answers alike, but for what its README tells', () => {
    expect(outcome.unknown).toEqual([]);
  });

  it('still differs in all that its README tells', () => {
    const always = KNOWN.filter(({ sometimes }) => sometimes !== true);
    expect(Object.keys(outcome.known)).toEqual(
      expect.arrayContaining(always.map(({ name }) => name)),
    );
  });

  it('is asked what is answered, and what is refused', () => {
    expect(outcome.asked).toBeGreaterThan(RANDOM);
    expect(outcome.refused).toBeGreaterThan(RANDOM / 10);
    expect(outcome.refused).toBeLessThan(RANDOM / 2);
  });

  it('is held elsewhere against answers that the node still gives', async () => {
    const answers: Record<string, unknown> = JSON.parse(await readFile(ANSWERS, 'utf8'));
    const changed: string[] = [];
    for (const request of await cases()) {
      const answer = kept(await askNode(node, request));
      if (JSON.stringify(answer) !== JSON.stringify(answers[request])) changed.push(request);
    }
    expect(changed).toEqual([]);
  });
});
