import { expect, test } from 'vitest';
import {
  formatOrder,
  MAX_ATTEMPTS,
  type Order,
  orderableId,
  parseOrder,
} from '../../src/position/order.ts';
import { fc } from '../property.ts';

const fileId = fc.oneof(fc.uuid(), fc.string({ maxLength: 50 }).map(orderableId));
const stage = fc.oneof(
  fc.constant({ is: 'loaded' } as const),
  fc.constant({ is: 'missing' } as const),
  fc.constant({ is: 'unmatched' } as const),
  fc.constant({ is: 'deleted' } as const),
  fc.record({
    is: fc.constant('failed' as const),
    attempts: fc.integer({ min: 1, max: MAX_ATTEMPTS }),
    retryAtMs: fc.integer({ min: 0, max: 9_999_999_999 }).map((seconds) => seconds * 1000),
  }),
);
const orders: fc.Arbitrary<Order> = fc.record({
  createdAtMs: fc.oneof(
    fc.integer({ min: 0, max: 4 }),
    fc.integer({ min: 0, max: 99999999999999 }),
  ),
  indexedAtMs: fc.oneof(
    fc.integer({ min: 0, max: 4 }),
    fc.integer({ min: 0, max: 99999999999999 }),
  ),
  fileId,
  mapping: fc.integer({ min: 0, max: 46_655 }),
  epoch: fc.integer({ min: 0, max: 45_359 }),
  stage,
  edits: fc.integer({ min: 0, max: 46_655 }),
  attributes: fc.string({
    unit: fc.constantFrom(...'0123456789abcdef'),
    minLength: 10,
    maxLength: 10,
  }),
  layout: fc.integer({ min: 0, max: 46_655 }),
  loadedFileId: fc.option(fileId, { nil: undefined }),
});

function rank(order: Order): number {
  if (order.stage.is === 'failed') return order.stage.attempts;
  return MAX_ATTEMPTS + 1 + ['loaded', 'missing', 'unmatched', 'deleted'].indexOf(order.stage.is);
}

/** Compares what an order means, part by part. */
function compare(a: Order, b: Order): number {
  const parts = (order: Order): readonly (string | number)[] => [
    order.epoch,
    order.createdAtMs,
    order.indexedAtMs,
    order.fileId.padEnd(36, '.'),
    order.mapping,
    rank(order),
    order.edits,
  ];
  const other = parts(b);
  for (const [index, part] of parts(a).entries()) {
    const against = other[index];
    if (against !== undefined && part !== against) return part < against ? -1 : 1;
  }
  return 0;
}

test('what was written is read again', () => {
  fc.assert(
    fc.property(orders, (order) => {
      expect(parseOrder(formatOrder(order))).toEqual(order);
    }),
  );
});

test('an order is 1 to 128 printable ASCII characters without blanks', () => {
  fc.assert(
    fc.property(orders, (order) => {
      expect(formatOrder(order)).toMatch(/^[!-~]{1,128}$/);
    }),
  );
});

test('texts compare as what they mean', () => {
  const pairs = fc.tuple(orders, orders, fc.integer({ min: 0, max: 7 }));
  fc.assert(
    fc.property(pairs, ([a, other, same]) => {
      // Equal in the first parts, or random pairs would differ in createdAt only.
      const keys = [
        'epoch',
        'createdAtMs',
        'indexedAtMs',
        'fileId',
        'mapping',
        'stage',
        'edits',
      ] as const;
      const shared = Object.fromEntries(keys.slice(0, same).map((key) => [key, a[key]]));
      const b: Order = { ...other, ...shared };
      const [left, right] = [formatOrder(a), formatOrder(b)];
      const meant = compare(a, b);
      const byBytes = Buffer.compare(Buffer.from(left), Buffer.from(right));
      expect(left < right ? -1 : Number(left > right)).toBe(byBytes);
      if (meant !== 0) expect(byBytes).toBe(meant);
    }),
    { numRuns: 2000 },
  );
});

test('failed attempts count up, below the loaded version, below its absence, below its removal', () => {
  fc.assert(
    fc.property(orders, fc.integer({ min: 1, max: MAX_ATTEMPTS - 1 }), (order, attempts) => {
      const failed = (count: number): string =>
        formatOrder({ ...order, stage: { is: 'failed', attempts: count, retryAtMs: count } });
      const last = formatOrder({
        ...order,
        stage: { is: 'failed', attempts: MAX_ATTEMPTS, retryAtMs: 9e12 },
      });
      const loaded = formatOrder({ ...order, stage: { is: 'loaded' } });
      const missing = formatOrder({ ...order, stage: { is: 'missing' } });
      const deleted = formatOrder({ ...order, stage: { is: 'deleted' } });
      expect(failed(attempts) < failed(attempts + 1)).toBe(true);
      expect(last < loaded && loaded < missing && missing < deleted).toBe(true);
      const back = formatOrder({ ...order, epoch: order.epoch + 1, stage: { is: 'loaded' } });
      if (order.epoch < 45_359) expect(deleted < back).toBe(true);
    }),
  );
});

test('any fileId becomes part of an order, different ones differently', () => {
  const ids = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.uuid());
  fc.assert(
    fc.property(ids, ids, (a, b) => {
      expect(orderableId(a)).toMatch(/^[!-~]{1,36}$/);
      expect(orderableId(a) === orderableId(b)).toBe(a === b);
    }),
  );
  expect(orderableId('')).toHaveLength(36);
  expect(orderableId('a.')).not.toBe('a.');
  expect(orderableId('7b6a0d0c-3f3e-4b0e-9d7e-2f1c1a5a6b7c')).toBe(
    '7b6a0d0c-3f3e-4b0e-9d7e-2f1c1a5a6b7c',
  );
});

test('text of another form is no order', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(parseOrder(text)).toBeUndefined();
    }),
  );
  const order = formatOrder({
    ...{ createdAtMs: 1, indexedAtMs: 2, fileId: 'a', mapping: 0, epoch: 0 },
    ...{
      stage: { is: 'loaded' },
      edits: 0,
      attributes: '0123456789',
      layout: 0,
      loadedFileId: undefined,
    },
  });
  expect(parseOrder(`${order} `)).toBeUndefined();
  expect(parseOrder(order.slice(1))).toBeUndefined();
});

test('a time out of range is held at the edge instead of breaking the form', () => {
  const order = formatOrder({
    ...{ createdAtMs: -5, indexedAtMs: 1e18, fileId: 'a', mapping: 0, epoch: 0 },
    ...{
      stage: { is: 'loaded' },
      edits: 0,
      attributes: '0123456789',
      layout: 0,
      loadedFileId: undefined,
    },
  });
  expect(parseOrder(order)).toMatchObject({ createdAtMs: 0, indexedAtMs: 36 ** 9 - 1 });
});
