import { expect, test } from 'vitest';
import { Intake } from '../../../src/source/tdp/intake.ts';
import { fc } from '../../property.ts';

const MINUTE = 60_000;
const LARGE = 256 * 1024;

interface Taken {
  readonly intake: Intake;
  /** Takes so many bytes after so many milliseconds. */
  take(bytes: number, afterMs?: number): ReturnType<Intake['take']>;
}

function intake(
  bounds: Partial<ConstructorParameters<typeof Intake>[1]> = {},
  minRate = 1024,
): Taken {
  let nowMs = 5;
  const pace = { minRate, stretchMs: MINUTE };
  const taking = new Intake('tdp.example', { maxBytes: 1e9, ...bounds }, pace, () => nowMs);
  return {
    intake: taking,
    take: (bytes, afterMs = 0) => {
      nowMs += afterMs;
      return taking.take(Buffer.alloc(bytes, 'x'));
    },
  };
}

test('what comes drop by drop is given up after a stretch, with the numbers', () => {
  const { take } = intake();
  for (let second = 0; second < 60; second += 1) expect(take(1, 1000)).toBeUndefined();
  expect(take(1, 1000)).toMatchObject({
    name: 'TransportError',
    kind: 'timeout',
    message:
      'tdp.example sent 60 bytes in 60 seconds, and at least 1024 a second are wanted (source.minRate)',
  });
});

test('what comes slowly and steadily comes, however long it takes', () => {
  const { take } = intake();
  for (let second = 0; second < 3600; second += 1) expect(take(1100, 1000)).toBeUndefined();
});

test('a pause is no matter where the stretch as a whole is quick enough', () => {
  const { take } = intake();
  for (let stretch = 0; stretch < 20; stretch += 1) {
    expect(take(80_000, 5000)).toBeUndefined();
    expect(take(1, 50_000)).toBeUndefined();
  }
});

test('quick at first and then drop by drop is too slow', () => {
  const { take } = intake();
  take(50_000_000, 1000);
  take(50_000_000, 1000);
  const answers = Array.from({ length: 130 }, () => take(10, 1000));
  expect(answers.filter((answer) => answer !== undefined)).not.toEqual([]);
});

test('any pace will do where none is asked for', () => {
  const { take } = intake({}, 0);
  for (let minute = 0; minute < 100; minute += 1) expect(take(1, MINUTE)).toBeUndefined();
});

test('the body is what came, in one piece', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 8 }), (pieces) => {
      const { intake: taking } = intake();
      for (const piece of pieces) taking.take(Buffer.from(piece));
      expect(taking.body).toEqual(Buffer.concat(pieces));
    }),
  );
});

test('more than there may be is refused, by its word or as it comes', () => {
  const { intake: taking, take } = intake({ maxBytes: 100 });
  expect(taking.expect(100)).toBeUndefined();
  expect(take(100)).toBeUndefined();
  const refusal = { kind: 'too-large', message: 'the answer has more than 100 bytes' };
  expect(take(1)).toMatchObject(refusal);
  expect(taking.expect(101)).toMatchObject(refusal);
});

test('a large body asks for room by its word, and again for what goes beyond', () => {
  const asked: number[] = [];
  const { intake: taking, take } = intake({ hold: (bytes) => void asked.push(bytes) });
  taking.expect(LARGE);
  take(LARGE);
  expect(asked).toEqual([]);
  const other = intake({ hold: (bytes) => void asked.push(bytes) });
  other.intake.expect(3 * LARGE);
  other.take(LARGE);
  other.take(2 * LARGE);
  expect(asked).toEqual([3 * LARGE]);
  other.take(5);
  expect(asked).toEqual([3 * LARGE, 3 * LARGE + 5]);
});

test('the time that a body waits for room is not held against it', async () => {
  const wait = Promise.withResolvers<void>();
  let asked = 0;
  const hold = (): Promise<void> | undefined => {
    asked += 1;
    return asked === 1 ? wait.promise : undefined;
  };
  const { take } = intake({ hold }, 1_000_000);
  take(10, 1000);
  const waiting = take(LARGE, 1000);
  expect(waiting).toBeInstanceOf(Promise);
  wait.resolve();
  await waiting;
  expect(take(1, 10 * MINUTE)).toBeUndefined();
  // From then on it is measured again.
  for (let second = 0; second < 59; second += 1) take(1, 1000);
  expect(take(1, 2000)).toMatchObject({ kind: 'timeout' });
});
