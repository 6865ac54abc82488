import { expect, test } from 'vitest';
import { type Holder, Room } from '../../src/sync/room.ts';
import { fc } from '../property.ts';

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('whatever grows in whatever steps: no more is held than there is room for, but by the first, and all come to their end', async () => {
  const steps = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });
  const cases = fc.record({
    most: fc.integer({ min: 1, max: 60 }),
    files: fc.array(steps, { minLength: 1, maxLength: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ most, files }) => {
      const room = new Room(most);
      const holders: Holder[] = files.map((_, number) => ({ number, bytes: 0 }));
      const left = new Set(holders);
      const setFirst = (): void => {
        room.first = [...left][0];
      };
      const look = (): void => {
        const [, ...others] = left;
        const held = others.reduce((sum, { bytes }) => sum + bytes, 0);
        expect(held).toBeLessThanOrEqual(most);
      };
      const grow = async (holder: Holder, own: readonly number[]): Promise<void> => {
        let bytes = 0;
        for (const step of own) {
          bytes += step;
          await room.grow(holder, bytes);
          expect(holder.bytes).toBe(bytes);
          look();
          await turns(step % 3);
        }
        left.delete(holder);
        room.set(holder, 0);
        setFirst();
      };
      setFirst();
      await Promise.all(holders.map((holder, index) => grow(holder, files[index] ?? [])));
      expect(room.isFull).toBe(false);
    }),
    { numRuns: 200 },
  );
});

test('who waits gets room in order, not as it came', async () => {
  const room = new Room(10);
  const [a, b, c, d] = [0, 1, 2, 3].map((number): Holder => ({ number, bytes: 0 }));
  if (!a || !b || !c || !d) throw new Error('four');
  room.first = a;
  const went: number[] = [];
  room.set(a, 10);
  for (const holder of [d, b, c]) void room.grow(holder, 4)?.then(() => went.push(holder.number));
  room.set(a, 4);
  await turns(1);
  expect(went).toEqual([1]);
  room.set(a, 0);
  await turns(1);
  expect(went).toEqual([1, 2]);
});

test('who gives up waiting holds nothing later', async () => {
  const room = new Room(10);
  const first: Holder = { number: 0, bytes: 0 };
  const other: Holder = { number: 1, bytes: 0 };
  room.first = first;
  room.set(first, 10);
  const waiting = room.grow(other, 8);
  room.set(other, 0);
  await waiting;
  room.set(first, 0);
  expect(other.bytes).toBe(0);
  expect(room.grow(first, 10)).toBeUndefined();
});

test('once it is open nobody waits', async () => {
  const room = new Room(1);
  const waiting = room.grow({ number: 1, bytes: 0 }, 5);
  room.open();
  expect(await waiting).toBeUndefined();
});
