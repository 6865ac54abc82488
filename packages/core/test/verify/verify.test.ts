import { expect, test } from 'vitest';
import { SyncError } from '../../src/errors.ts';
import { sweep } from '../../src/sync/sweep.ts';
import { documentTransform } from '../../src/transform/document.ts';
import { hitOf } from '../hits.ts';
import { HOUR, MINUTE } from '../world.ts';
import { VerifiedWorld } from './verified-world.ts';

/** A world in step with so many files, a minute apart. */
async function settled(count: number): Promise<VerifiedWorld> {
  const world = new VerifiedWorld();
  for (let file = 0; file < count; file += 1) {
    world.lake.put(`f${file}`);
    world.lake.pass(MINUTE);
  }
  await world.settle();
  return world;
}

test('what is in step is equal, for a few searches and without looking at a file', async () => {
  const world = await settled(50);
  expect(await world.verify()).toMatchObject({
    outcome: 'equal',
    shown: 50,
    held: 50,
    examined: 0,
    searches: 4,
    left: 0,
  });
});

test('before a run has come to its end there is nothing to compare', async () => {
  const world = new VerifiedWorld();
  world.lake.put('a');
  expect(await world.verify()).toMatchObject({ outcome: 'not-run', shown: 1, left: 0 });
});

test('nothing on both sides is equal', async () => {
  expect(await new VerifiedWorld().verify()).toMatchObject({ outcome: 'equal', shown: 0, held: 0 });
});

test('with another filter, there has been no run', async () => {
  const world = await settled(2);
  const filter = [{ term: { category: 'IDS' } }];
  expect(await world.verify({ filter })).toMatchObject({ outcome: 'not-run' });
});

test('a line that was lost is a missing file, and only that file is mended', async () => {
  const world = await settled(50);
  world.damage('f7', () => undefined);
  expect(await world.names()).toEqual([`missing /${world.idOf('f7')}.json`]);
  // Four to count, two to list the stretch, two to look again.
  expect(await world.verify()).toMatchObject({ searches: 8, examined: 1 });
  const report = await world.verify({ repair: true });
  expect(report).toMatchObject({ outcome: 'equal', mended: 1, left: 0, found: { missing: 1 } });
  expect(await world.verify()).toMatchObject({ outcome: 'equal', examined: 0 });
  world.expectTruth();
});

test('an older version in the same hour is noticed by the sum of the times', async () => {
  const world = new VerifiedWorld();
  for (let file = 0; file < 60; file += 1) {
    world.lake.put(`f${file}`);
    world.lake.pass(1000);
  }
  // Stretches become long, so that old and new version fall into one.
  world.lake.put('ancient', { indexedAtMs: world.lake.nowMs - 20_000 * HOUR });
  await world.settle();
  world.damage('f30', (order) => ({
    ...order,
    createdAtMs: order.createdAtMs - 5000,
    indexedAtMs: order.indexedAtMs - 5000,
    fileId: 'older',
    loadedFileId: 'older',
  }));
  const { differences } = await world.verify();
  expect(differences).toMatchObject([{ reason: 'stale', detail: expect.stringMatching(/older$/) }]);
  expect(await world.verify({ repair: true })).toMatchObject({ outcome: 'equal', mended: 1 });
  world.expectTruth();
});

test('a re-index that was missed is named and mended without a retrieval', async () => {
  const world = await settled(5);
  world.damage('f2', (order) => ({ ...order, indexedAtMs: order.indexedAtMs - 3 * HOUR }));
  expect((await world.verify()).found).toMatchObject({ attributes: 1 });
  const before = world.lake.retrieved.length;
  expect(await world.verify({ repair: true })).toMatchObject({ outcome: 'equal', mended: 1 });
  expect(world.lake.retrieved.length).toBe(before);
});

test('attributes that changed without a stamp are found by looking at every file', async () => {
  const world = await settled(5);
  world.lake.relabel(world.idOf('f2'), [{ name: 'a', value: 'b' }]);
  expect(await world.verify()).toMatchObject({ outcome: 'equal', examined: 0 });
  const report = await world.verify({ full: true });
  expect(report).toMatchObject({ outcome: 'different', examined: 5, found: { attributes: 1 } });
  expect(await world.verify({ full: true, repair: true })).toMatchObject({
    outcome: 'equal',
    examined: 5,
  });
  expect(world.file('f2')['labels']).toBe('[{"name":"a","value":"b"}]');
});

test('a failed file is a difference until it is loaded', async () => {
  const world = new VerifiedWorld();
  world.lake.put('good');
  const { fileId } = world.lake.put('bad');
  world.lake.ill = (hit) =>
    hit.fileId === fileId ? new SyncError('FILE_NOT_FOUND', 'not there') : undefined;
  await world.settle();
  const { differences, left } = await world.verify();
  expect(left).toBe(1);
  expect(differences).toMatchObject([
    { reason: 'failed', detail: expect.stringMatching(/^not loaded after 1 try, due again 2026-/) },
  ]);
  expect(await world.verify({ repair: true })).toMatchObject({ mended: 0, left: 1 });
  expect((await world.verify()).differences).toMatchObject([
    { detail: expect.stringMatching(/2 tries/) },
  ]);
  world.lake.ill = () => undefined;
  expect(await world.verify({ repair: true })).toMatchObject({ mended: 1, left: 0 });
  world.expectTruth();
});

test('a file that vanished is named with its path, and left to the sweep', async () => {
  const world = await settled(20);
  const id = world.idOf('f3');
  world.lake.drop(id);
  const names = [`vanished /${id}.json`];
  expect(await world.names()).toEqual(names);
  expect(await world.names({ repair: true })).toEqual(names);
  const { searches } = await world.verify();
  expect(await world.verify({ repair: true })).toMatchObject({ searches, mended: 0 });
  expect(world.file('f3')).toMatchObject({ status: 'loaded' });
  const options = await world.options();
  await sweep(options);
  await sweep(options);
  expect(await world.verify()).toMatchObject({ outcome: 'equal', shown: 19, held: 19 });
});

test('where deletes are ignored, a file that vanished or is flagged as deleted is no difference', async () => {
  const world = await settled(5);
  const [first, second] = [...world.lake.shown()];
  if (first === undefined || second === undefined) throw new Error('no files');
  world.lake.drop(first.fileId);
  world.lake.reindex(second.fileId, { deleted: true, indexedAt: second.indexedAt });
  const names = [`stale ${second.filePath}`, `vanished ${first.filePath}`];
  expect(await world.names({ full: true })).toEqual(names.sort());
  expect(await world.names({ full: true, deletes: 'ignore' })).toEqual([]);
});

test('a superseded version that search goes on showing does not stand for its file', async () => {
  const world = await settled(5);
  const [hit] = [...world.lake.shown()];
  if (hit === undefined) throw new Error('no file');
  world.lake.drop(hit.fileId);
  world.lake.extra.push({ ...hit, outdated: true });
  expect(await world.names()).toEqual([`vanished ${hit.filePath}`]);
});

test('flagged versions are not counted, so that they cost nothing', async () => {
  const world = await settled(20);
  for (const hit of world.lake.shown().slice(0, 9))
    world.lake.extra.push({ ...hit, fileId: `old ${hit.fileId}`, outdated: true });
  const was = { ...hitOf('gone', { path: 'gone' }), deleted: true };
  world.lake.extra.push(was);
  expect(await world.verify()).toMatchObject({ outcome: 'equal', examined: 0, searches: 4 });
});

test('a file that TDP flags as deleted is stale until it is marked', async () => {
  const world = await settled(20);
  const hit = world.lake.shown()[4];
  if (hit === undefined) throw new Error('no file');
  world.lake.drop(hit.fileId);
  world.lake.extra.push({ ...hit, deleted: true });
  const { differences } = await world.verify();
  expect(differences).toMatchObject([{ reason: 'stale', detail: 'TDP says that it was deleted' }]);
  expect(await world.verify({ repair: true })).toMatchObject({ outcome: 'equal', mended: 1 });
  expect(world.file(hit.path)).toMatchObject({ status: 'deleted' });
});

test('a file whose new version comes with the next run has not vanished', async () => {
  const world = await settled(20);
  world.lake.pass(HOUR);
  world.lake.put('f3');
  expect(await world.verify()).toMatchObject({ outcome: 'equal' });
  world.lake.reindex(world.idOf('f5'));
  expect(await world.verify()).toMatchObject({ outcome: 'equal' });
});

test('an older version that search goes on showing is no difference', async () => {
  const world = await settled(20);
  const old = [...world.lake.shown()].find(({ path }) => path === 'f3');
  world.lake.put('f3');
  await world.settle();
  if (old !== undefined) world.lake.extra.push(old);
  expect(await world.verify()).toMatchObject({ outcome: 'equal', shown: 21, held: 20 });
  expect((await world.verify()).examined).toBeGreaterThan(0);
});

test('of two shown versions of a lost file only the newer is named', async () => {
  const world = await settled(5);
  const old = [...world.lake.shown()].find(({ path }) => path === 'f3');
  world.lake.put('f3', { fileId: '0'.repeat(32) });
  await world.settle();
  if (old !== undefined) world.lake.extra.push({ ...old, fileId: 'f'.repeat(32) });
  world.damage('f3', () => undefined);
  expect(await world.names({ full: true })).toEqual([`missing /${'0'.repeat(32)}.json`]);
  expect(await world.names({ full: true, repair: true })).toHaveLength(1);
  expect(await world.verify({ full: true })).toMatchObject({ outcome: 'equal' });
});

test('hundreds of lost files are all named, once each', async () => {
  const world = await settled(0);
  for (let file = 0; file < 1300; file += 1) {
    world.lake.put(`f${file}`, { category: 'RAW' });
    world.lake.pass(1);
  }
  await world.settle();
  const { content } = world.database;
  world.database.content = { ...content, ledgers: new Map([['lab', new Map()]]) };
  expect(await world.verify()).toMatchObject({ left: 1300, found: { missing: 1300 }, held: 0 });
  expect(await world.verify({ repair: true })).toMatchObject({ outcome: 'equal', mended: 1300 });
});

test('hundreds of vanished files are all named, once each', async () => {
  const world = await settled(0);
  for (let file = 0; file < 1300; file += 1) {
    world.lake.put(`f${file}`, { category: 'RAW' });
    world.lake.pass(1);
  }
  await world.settle();
  for (const { fileId } of world.lake.shown()) world.lake.drop(fileId);
  expect(await world.verify()).toMatchObject({ left: 1300, found: { vanished: 1300 }, shown: 0 });
});

test('with since, nothing older and nothing without a time is compared', async () => {
  const world = new VerifiedWorld();
  world.lake.put('before');
  world.lake.pass(HOUR);
  const sinceMs = world.lake.nowMs;
  world.lake.put('after');
  const timeless = { ...hitOf('0'.repeat(32), { path: 'timeless' }), indexedAt: undefined };
  world.lake.unstamped.push(timeless);
  await world.settle({ sinceMs });
  expect(await world.verify({ sinceMs })).toMatchObject({ outcome: 'equal', shown: 1, held: 1 });
  world.damage('after', () => undefined);
  expect(await world.verify({ sinceMs })).toMatchObject({ left: 1 });
});

test('a file that was taken for deleted and is shown again is missing', async () => {
  const world = await settled(3);
  const hit = world.lake.drop(world.idOf('f1'));
  const options = await world.options();
  await sweep(options);
  await sweep(options);
  world.lake.restore(hit);
  expect(await world.verify()).toMatchObject({ found: { missing: 1 } });
  expect(await world.verify({ repair: true })).toMatchObject({ outcome: 'equal', mended: 1 });
  world.expectTruth();
});

test('a file without an index time is found and brought in', async () => {
  const world = await settled(3);
  const { indexedAt: _, ...hit } = hitOf('0'.repeat(32), { path: 'timeless', category: 'RAW' });
  world.lake.unstamped.push({ ...hit, indexedAt: undefined });
  expect(await world.verify()).toMatchObject({ found: { missing: 1 }, shown: 4, held: 3 });
  expect(await world.verify({ repair: true })).toMatchObject({ outcome: 'equal', mended: 1 });
  expect(await world.verify()).toMatchObject({ outcome: 'equal', shown: 4, held: 4 });
  world.lake.unstamped.length = 0;
  expect(await world.names()).toEqual([`vanished /${hit.fileId}.json`]);
});

test('what is mended while the verification runs is not told', async () => {
  const world = await settled(20);
  const lines = world.database.content;
  world.damage('f4', () => undefined);
  world.lake.onHistogram = () => {
    world.lake.onSearch = (kind) => {
      if (kind === 'page') world.database.content = lines;
    };
  };
  expect(await world.verify()).toMatchObject({ outcome: 'equal' });
});

test('a listing that shows less than TDP counts proves nothing', async () => {
  const world = await settled(20);
  world.damage('f4', () => undefined);
  const id = world.idOf('f4');
  world.lake.unseen = (hit) => hit.fileId === id;
  await expect(world.verify()).rejects.toMatchObject({ code: 'WINDOW_NOT_PROVEN' });
});

test('a partial histogram proves nothing', async () => {
  const world = await settled(20);
  world.lake.onHistogram = () => {
    throw new SyncError('PAGE_INVALID', 'partial');
  };
  await expect(world.verify()).rejects.toMatchObject({ code: 'PAGE_INVALID' });
});

test('an aborted verification ends with the reason', async () => {
  const world = await settled(20);
  world.damage('f4', () => undefined);
  const stop = new AbortController();
  world.lake.onHistogram = () => stop.abort('SIGINT');
  await expect(world.verify({ signal: stop.signal })).rejects.toBe('SIGINT');
});

test('a stretch with thousands of files is divided, also down to one millisecond', async () => {
  const world = new VerifiedWorld();
  const atMs = world.lake.nowMs;
  for (let file = 0; file < 1500; file += 1) world.lake.put(`same${file}`, { category: 'RAW' });
  world.lake.pass(3);
  for (let file = 0; file < 1500; file += 1) world.lake.put(`next${file}`, { category: 'RAW' });
  world.lake.put('ancient', { indexedAtMs: atMs - 20_000 * HOUR });
  await world.settle();
  world.damage('same700', () => undefined);
  world.damage('next3', () => undefined);
  const { found, examined } = await world.verify();
  expect(found).toMatchObject({ missing: 2 });
  expect(examined).toBe(3000);
  world.damage('next4', (order) => ({ ...order, stage: { is: 'deleted' } }));
  expect(await world.verify({ repair: true })).toMatchObject({ outcome: 'equal', mended: 3 });
});

test('damages that hide each other are uncovered by the repair', async () => {
  const world = new VerifiedWorld();
  for (const path of ['a', 'b', 'c']) world.lake.put(path);
  await world.settle();
  const gone = world.idOf('a');
  world.lake.drop(gone);
  world.damage('b', (order) => ({ ...order, indexedAtMs: order.indexedAtMs - HOUR }));
  expect(await world.names()).toEqual([`attributes /${world.idOf('b')}.json`]);
  const report = await world.verify({ repair: true });
  expect(report).toMatchObject({ outcome: 'different', mended: 1, left: 1, shown: 2, held: 3 });
  expect(report.differences).toMatchObject([
    { reason: 'attributes', mended: true },
    { reason: 'vanished', fileId: gone },
  ]);
});

test('damage of every kind at once, in any place, is named file by file', async () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    let state = seed * 2_654_435_761;
    const below = (limit: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % limit;
    };
    const world = new VerifiedWorld();
    for (let file = 0; file < 60; file += 1) {
      world.lake.put(`f${file}`, { category: 'RAW' });
      world.lake.pass(below(3) === 0 ? 1 : (1 + below(5)) * MINUTE);
    }
    await world.settle();
    const expected: string[] = [];
    for (let file = 0; file < 60; file += 1) {
      const id = world.idOf(`f${file}`);
      const name = `/${id}.json`;
      const kind = below(30);
      if (kind === 0) {
        world.damage(`f${file}`, () => undefined);
        expected.push(`missing ${name}`);
      } else if (kind === 1) {
        const byMs = below(HOUR) + 1;
        world.damage(`f${file}`, (order) => ({
          ...order,
          createdAtMs: order.createdAtMs - byMs,
          indexedAtMs: order.indexedAtMs - byMs,
          fileId: `old-${file}`,
          loadedFileId: `old-${file}`,
        }));
        expected.push(`stale ${name}`);
      } else if (kind === 2) {
        const byMs = below(HOUR) + 1;
        world.damage(`f${file}`, (order) => ({ ...order, indexedAtMs: order.indexedAtMs - byMs }));
        expected.push(`attributes ${name}`);
      } else if (kind === 3) {
        world.lake.drop(id);
        expected.push(`vanished ${name}`);
      }
    }
    expect(await world.names(), `seed ${seed}`).toEqual(expected.sort());
    const mended = expected.map((name) => (name.startsWith('vanished') ? name : `${name} mended`));
    expect(await world.names({ repair: true }), `seed ${seed}`).toEqual(mended.sort());
    const left = expected.filter((name) => name.startsWith('vanished'));
    expect(await world.names(), `seed ${seed}`).toEqual(left);
  }
});

test('rows of an older mapping are told, mended on request, and no more when they are made anew', async () => {
  const world = new VerifiedWorld();
  for (const path of ['a', 'b']) world.lake.put(path);
  await world.settle();
  const transform = { ...documentTransform('lab'), fingerprint: 'other' };
  expect(await world.verify({ transform })).toMatchObject({
    ...{ outcome: 'different', left: 2 },
    found: { stale: 2 },
  });
  expect(await world.verify({ transform, full: true })).toMatchObject({ found: { stale: 2 } });
  expect(await world.verify({ transform, repair: true })).toMatchObject({
    ...{ outcome: 'equal', mended: 2, left: 0 },
  });
  expect(await world.verify({ transform })).toMatchObject({ outcome: 'equal', examined: 0 });
});
