import { expect, test } from 'vitest';
import { type Batch, batches } from '../../src/sync/batch.ts';
import type { Draft, Place } from '../../src/sync/shapes.ts';
import { fc } from '../property.ts';
import { TestClock } from '../test-clock.ts';

type Limits = Parameters<typeof batches>[1];

const ROOM: Limits = { documents: 100, bytes: 1000, rows: 1000, ageMs: 1000 };
const DRAFT: Omit<Draft, 'after'> = {
  outcome: 'loaded',
  bytes: 1,
  rows: 0,
  id: '0'.repeat(32),
  layouts: [],
  needsHeld: false,
  document: () => ({ id: '0'.repeat(32), order: 'o', status: 'loaded', rows: new Map() }),
};
const stepsOf = fc.array(
  fc.record({ known: fc.boolean(), bytes: fc.nat(50), rows: fc.nat(9), tookMs: fc.nat(30) }),
  { maxLength: 60 },
);
const limitsOf = fc.record({
  documents: fc.integer({ min: 1, max: 10 }),
  bytes: fc.integer({ min: 1, max: 200 }),
  ageMs: fc.integer({ min: 1, max: 200 }),
  rows: fc.integer({ min: 1, max: 60 }),
});

test('every document is in one batch, in order, and each batch ends when a limit is reached', async () => {
  await fc.assert(
    fc.asyncProperty(stepsOf, limitsOf, async (given, limits) => {
      const { found, steps, sizes } = await gather(given, limits);
      expect(found.flatMap((batch) => batch.drafts)).toEqual(steps.filter((step) => 'id' in step));
      for (const [index, batch] of found.entries()) {
        const last = batch.drafts.at(-1);
        // Where it stands is never before what it holds.
        if (last !== undefined)
          expect(Number(batch.after)).toBeGreaterThanOrEqual(Number(last.after));
        expect(batch.drafts.length).toBeLessThanOrEqual(limits.documents);
        const before = batch.drafts.slice(0, -1);
        const bytes = before.reduce((sum, step) => sum + step.bytes, 0);
        const rows = before.reduce((sum, step) => sum + step.rows, 0);
        expect(bytes).toBeLessThan(limits.bytes);
        expect(rows).toBeLessThan(limits.rows);
        const isFull =
          batch.drafts.length === limits.documents ||
          bytes + (last?.bytes ?? 0) >= limits.bytes ||
          rows + (last?.rows ?? 0) >= limits.rows;
        if (index < found.length - 1)
          expect(isFull || (sizes[index] ?? 0) >= limits.ageMs).toBe(true);
      }
    }),
  );
});

test('a long way through known files moves the position', async () => {
  const given = Array.from({ length: 50 }, () => ({ known: true, bytes: 0, rows: 0, tookMs: 1 }));
  const { found } = await gather(given, { ...ROOM, documents: 10, bytes: 100, ageMs: 20 });
  expect(found.map((batch) => [batch.drafts.length, batch.after])).toEqual([
    [0, '19'],
    [0, '39'],
  ]);
});

test('nothing gives no batch', async () => {
  expect((await gather([], { ...ROOM, documents: 1, bytes: 1, ageMs: 1 })).found).toEqual([]);
});

async function gather(
  given: readonly { known: boolean; bytes: number; rows: number; tookMs: number }[],
  limits: Limits,
): Promise<{ found: Batch[]; steps: (Draft | Place)[]; sizes: number[] }> {
  const clock = new TestClock();
  const steps = given.map(({ known, bytes, rows }, index): Draft | Place => {
    const after = String(index);
    return known ? { after } : { ...DRAFT, after, bytes, rows };
  });
  async function* source(): AsyncGenerator<Draft | Place> {
    for (const [index, step] of steps.entries()) {
      // It comes when a batch that has just grown old is not closed yet.
      clock.nowMs += given[index]?.tookMs ?? 0;
      yield step;
    }
  }
  const found: Batch[] = [];
  const sizes: number[] = [];
  let since = 0;
  for await (const batch of batches(source(), limits, clock)) {
    found.push(batch);
    sizes.push(clock.nowMs - since);
    since = clock.nowMs;
  }
  return { found, steps, sizes };
}

test('what was gathered is committed when it has grown old, though nothing more comes', async () => {
  const clock = new TestClock();
  let come: () => void = () => undefined;
  async function* source(): AsyncGenerator<Draft | Place> {
    yield { ...DRAFT, after: '1' };
    // It went before its turn.
    yield { ...DRAFT, after: undefined };
    await new Promise<void>((resolve) => {
      come = resolve;
    });
    yield { ...DRAFT, after: undefined };
    yield { after: '3' };
  }
  const found: string[] = [];
  const gathering = (async () => {
    for await (const { drafts, after } of batches(source(), ROOM, clock))
      found.push(`${drafts.length} to ${after}`);
  })();
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  await turn();
  clock.pass(ROOM.ageMs - 1);
  await turn();
  expect(found).toEqual([]);
  clock.pass(1);
  await turn();
  expect(found).toEqual(['2 to 1']);
  // With nothing gathered nobody watches the time.
  expect(clock.sleeping).toBe(0);
  come();
  await gathering;
  expect(found).toEqual(['2 to 1', '1 to 3']);
  expect(clock.sleeping).toBe(0);
});

test('a batch grows old by a clock that is set back, too', async () => {
  const clock = new TestClock();
  const waits: number[] = [];
  const watched = {
    now: () => clock.now(),
    sleep: (durationMs: number, signal?: AbortSignal) => {
      waits.push(durationMs);
      return clock.sleep(durationMs, signal);
    },
  };
  async function* source(): AsyncGenerator<Draft | Place> {
    clock.nowMs -= 86_400_000;
    yield { ...DRAFT, after: '1' };
    await new Promise(() => undefined);
  }
  const first = batches(source(), ROOM, watched).next();
  await new Promise((resolve) => setImmediate(resolve));
  expect(waits).toEqual([ROOM.ageMs]);
  clock.pass(ROOM.ageMs);
  expect(await first).toMatchObject({ value: { after: '1' } });
});

test('a batch of files that went before their turn stays at the place of the one before', async () => {
  const clock = new TestClock();
  async function* source(): AsyncGenerator<Draft | Place> {
    yield { ...DRAFT, after: undefined };
    yield { ...DRAFT, after: '7' };
    yield { ...DRAFT, after: undefined };
  }
  const found: (string | undefined)[] = [];
  const one = { ...ROOM, documents: 1 };
  for await (const { after } of batches(source(), one, clock)) found.push(after);
  expect(found).toEqual([undefined, '7', '7']);
});
