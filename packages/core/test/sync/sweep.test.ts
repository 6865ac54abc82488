import { expect, test } from 'vitest';
import { SyncError } from '../../src/errors.ts';
import type { SyncOptions } from '../../src/sync/options.ts';
import { type SweepOptions, type SweepReport, sweep } from '../../src/sync/sweep.ts';
import { filesTable } from '../../src/tables/files-table.ts';
import { documentTransform } from '../../src/transform/document.ts';
import { HOUR, World } from '../world.ts';

class SweptWorld extends World {
  /** One sweep, a while after what was before. */
  async sweep(
    options: Partial<SweepOptions> = {},
  ): Promise<SweepReport & { readonly retrieved: number }> {
    this.lake.pass(HOUR);
    const before = this.lake.retrieved.length;
    const report = await sweep({ ...(await this.options()), ...options });
    return { ...report, retrieved: this.lake.retrieved.length - before };
  }

  statuses(): readonly unknown[] {
    return this.files().map((file) => file['status']);
  }
}

function worldOf(count: number): SweptWorld {
  const world = new SweptWorld();
  for (let index = 0; index < count; index += 1) world.lake.put(`f${index}`);
  return world;
}

/** A world that is in step, and the fileId at a path. */
async function settled(
  count: number,
  options: Partial<SyncOptions> = {},
): Promise<{ world: SweptWorld; idOf: (path: string) => string }> {
  const world = worldOf(count);
  await world.settle(options);
  const idOf = (path: string): string => String(world.file(path)['file_id']);
  return { world, idOf };
}

test('a sweep over what is in step only searches, and is remembered', async () => {
  const { world } = await settled(5);
  const watermarkMs = world.state.watermarkMs;
  expect(await world.sweep()).toMatchObject({
    outcome: 'complete',
    seen: 5,
    known: 5,
    missing: 0,
    vanished: 0,
    retrieved: 0,
  });
  expect(world.state).toMatchObject({
    watermarkMs,
    sweep: { atMs: world.lake.nowMs, listed: 5, missing: 0, deleted: 0 },
  });
});

test('a file that vanished is marked when two sweeps have not found it; its attributes and rows stay', async () => {
  const { world, idOf } = await settled(3);
  const before = world.file('f1');
  world.lake.drop(idOf('f1'));
  expect(await world.sweep()).toMatchObject({ missing: 1, vanished: 0 });
  expect(world.statuses()).toEqual(['loaded', 'loaded', 'loaded']);
  expect(await world.sweep()).toMatchObject({ missing: 0, vanished: 1 });
  expect(world.file('f1')).toEqual({
    ...before,
    status: 'deleted',
    deleted_at: expect.stringMatching(/Z$/),
    synced_at: expect.any(String),
  });
  expect(world.documents().size).toBe(3);
  expect(await world.sweep()).toMatchObject({ missing: 0, vanished: 0 });
  expect(world.statuses().toSorted()).toEqual(['deleted', 'loaded', 'loaded']);
});

test('removed means that the rows go, and the row of the files table says why', async () => {
  const { world, idOf } = await settled(3);
  world.lake.drop(idOf('f1'));
  await world.sweep({ deletes: 'remove' });
  await world.sweep({ deletes: 'remove' });
  expect(world.documents().size).toBe(2);
  expect(world.file('f1')).toMatchObject({ status: 'deleted', loaded_file_id: null, path: 'f1' });
});

test('ignored means that nothing is marked', async () => {
  const { world, idOf } = await settled(3);
  world.lake.drop(idOf('f1'));
  for (let time = 0; time < 3; time += 1)
    expect(await world.sweep({ deletes: 'ignore' })).toMatchObject({ missing: 0, vanished: 0 });
  expect(world.statuses()).toEqual(['loaded', 'loaded', 'loaded']);
});

test('a file that is shown again after one sweep is as before, after two it is loaded again', async () => {
  const { world, idOf } = await settled(2);
  const id = idOf('f1');
  const hit = world.lake.drop(id);
  await world.sweep();
  world.lake.restore(hit);
  expect(await world.sweep()).toMatchObject({ missing: 0, refreshed: 1, retrieved: 0 });
  world.lake.drop(id);
  await world.sweep();
  await world.sweep();
  expect(world.file('f1')).toMatchObject({ status: 'deleted' });
  world.lake.restore(hit);
  expect(await world.sweep()).toMatchObject({ loaded: 1 });
  expect(world.file('f1')).toMatchObject({ status: 'loaded', deleted_at: null });
  world.expectTruth();
});

test('a file that search hides while its record stands is left as it is', async () => {
  const { world, idOf } = await settled(2);
  const id = idOf('f1');
  world.lake.drop(id);
  for (const record of ['present', 'unknown'] as const) {
    world.lake.record = (fileId) => (fileId === id ? record : undefined);
    await world.sweep();
    expect(await world.sweep()).toMatchObject({ vanished: 0, hidden: 1 });
  }
  expect(world.statuses()).toEqual(['loaded', 'loaded']);
});

test('labels that were changed without a stamp are refreshed without a retrieval', async () => {
  const { world, idOf } = await settled(3);
  world.lake.pass(3 * HOUR);
  await world.settle();
  world.lake.relabel(idOf('f2'), [{ name: 'project', value: 'alpha' }]);
  expect(await world.settle()).toMatchObject({ seen: 0 });
  expect(await world.sweep()).toMatchObject({ refreshed: 1, retrieved: 0 });
  expect(world.file('f2')['labels']).toBe('[{"name":"project","value":"alpha"}]');
  expect(await world.sweep()).toMatchObject({ refreshed: 0, known: 3 });
});

test('a version that came too late for every window is found', async () => {
  const { world } = await settled(3);
  world.lake.pass(9 * HOUR);
  await world.settle();
  world.lake.put('late', { indexedAtMs: world.lake.nowMs - 8 * HOUR });
  expect(await world.settle()).toMatchObject({ retrieved: 0 });
  expect(await world.sweep()).toMatchObject({ loaded: 1 });
  world.expectTruth();
});

test('a listing that TDP counts to be longer marks nothing', async () => {
  const { world, idOf } = await settled(3);
  world.lake.drop(idOf('f1'));
  world.lake.miscount = 1;
  await expect(world.sweep()).rejects.toMatchObject({ code: 'WINDOW_NOT_PROVEN' });
  expect(world.state.sweep).toBeUndefined();
  world.lake.miscount = 0;
  expect(await world.sweep()).toMatchObject({ missing: 1 });
});

test('more than the cap at once marks nothing, unless it is allowed', async () => {
  const { world, idOf } = await settled(40);
  for (let index = 0; index < 11; index += 1) world.lake.drop(idOf(`f${index}`));
  const refused = {
    code: 'SWEEP_REFUSED',
    message: expect.stringMatching(/does not show 11 of 40 files any more/),
  };
  await expect(world.sweep()).rejects.toMatchObject(refused);
  expect(world.statuses()).not.toContain('deleted');
  expect(await world.sweep({ maxVanishedShare: 0.3 })).toMatchObject({ missing: 11 });
  expect(await world.sweep()).toMatchObject({ vanished: 11 });
});

test.each([true, false])(
  'a sweep that is stopped marks nothing and counts as none (absent: %s)',
  async (isAbsent) => {
    const { world, idOf } = await settled(40);
    if (isAbsent) world.lake.drop(idOf('f1'));
    const stop = new AbortController();
    world.lake.onSearch = (kind) => {
      if (kind === 'page') stop.abort('SIGINT');
    };
    expect(await world.sweep({ signal: stop.signal })).toMatchObject({
      outcome: 'interrupted',
      missing: 0,
    });
    expect(world.state.sweep).toBeUndefined();
  },
);

test('a failed file that vanished is deleted too, and is not tried any more', async () => {
  const world = worldOf(2);
  world.lake.put('broken', { content: '{' });
  await world.settle();
  world.lake.drop(String(world.file('broken')['file_id']));
  await world.sweep();
  await world.sweep();
  expect(world.file('broken')).toMatchObject({ status: 'deleted', error_code: 'DOCUMENT_INVALID' });
  world.lake.pass(48 * HOUR);
  expect(await world.settle()).toMatchObject({ retrieved: 0, failed: 0, failing: 0 });
});

test('a superseded version that search goes on showing does not prove that the file is there', async () => {
  const { world, idOf } = await settled(3);
  world.lake.reindex(idOf('f1'), { outdated: true });
  world.lake.record = () => 'gone';
  expect(await world.sweep()).toMatchObject({ missing: 1 });
  expect(await world.sweep()).toMatchObject({ vanished: 1 });
  expect(await world.sweep()).toMatchObject({ loaded: 0, missing: 0, vanished: 0 });
});

test('a failed file that a sweep has missed is tried by the next run, should it be back', async () => {
  const world = worldOf(2);
  world.lake.ill = ({ path }) =>
    path === 'f1' ? new SyncError('FILE_NOT_FOUND', 'not given') : undefined;
  await world.settle();
  const hit = world.lake.drop(String(world.file('f1')['file_id']));
  world.lake.pass(5 * HOUR);
  expect(await world.sweep()).toMatchObject({ missing: 1 });
  world.lake.restore(hit);
  world.lake.ill = () => undefined;
  expect(await world.settle()).toMatchObject({ loaded: 1, failing: 0 });
  world.expectTruth();
});

test('where no record can be read, two listings without a file have to do', async () => {
  const { world, idOf } = await settled(2);
  world.lake.drop(idOf('f1'));
  world.lake.record = () => 'unknown';
  expect(await world.sweep()).toMatchObject({ missing: 1, vanished: 0 });
  expect(await world.sweep()).toMatchObject({ vanished: 1, hidden: 0 });
  expect(world.file('f1')).toMatchObject({ status: 'deleted' });
});

test('an earlier version that TDP shows again takes the place of the later one, and gives way to the next', async () => {
  const { world, idOf } = await settled(3);
  const first = world.lake.drop(idOf('f1'));
  world.lake.pass(HOUR);
  world.lake.put('f1');
  await world.settle();
  const second = world.lake.drop(idOf('f1'));
  world.lake.restore(first);
  expect(await world.settle()).toMatchObject({ retrieved: 0 });
  expect(world.file('f1')).toMatchObject({ file_id: second?.hit.fileId });
  expect(await world.sweep()).toMatchObject({ wentBack: 1, retrieved: 1, missing: 0 });
  world.expectTruth();
  expect(await world.sweep()).toMatchObject({ wentBack: 0, retrieved: 0 });
  // And forward again: the version that had been taken back, then a new one.
  world.lake.drop(idOf('f1'));
  world.lake.restore(second);
  expect(await world.sweep()).toMatchObject({ loaded: 1 });
  world.expectTruth();
  world.lake.pass(HOUR);
  world.lake.put('f1');
  await world.settle();
  world.expectTruth();
});

test('an earlier version that is shown beside the later one changes nothing', async () => {
  const { world, idOf } = await settled(2);
  const first = world.lake.drop(idOf('f1'));
  world.lake.pass(HOUR);
  world.lake.put('f1');
  await world.settle();
  world.lake.restore(first);
  if (first !== undefined) world.lake.reindex(first.hit.fileId);
  expect(await world.sweep()).toMatchObject({ wentBack: 0, retrieved: 0 });
  world.expectTruth();
});

test.each([undefined, 'yesterday'])(
  'a version whose creation time is %s does not rank below the one before it',
  async (createdAt) => {
    const { world, idOf } = await settled(2);
    const before = idOf('f1');
    world.lake.pass(HOUR);
    const { fileId } = world.lake.put('f1');
    world.lake.reindex(fileId, { createdAt });
    await world.settle();
    expect(world.file('f1')).toMatchObject({ file_id: fileId, status: 'loaded' });
    expect(fileId).not.toBe(before);
  },
);

test('a file that has moved leaves no second row behind', async () => {
  const { world, idOf } = await settled(30);
  const ids = Array.from({ length: 30 }, (_, index) => idOf(`f${index}`));
  for (const id of ids) world.lake.move(id, { bucket: 'another' });
  expect(await world.sweep()).toMatchObject({ moved: 30, loaded: 30, missing: 0 });
  expect(world.files()).toHaveLength(30);
  world.expectTruth();
  expect(await world.sweep()).toMatchObject({ moved: 0, loaded: 0 });
  for (const id of ids) world.lake.move(id, { bucket: 'lake' });
  expect(await world.sweep()).toMatchObject({ moved: 30 });
  expect(world.files()).toHaveLength(30);
  world.expectTruth();
});

const KEPT = [{ term: { metadata: 'kept' } }];

test('a version that only the filter leaves out is no other one, though an earlier one of its path is shown elsewhere', async () => {
  const world = worldOf(0);
  world.lake.put('f0', { metadata: 'kept' });
  const { fileId } = world.lake.put('f0', { metadata: 'dropped', keepOld: true });
  world.lake.move(fileId, { bucket: 'cold' });
  await world.settle();
  await world.settle({ filter: KEPT });
  expect(await world.sweep({ filter: KEPT })).toMatchObject({ unmatched: 1, missing: 0 });
  expect([...world.statuses()].sort()).toEqual(['loaded', 'unmatched']);
});

test('a version that has moved to where a later one hides it leaves nothing where it was', async () => {
  const world = worldOf(0);
  const { fileId } = world.lake.put('f0', { metadata: 'dropped' });
  await world.settle();
  world.lake.move(fileId, { bucket: 'cold' });
  const later = world.lake.put('f0', { metadata: 'kept', keepOld: true });
  world.lake.move(later.fileId, { bucket: 'cold' });
  await world.settle({ filter: KEPT });
  expect(await world.sweep({ filter: KEPT })).toMatchObject({ moved: 1, missing: 0, hidden: 0 });
  expect(world.files()).toMatchObject([{ bucket: 'cold', file_id: later.fileId }]);
});

test('two versions of a file that was gone come back at once: the rows are those of the version that is named', async () => {
  const world = worldOf(0);
  const [earlier, later] = ['a', 'b'].map((digit) => digit.repeat(32)) as [string, string];
  world.lake.put('f0', { fileId: earlier });
  world.lake.pass(HOUR);
  world.lake.put('f0', { fileId: later, keepOld: true });
  const hidden = world.lake.drop(earlier);
  await world.settle();
  const gone = world.lake.drop(later);
  expect(await world.sweep()).toMatchObject({ missing: 1 });
  for (const version of [hidden, gone]) world.lake.restore(version);
  for (const id of [earlier, later]) world.lake.reindex(id);
  await world.settle({ batch: { documents: 1 } });
  expect(world.file('f0')).toMatchObject({ status: 'loaded', loaded_file_id: later });
  world.expectTruth();
});

test('a file without a key at first leaves no second row when it gets one', async () => {
  const { world, idOf } = await settled(2);
  const id = idOf('f1');
  world.lake.move(id, { path: undefined });
  await world.sweep();
  world.lake.move(id, { path: 'f1' });
  await world.sweep();
  expect(world.files()).toHaveLength(2);
  world.expectTruth();
});

test.each(['mark', 'remove', 'ignore'] as const)(
  'files that the filter does not match any more are told from vanished ones (deletes: %s)',
  async (deletes) => {
    const world = worldOf(0);
    for (let index = 0; index < 30; index += 1)
      world.lake.put(`f${index}`, { metadata: index < 10 ? 'kept' : 'dropped' });
    await world.settle({ deletes });
    const filter = [{ term: { metadata: 'kept' } }];
    await world.settle({ filter, deletes });
    const isIgnored = deletes === 'ignore';
    expect(await world.sweep({ filter, deletes })).toMatchObject({
      ...{ unmatched: isIgnored ? 0 : 20, missing: 0, vanished: 0 },
    });
    const statuses = Object.groupBy(world.statuses(), String);
    expect(statuses['loaded']).toHaveLength(isIgnored ? 30 : 10);
    if (!isIgnored) expect(statuses['unmatched']).toHaveLength(20);
    expect(world.documents().size).toBe(deletes === 'remove' ? 10 : 30);
    // The filter is widened again: what is held is not retrieved, what was removed is.
    await world.settle({ deletes });
    expect(world.statuses()).toEqual(Array.from({ length: 30 }, () => 'loaded'));
    world.expectTruth();
  },
);

test('a sweep ends although files keep coming, and leaves them to the next run', async () => {
  const { world } = await settled(5);
  let coming = 0;
  world.lake.onSearch = () => {
    world.lake.pass(100);
    world.lake.put(`new${coming}`);
    coming += 1;
  };
  expect(await world.sweep()).toMatchObject({ outcome: 'complete', loaded: 0 });
});

test('what a sweep brings was missed by a window, or is just newer than the last run', async () => {
  const { world } = await settled(3);
  world.lake.pass(9 * HOUR);
  await world.settle();
  world.lake.put('late', { indexedAtMs: world.lake.nowMs - 8 * HOUR });
  world.lake.pass(HOUR);
  world.lake.put('newer');
  expect(await world.sweep()).toMatchObject({ loaded: 2, missed: 1 });
});

test.each(['mark', 'remove'] as const)(
  'a file that was deleted in TDP before a reset is settled as any other (deletes: %s)',
  async (deletes) => {
    const { world, idOf } = await settled(5);
    const [gone, before] = [idOf('f1'), idOf('f2')];
    world.lake.drop(before);
    for (let round = 0; round < 2; round += 1) await world.sweep({ deletes });
    expect(world.file('f2')).toMatchObject({ status: 'deleted' });
    world.lake.drop(gone);
    await (await world.sink()).clear('lab');
    await world.settle({ deletes });
    expect(world.file('f1')).toMatchObject({ status: 'loaded' });
    expect(await world.sweep({ deletes })).toMatchObject({ missing: 1 });
    expect(await world.sweep({ deletes })).toMatchObject({ vanished: 1 });
    expect(world.file('f1')).toMatchObject({ status: 'deleted' });
    expect(world.file('f2')).toMatchObject({ status: 'deleted' });
    expect(world.documents().size).toBe(deletes === 'remove' ? 3 : 5);
    expect(await world.sweep({ deletes })).toMatchObject({ missing: 0, vanished: 0 });
    const damages = (await world.sink()).damages('lab', [filesTable('lab')]);
    expect(await Array.fromAsync(damages)).toEqual([]);
  },
);

test('where no content becomes rows, too, a file that was deleted before a reset is settled', async () => {
  const { world, idOf } = await settled(5, { content: 'none' });
  world.lake.drop(idOf('f1'));
  await (await world.sink()).clear('lab');
  await world.settle({ content: 'none' });
  expect(await world.sweep({ content: 'none' })).toMatchObject({ missing: 1 });
  expect(await world.sweep({ content: 'none' })).toMatchObject({ vanished: 1 });
  expect(world.file('f1')).toMatchObject({ status: 'deleted' });
});

test('the rows of a file that fails after a reset are recorded, and go when it is deleted', async () => {
  const { world, idOf } = await settled(5);
  const loaded = idOf('f1');
  await (await world.sink()).clear('lab');
  const broken = world.lake.put('f1', { content: '{' });
  await world.settle();
  expect(world.file('f1')).toMatchObject({ status: 'failed', loaded_file_id: loaded });
  const damages = (await world.sink()).damages('lab', [
    filesTable('lab'),
    ...documentTransform('lab').declared,
  ]);
  expect(await Array.fromAsync(damages)).toEqual([]);
  world.lake.drop(broken.fileId);
  for (let round = 0; round < 2; round += 1) await world.sweep({ deletes: 'remove' });
  expect(world.file('f1')).toMatchObject({ status: 'deleted', loaded_file_id: null });
  expect(world.documents().size).toBe(4);
});
