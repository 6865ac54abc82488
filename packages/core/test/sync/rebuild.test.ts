import { expect, test } from 'vitest';
import { sweep } from '../../src/sync/sweep.ts';
import { rebuild } from '../../src/sync/sync.ts';
import { documentTransform } from '../../src/transform/document.ts';
import { contentOf, tablesOf } from '../tables-of.ts';
import { HOUR, MINUTE, World } from '../world.ts';

const transform = tablesOf();
/** Other rows of the same documents, and these documents beside them. */
const other = {
  ...tablesOf({ fingerprint: 'other' }),
  declared: documentTransform('lab').declared,
  extract: async (...given: Parameters<typeof transform.extract>) => {
    const { tables } = await transform.extract(...given);
    const whole = await documentTransform('lab').extract(...given);
    const renamed = tables.map((table) => ({
      ...table,
      name: `new_${table.name}`,
      path: `new ${table.path}`,
    }));
    return { layout: 'other', tables: [...whole.tables, ...renamed] };
  },
};

function rowsOf(world: World, table: string): readonly unknown[] {
  return world.database.read(table).map(({ _file_key, _row, ...row }) => row);
}

test('a file that becomes another kind leaves no row in the tables of the first one', async () => {
  const world = new World();
  world.lake.put('f', contentOf('old', { peaks: [{ a: 1 }, { a: 2 }], extra: [{ b: 1 }] }));
  await world.settle({ transform });
  world.lake.put('f', contentOf('old', { peaks: [{ a: 3 }] }));
  await world.settle({ transform });
  expect(rowsOf(world, 'extra')).toEqual([]);
  world.lake.put('f', contentOf('new', { runs: [{ n: 1 }] }));
  await world.settle({ transform });
  expect(rowsOf(world, 'peaks')).toEqual([]);
  expect(rowsOf(world, 'runs')).toEqual([{ n: 1 }]);
});

test('so does one whose kinds come in one batch', async () => {
  const world = new World();
  world.lake.put('f', contentOf('old', { peaks: [{ a: 1 }] }));
  world.lake.pass(MINUTE);
  world.lake.put('f', { ...contentOf('new', { runs: [{ n: 1 }] }), keepOld: true });
  await world.settle({ transform });
  expect([rowsOf(world, 'peaks'), rowsOf(world, 'runs')]).toEqual([[], [{ n: 1 }]]);
});

test('so does one whose kinds are under way at once, in batches of one', async () => {
  const world = new World();
  world.lake.put('f', { ...contentOf('old', { peaks: [{ a: 1 }] }), fileId: '1'.repeat(32) });
  world.lake.pass(MINUTE);
  const newer = {
    ...contentOf('new', { runs: [{ n: 1 }] }),
    fileId: '2'.repeat(32),
    keepOld: true,
  };
  world.lake.put('f', newer);
  await world.settle({ transform, batch: { documents: 1 } });
  expect([rowsOf(world, 'peaks'), rowsOf(world, 'runs')]).toEqual([[], [{ n: 1 }]]);
});

test('after a reset, rows of any kind that a file may have had are replaced', async () => {
  const world = new World();
  world.lake.put('f', contentOf('old', { peaks: [{ a: 1 }] }));
  await world.settle({ transform });
  await (await world.sink()).clear('lab');
  world.lake.put('f', contentOf('new', { runs: [{ n: 1 }] }));
  await world.settle({ transform });
  expect([rowsOf(world, 'peaks'), rowsOf(world, 'runs')]).toEqual([[], [{ n: 1 }]]);
});

test('a removed file leaves no row in any of its tables', async () => {
  const world = new World();
  const { fileId } = world.lake.put('f', contentOf('old', { peaks: [{ a: 1 }] }));
  await world.settle({ transform, deletes: 'remove' });
  world.lake.pass(MINUTE);
  world.lake.reindex(fileId, { deleted: true });
  await world.settle({ transform, deletes: 'remove' });
  expect(rowsOf(world, 'peaks')).toEqual([]);
  expect(world.file()).toMatchObject({ status: 'deleted', loaded_file_id: null });
});

test('another mapping makes all rows anew: of TDP, then of the documents that are kept', async () => {
  const world = new World();
  for (let n = 0; n < 30; n += 1) world.lake.put(`f${n}`, contentOf('kind', { peaks: [{ a: n }] }));
  await world.settle({ transform });
  // Then they are older than what the windows of a run show.
  world.lake.pass(5 * HOUR);
  await world.settle({ transform });
  expect(await world.settle({ transform: other })).toMatchObject({ retrieved: 30, loaded: 30 });
  expect(rowsOf(world, 'peaks')).toEqual([]);
  expect(rowsOf(world, 'new_peaks')).toHaveLength(30);
  expect(await world.settle({ transform: other })).toMatchObject({ retrieved: 0, staged: 0 });
  expect(await world.settle({ transform })).toMatchObject({ retrieved: 0, staged: 30 });
  expect(rowsOf(world, 'peaks')).toHaveLength(30);
  expect([rowsOf(world, 'new_peaks'), rowsOf(world, 'lab')]).toEqual([[], []]);
});

test('an interrupted rebuild goes on where it was', async () => {
  const world = new World();
  for (let n = 0; n < 40; n += 1) world.lake.put(`f${n}`, contentOf('kind', { peaks: [{ a: n }] }));
  await world.settle({ transform: other });
  const sink = await world.sink();
  sink.beforeCommit = (count) => {
    if (count === 3) throw new Error('crash');
  };
  const options = { transform, batch: { documents: 20 } };
  await expect(world.run({ ...options, sink })).rejects.toThrow('crash');
  expect(rowsOf(world, 'peaks')).toHaveLength(20);
  expect(rowsOf(world, 'new_peaks')).toHaveLength(20);
  expect(await world.settle(options)).toMatchObject({ retrieved: 0, staged: 20 });
  expect(rowsOf(world, 'peaks')).toHaveLength(40);
  expect(world.state.mapping).toMatchObject({ revision: 1, isApplied: true });
});

test('a rebuild that is asked to stop is not called done', async () => {
  const world = new World();
  for (let n = 0; n < 40; n += 1) world.lake.put(`f${n}`, contentOf('kind', { peaks: [{ a: n }] }));
  await world.settle({ transform });
  world.lake.pass(5 * HOUR);
  const stop = new AbortController();
  const sink = await world.sink();
  sink.afterCommit = () => stop.abort();
  const options = { transform: other, batch: { documents: 20 } };
  const report = await world.run({ ...options, sink, signal: stop.signal });
  expect(report.outcome).toBe('interrupted');
  expect(world.state.mapping.isApplied).toBe(false);
  const { length } = rowsOf(world, 'new_peaks');
  expect(length).toBeLessThan(40);
  expect(await world.settle(options)).toMatchObject({ staged: 40 - length });
});

test('rebuild works without a change too, and leaves the position', async () => {
  const world = new World();
  world.lake.put('f', contentOf('kind', { peaks: [{ a: 1 }] }));
  await world.settle({ transform: other });
  const { watermarkMs } = world.state;
  const count = world.lake.retrieved.length;
  const options = await world.options({ transform: other });
  expect(await rebuild(options)).toMatchObject({ loaded: 0 });
  expect(await rebuild(options, true)).toMatchObject({ loaded: 1 });
  expect(world.lake.retrieved).toHaveLength(count);
  expect(world.state).toMatchObject({ watermarkMs, mapping: { revision: 1, isApplied: true } });
});

test('files that TDP does not show any more are rebuilt of their documents, and stay as marked', async () => {
  const world = new World();
  world.lake.put('stays', contentOf('kind', { peaks: [{ a: 1 }] }));
  const { fileId } = world.lake.put('gone', contentOf('kind', { peaks: [{ a: 2 }] }));
  await world.settle({ transform: other });
  world.lake.pass(MINUTE);
  world.lake.reindex(fileId, { deleted: true });
  await world.settle({ transform: other });
  const before = world.file('gone');
  world.lake.pass(5 * HOUR);
  await world.settle({ transform });
  expect(rowsOf(world, 'peaks')).toHaveLength(2);
  expect(rowsOf(world, 'new_peaks')).toEqual([]);
  expect(world.file('gone')).toEqual(before);
  expect(before).toMatchObject({ status: 'deleted', loaded_file_id: fileId });
});

test('a failed newer version keeps the rows of the older one through a rebuild', async () => {
  const world = new World();
  const old = world.lake.put('f', contentOf('kind', { peaks: [{ a: 1 }] }));
  await world.settle({ transform: other });
  const newer = world.lake.put('f', { content: 'no JSON' });
  await world.settle({ transform: other });
  await world.settle({ transform });
  expect(world.file()).toMatchObject({
    ...{ status: 'failed', file_id: newer.fileId, loaded_file_id: old.fileId },
  });
  world.lake.put('f', contentOf('kind', { peaks: [{ a: 2 }] }));
  await world.settle({ transform });
  expect([rowsOf(world, 'new_peaks'), rowsOf(world, 'lab')]).toEqual([[], []]);
  expect(rowsOf(world, 'peaks')).toEqual([{ a: 2 }]);
});

test('rows that hold attributes are made anew when these change', async () => {
  const world = new World();
  const { fileId } = world.lake.put('f', contentOf('kind', { peaks: [{ a: 1 }] }));
  const reading = { ...transform, readsAttributes: true };
  await world.settle({ transform: reading });
  world.lake.pass(MINUTE);
  world.lake.reindex(fileId, { sourceName: 'another' });
  expect(await world.settle({ transform: reading })).toMatchObject({ loaded: 1, refreshed: 0 });
  world.lake.pass(MINUTE);
  world.lake.reindex(fileId, { sourceName: 'a third' });
  expect(await world.settle({ transform })).toMatchObject({ loaded: 0, refreshed: 1 });
});

test('a frozen schema lets the file fail that needs more, and says so in its row', async () => {
  const world = new World();
  world.lake.put('f', contentOf('kind', { peaks: [{ a: 1 }] }));
  await world.settle({ transform });
  world.lake.put('f', contentOf('kind', { peaks: [{ a: 1, b: 2 }] }));
  expect(await world.settle({ transform, schema: 'freeze' })).toMatchObject({ failed: 1 });
  expect(world.file()).toMatchObject({ status: 'failed', error_code: 'SCHEMA_FROZEN' });
  expect(rowsOf(world, 'peaks')).toEqual([{ a: 1 }]);
});

test('why a frozen schema refuses a file is stored and told without secrets', async () => {
  const redact = (text: string): string => text.replaceAll('opaque4711', '[redacted]');
  const world = new World();
  world.lake.put('f', contentOf('kind', { peaks: [{ a: 1 }] }));
  await world.settle({ transform });
  world.lake.put('f', contentOf('kind', { peaks: [{ a: 1, opaque4711: 2 }] }));
  await world.settle({ transform, schema: 'freeze', redact });
  const told = world.events.flatMap((event) => (event.type === 'file-failed' ? event.error : []));
  for (const text of [world.file()['error'], ...told.map(({ message }) => message)]) {
    expect(text).toContain('[redacted]');
    expect(text).not.toContain('opaque4711');
  }
});

test('what a frozen schema has refused is due at once when it is frozen no more, and only then', async () => {
  const world = new World();
  world.lake.put('f', contentOf('kind', { peaks: [{ a: 1 }] }));
  await world.settle({ transform });
  world.lake.put('f', contentOf('kind', { peaks: [{ a: 1, b: 2 }] }));
  world.lake.put('g', { content: '{' });
  expect(await world.settle({ transform, schema: 'freeze' })).toMatchObject({ failed: 2 });
  expect(await world.settle({ transform, schema: 'freeze' })).toMatchObject({ failed: 0 });
  expect(world.state.isFrozen).toBe(true);
  expect(await world.settle({ transform })).toMatchObject({ loaded: 1, failed: 1, failing: 1 });
  expect(rowsOf(world, 'peaks')).toEqual([{ a: 1, b: 2 }]);
  expect(world.state.isFrozen).toBe(false);
  expect(await world.settle({ transform })).toMatchObject({ retrieved: 0, failed: 0 });
});

test('the report counts what was added and what did not fit', async () => {
  const world = new World();
  world.lake.put('f', contentOf('kind', { peaks: [{ a: 1 }, { a: 'x' }] }));
  world.lake.put('g', contentOf('kind', { peaks: [{ a: 1 }, { a: 'x' }] }));
  const { schema } = await world.settle({ transform });
  expect(schema).toContainEqual({ is: 'unfit', table: 'peaks', column: 'a', files: 2 });
  expect(schema).toContainEqual(
    expect.objectContaining({ is: 'added', table: 'peaks', column: 'a__text', files: 1 }),
  );
});

test('a sweep after a change of the mapping does not retrieve what is kept', async () => {
  const world = new World();
  world.lake.put('f', contentOf('kind', { peaks: [{ a: 1 }] }));
  await world.settle({ transform: other });
  const count = world.lake.retrieved.length;
  await sweep(await world.options({ transform }));
  expect(world.lake.retrieved).toHaveLength(count);
  expect(rowsOf(world, 'peaks')).toHaveLength(1);
});
