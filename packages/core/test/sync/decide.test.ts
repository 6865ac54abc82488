import type { StoredDocument } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { attributesFingerprint, fileKey } from '../../src/file.ts';
import {
  formatOrder,
  MAX_ATTEMPTS,
  type Order,
  parseOrder,
  type Stage,
} from '../../src/position/order.ts';
import { type Decision, decide } from '../../src/sync/decide.ts';
import { hitOf } from '../hits.ts';
import { fc } from '../property.ts';

/** One version of the one file in this lake. */
interface Version {
  readonly fileId: string;
  readonly createdAtMs: number;
  indexedAtMs: number;
  labels?: number;
}

/** A ledger line under the contract's guard, and what the data tables hold. */
class World {
  readonly versions: readonly Version[];
  stored: StoredDocument | undefined;
  data: { readonly fileId: string; readonly mapping: number } | undefined;
  mapping = 0;
  nowMs = 1_000_000;

  constructor(created: readonly number[]) {
    this.versions = created.map((createdAtMs, index) => ({
      ...{ fileId: `v${index}`, createdAtMs, indexedAtMs: createdAtMs + 10 },
    }));
  }

  hit(version: Version, deleted = false): ReturnType<typeof hitOf> {
    return hitOf(version.fileId, {
      path: 'the/file',
      deleted,
      labels: version.labels,
      createdAt: new Date(version.createdAtMs).toISOString(),
      indexedAt: new Date(version.indexedAtMs).toISOString(),
    });
  }

  /** Shows a version to the engine; `fails` is what its retrieval would do. */
  show(version: Version, fails: boolean, deleted = false): Decision['action'] {
    const hit = this.hit(version, deleted);
    const before = this.stored;
    const context = {
      mapping: this.mapping,
      nowMs: this.nowMs,
      retryNow: false,
      readsAttributes: false,
    };
    const decision = decide(hit, before, context);
    const order = this.#orderOf(decision, fails);
    if (order === undefined) {
      if (isLeftAlone(decision) && !deleted) this.#expectLeftAlone(version);
      return decision.action;
    }
    // Work that the guard would throw away is wasted.
    expect(before === undefined || formatOrder(order) > before.order).toBe(true);
    this.#apply(order);
    if (decision.action === 'load' && order.stage.is === 'loaded')
      this.data = { fileId: version.fileId, mapping: this.mapping };
    return decision.action;
  }

  /** What a sweep does: marks the file deleted, and in `remove` mode takes its rows. */
  remove(rowsToo: boolean): void {
    const order = parseOrder(this.stored?.order ?? '');
    if (order === undefined || order.stage.is === 'deleted') return;
    if (rowsToo) this.data = undefined;
    const loadedFileId = rowsToo ? undefined : order.loadedFileId;
    this.#apply({ ...order, mapping: this.mapping, loadedFileId, stage: { is: 'deleted' } });
  }

  /** What a sweep does first: notes that the file is absent. */
  miss(): void {
    const order = parseOrder(this.stored?.order ?? '');
    if (order?.stage.is === 'loaded' || order?.stage.is === 'failed')
      this.#apply({ ...order, stage: { is: 'missing' } });
  }

  /** What must hold at every moment. */
  check(): void {
    const order = parseOrder(this.stored?.order ?? '');
    expect(order?.loadedFileId).toBe(this.data?.fileId);
    if (order?.stage.is !== 'loaded') return;
    expect(this.data).toEqual({ fileId: order.fileId, mapping: order.mapping });
  }

  get newest(): Version {
    const key = ({ createdAtMs, indexedAtMs, fileId }: Version): string =>
      `${String(createdAtMs).padStart(9, '0')} ${String(indexedAtMs).padStart(9, '0')} ${fileId}`;
    const [newest] = this.versions.toSorted((a, b) => (key(a) < key(b) ? 1 : -1));
    if (newest === undefined) throw new Error('no version');
    return newest;
  }

  #orderOf(decision: Decision, fails: boolean): Order | undefined {
    if (isLeftAlone(decision) || decision.action === 'wait') return undefined;
    const { version } = decision;
    if (decision.action === 'delete') return { ...version, stage: { is: 'deleted' } };
    if (decision.action === 'load' && fails) {
      const retryAtMs = this.nowMs + 60_000;
      return { ...version, stage: { is: 'failed', attempts: decision.attempt, retryAtMs } };
    }
    return { ...version, loadedFileId: version.fileId, stage: { is: 'loaded' } };
  }

  /** Whatever would have been made of the version, the guard would have left the line alone. */
  #expectLeftAlone(version: Version): void {
    const prior = parseOrder(this.stored?.order ?? '');
    const isSame = prior?.fileId === version.fileId && prior.indexedAtMs === version.indexedAtMs;
    const wanted = formatOrder({
      ...{ ...version, mapping: this.mapping, stage: { is: 'loaded' } as Stage },
      epoch: prior?.epoch ?? 0,
      edits: isSame ? (prior?.edits ?? 0) : 0,
      attributes: attributesFingerprint(this.hit(version)),
      layout: prior?.layout ?? 0,
      loadedFileId: version.fileId,
    });
    expect((this.stored?.order ?? '') >= wanted).toBe(true);
  }

  #apply(order: Order): void {
    const text = formatOrder(order);
    if (this.stored !== undefined && this.stored.order >= text) return;
    const id = fileKey({ bucket: 'lake', path: 'the/file', fileId: order.fileId });
    const { is } = order.stage;
    const status = is === 'missing' || is === 'unmatched' ? (this.stored?.status ?? 'loaded') : is;
    this.stored = { id, order: text, status };
  }
}

function isLeftAlone(
  decision: Decision,
): decision is Decision & { readonly action: 'skip' | 'earlier' } {
  return decision.action === 'skip' || decision.action === 'earlier';
}

const moves = fc.array(
  fc.record({
    at: fc.nat(3),
    kind: fc.constantFrom(
      'show',
      'show',
      'show',
      'reindex',
      'fail',
      'flagged',
      'sweep',
      'miss',
      'label',
      'purge',
      'remap',
      'wait',
    ),
  }),
  { maxLength: 25 },
);

test('whatever comes in whatever order, the newest version wins, and a line never lies about its rows', () => {
  const created = fc.uniqueArray(fc.nat(8), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(created, moves, (times, steps) => {
      const world = new World(times);
      for (const [index, { at, kind }] of steps.entries()) {
        const version = world.versions[at] ?? world.newest;
        if (kind === 'reindex') version.indexedAtMs = 100 + index;
        if (kind === 'remap') world.mapping += 1;
        else if (kind === 'label') version.labels = index;
        else if (kind === 'miss') world.miss();
        else if (kind === 'wait') world.nowMs += 61_000;
        else if (kind === 'sweep' || kind === 'purge') world.remove(kind === 'purge');
        else world.show(version, kind === 'fail', kind === 'flagged');
        world.check();
      }
      world.nowMs += 61_000;
      world.show(world.newest, false);
      world.check();
      expect(parseOrder(world.stored?.order ?? '')?.stage.is).toBe('loaded');
      expect(world.data).toEqual({ fileId: world.newest.fileId, mapping: world.mapping });
      // Once more over the same data changes nothing.
      for (const version of world.versions)
        expect(['skip', 'earlier', 'load']).toContain(world.show(version, false));
      for (const version of world.versions)
        expect(['skip', 'earlier']).toContain(world.show(version, false));
    }),
    { numRuns: 3000 },
  );
});

function loaded(times: readonly number[]): { world: World; at: (index: number) => Version } {
  const world = new World(times);
  const at = (index: number): Version => world.versions[index] ?? world.newest;
  expect(world.show(at(0), false)).toBe('load');
  return { world, at };
}

test('attributes that changed without a new stamp are refreshed, not retrieved', () => {
  const { world, at } = loaded([1]);
  at(0).labels = 7;
  expect(world.show(at(0), false)).toBe('refresh');
  expect(world.show(at(0), false)).toBe('skip');
});

test('a file that was absent once and is shown again is only refreshed', () => {
  const { world, at } = loaded([1]);
  world.miss();
  expect(world.show(at(0), false)).toBe('refresh');
  expect(world.show(at(0), false)).toBe('skip');
  world.miss();
  world.mapping = 1;
  expect(world.show(at(0), false)).toBe('load');
});

test('a re-indexed version is refreshed, not retrieved', () => {
  const { world, at } = loaded([1]);
  expect(world.show(at(0), false)).toBe('skip');
  at(0).indexedAtMs = 50;
  expect(world.show(at(0), false)).toBe('refresh');
});

test('a version that TDP flags as superseded is left to its newer one', () => {
  const { world, at } = loaded([1, 2]);
  const context = { mapping: 0, nowMs: world.nowMs, retryNow: true, readsAttributes: false };
  const flagged = { ...world.hit(at(1)), outdated: true };
  expect(decide(flagged, undefined, context)).toEqual({ action: 'skip' });
  expect(decide(flagged, world.stored, context)).toEqual({ action: 'skip' });
});

test('an older version that is re-indexed later is left alone', () => {
  const { world, at } = loaded([5, 1]);
  at(1).indexedAtMs = 500;
  expect(world.show(at(1), false)).toBe('earlier');
});

test('a failure waits until it is due, counts up, and gives way to a newer version at once', () => {
  const { world, at } = loaded([1, 2, 3]);
  expect(world.show(at(1), true)).toBe('load');
  expect(world.show(at(1), false)).toBe('wait');
  expect(parseOrder(world.stored?.order ?? '')).toMatchObject({ loadedFileId: 'v0' });
  world.nowMs += 61_000;
  expect(world.show(at(1), true)).toBe('load');
  expect(parseOrder(world.stored?.order ?? '')?.stage).toMatchObject({ attempts: 2 });
  const hit = world.hit(at(1));
  const context = { mapping: 0, nowMs: world.nowMs, retryNow: true, readsAttributes: false };
  expect(decide(hit, world.stored, context)).toMatchObject({ action: 'load', attempt: 3 });
  expect(world.show(at(2), false)).toBe('load');
});

test('another mapping asks for the content again, a failed one of it too', () => {
  const { world, at } = loaded([1]);
  world.mapping = 1;
  expect(world.show(at(0), true)).toBe('load');
  world.mapping = 2;
  expect(world.show(at(0), false)).toBe('load');
  expect(world.show(at(0), false)).toBe('skip');
});

test('a removed file that comes back is retrieved: its rows may be of another mapping', () => {
  const { world, at } = loaded([1]);
  world.mapping = 1;
  world.remove(false);
  expect(world.show(at(0), false)).toBe('load');
  expect(world.data).toEqual({ fileId: 'v0', mapping: 1 });
  world.remove(true);
  expect(world.show(at(0), false)).toBe('load');
  expect(parseOrder(world.stored?.order ?? '')).toMatchObject({ epoch: 2 });
});

test('a file that TDP flags as deleted is marked once, and not at all when it was never held', () => {
  const { world, at } = loaded([1]);
  expect(world.show(at(0), false, true)).toBe('delete');
  expect(world.show(at(0), false, true)).toBe('skip');
  expect(new World([1]).show(at(0), false, true)).toBe('skip');
});

test('the last attempt that can be told apart is the last one', () => {
  const { world, at } = loaded([1, 2]);
  const stage: Stage = { is: 'failed', attempts: MAX_ATTEMPTS, retryAtMs: 0 };
  world.show(at(1), true);
  const order = parseOrder(world.stored?.order ?? '');
  if (order === undefined || world.stored === undefined) throw new Error('no order');
  world.stored = { ...world.stored, order: formatOrder({ ...order, stage }) };
  expect(world.show(at(1), false)).toBe('wait');
});

test('a line that is no order of ours is replaced', () => {
  const { world, at } = loaded([1]);
  world.stored = { id: world.stored?.id ?? '', order: '!', status: 'loaded' };
  expect(world.show(at(0), false)).toBe('load');
});
