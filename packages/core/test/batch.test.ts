import { expect, test } from 'vitest';
import { type Batch, type BatchLimits, batches, type Draft, type Step } from '../src/batch.ts';
import { fc } from './property.ts';

const DRAFT: Draft = {
  id: '0'.repeat(32),
  layouts: [],
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
  tables: fc.constant(90),
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
  const { found } = await gather(given, { documents: 10, bytes: 100, ageMs: 20, tables: 90 });
  expect(found.map((batch) => [batch.steps.length, batch.after])).toEqual([
    [0, '19'],
    [0, '39'],
  ]);
});

test('a batch ends before it would write to too many tables', async () => {
  const layouts = [[1], [1], [2], [1, 2], [3], [4], [3]];
  const tables = new Map([
    [1, ['a', 'b']],
    [2, ['b', 'c']],
    [3, ['d', 'e']],
    [4, ['f', 'g', 'h', 'i']],
  ]);
  async function* source(): AsyncGenerator<Step> {
    for (const [index, own] of layouts.entries()) {
      const draft = { ...DRAFT, layouts: own };
      yield { after: String(index), draft, outcome: 'loaded', bytes: 1 };
    }
  }
  const limits = { documents: 100, bytes: 1000, ageMs: 1000, tables: 3 };
  const clock = { now: () => 0, sleep: async () => undefined };
  const found: (string | undefined)[] = [];
  for await (const { steps, after } of batches(
    source(),
    limits,
    clock,
    (layout) => tables.get(layout) ?? [],
  ))
    found.push(`${steps.length} to ${after}`);
  // The sixth has too many by itself.
  expect(found).toEqual(['4 to 3', '1 to 4', '1 to 5', '1 to 6']);
});

test('nothing gives no batch', async () => {
  expect((await gather([], { documents: 1, bytes: 1, ageMs: 1, tables: 90 })).found).toEqual([]);
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
  for await (const batch of batches(source(), limits, clock, () => [])) {
    found.push(batch);
    sizes.push(now - since);
    since = now;
  }
  return { found, steps, sizes };
}
