import { expect, test } from 'vitest';
import { type Batch, type BatchLimits, batches, type Draft, type Step } from '../src/batch.ts';
import { fc } from './property.ts';

const DRAFT: Draft = {
  id: '0'.repeat(32),
  needsHeld: false,
  document: () => ({ id: '0'.repeat(32), order: 'o', status: 'loaded', rows: new Map() }),
};
const stepsOf = fc.array(
  fc.record({ known: fc.boolean(), bytes: fc.nat(50), tookMs: fc.nat(30) }),
  { maxLength: 60 },
);
const limitsOf = fc.record({
  documents: fc.integer({ min: 1, max: 10 }),
  bytes: fc.integer({ min: 1, max: 200 }),
  ageMs: fc.integer({ min: 1, max: 200 }),
});

test('every document is in one batch, in order, and each batch ends when a limit is reached', async () => {
  await fc.assert(
    fc.asyncProperty(stepsOf, limitsOf, async (given, limits) => {
      const { found, steps, sizes } = await gather(given, limits);
      expect(found.flatMap((batch) => batch.steps)).toEqual(
        steps.filter((step) => step.draft !== undefined),
      );
      for (const [index, batch] of found.entries()) {
        const last = batch.steps.at(-1);
        // Where it stands is never before what it holds.
        if (last !== undefined)
          expect(Number(batch.after)).toBeGreaterThanOrEqual(Number(last.after));
        expect(batch.steps.length).toBeLessThanOrEqual(limits.documents);
        const bytes = batch.steps.slice(0, -1).reduce((sum, step) => sum + step.bytes, 0);
        expect(bytes).toBeLessThan(limits.bytes);
        const isFull =
          batch.steps.length === limits.documents || bytes + (last?.bytes ?? 0) >= limits.bytes;
        if (index < found.length - 1)
          expect(isFull || (sizes[index] ?? 0) >= limits.ageMs).toBe(true);
      }
    }),
  );
});

test('a long way through known files moves the position', async () => {
  const given = Array.from({ length: 50 }, () => ({ known: true, bytes: 0, tookMs: 1 }));
  const { found } = await gather(given, { documents: 10, bytes: 100, ageMs: 20 });
  expect(found.map((batch) => [batch.steps.length, batch.after])).toEqual([
    [0, '19'],
    [0, '39'],
  ]);
});

test('nothing gives no batch', async () => {
  expect((await gather([], { documents: 1, bytes: 1, ageMs: 1 })).found).toEqual([]);
});

async function gather(
  given: readonly { known: boolean; bytes: number; tookMs: number }[],
  limits: BatchLimits,
): Promise<{ found: Batch[]; steps: Step[]; sizes: number[] }> {
  let now = 0;
  const clock = { now: () => now, sleep: async () => undefined };
  const steps = given.map(({ known, bytes }, index): Step => {
    const after = String(index);
    if (known) return { after, draft: undefined, outcome: 'known', bytes: 0 };
    return { after, draft: DRAFT, outcome: 'loaded', bytes };
  });
  async function* source(): AsyncGenerator<Step> {
    for (const [index, step] of steps.entries()) {
      now += given[index]?.tookMs ?? 0;
      yield step;
    }
  }
  const found: Batch[] = [];
  const sizes: number[] = [];
  let since = 0;
  for await (const batch of batches(source(), limits, clock)) {
    found.push(batch);
    sizes.push(now - since);
    since = now;
  }
  return { found, steps, sizes };
}
