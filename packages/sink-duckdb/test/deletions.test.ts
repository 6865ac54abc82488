import type { Sink } from '@tdp-sync/sink';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { DuckdbInput } from '../src/config.ts';
import { Room } from '../src/room.ts';
import { commit, idOf, longText, storedTexts } from './documents.ts';
import { type Folder, temporaryFolder } from './folder.ts';
import { query } from './query.ts';

/** DuckDB has 61 blocks of 256 KB, and holds one for each of 80 row groups: those of a table and of the ledger. */
const SMALL: Partial<DuckdbInput> = {
  memoryLimit: '16MB',
  rowGroupSize: 2_048,
  checkpointThreshold: '1GB',
};
const GROUPS = 40;
const SIZE = 2_048;

// Most of the time DuckDB can be asked again after a deletion ran out of memory, but not always: it must not run out.
beforeEach(() => {
  vi.spyOn(Room.prototype, 'grow');
});
afterEach(() => {
  expect(Room.prototype.grow).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

test('documents all over a large table are replaced at once', async () => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open(SMALL);
  await fill(folder, sink, SMALL);
  await commit(sink, 'c', replaced());
  await expectReplaced(folder, sink, SMALL);
});

test('by a process that finds the table there, too', async () => {
  await using folder = await temporaryFolder();
  {
    await using sink = await folder.open(SMALL);
    await fill(folder, sink, SMALL);
  }
  await using sink = await folder.open(SMALL);
  await commit(sink, 'c', replaced());
  await expectReplaced(folder, sink, SMALL);
});

test('a few at a time too, though nothing is folded in between', async () => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open(SMALL);
  await fill(folder, sink, SMALL);
  for (const [id, text] of replaced()) await commit(sink, `c${id}`, new Map([[id, text]]));
  await expectReplaced(folder, sink, SMALL);
});

test('and where merging has ended, so that row groups are smaller than they might be', async () => {
  await using folder = await temporaryFolder();
  const config = { ...SMALL, rowGroupSize: 122_880 };
  await using sink = await folder.open(config);
  await commit(sink, 'a', new Map([[idOf(GROUPS * SIZE), longText(20_000)]]));
  await fill(folder, sink, config);
  await commit(sink, 'c', replaced());
  await expectReplaced(folder, sink, config);
});

/** Makes a table of many row groups, folded in. */
async function fill(folder: Folder, sink: Sink, config: Partial<DuckdbInput>): Promise<void> {
  for (let group = 0; group < GROUPS; group += 1) {
    const ids = Array.from({ length: SIZE }, (_, at) => idOf(group * SIZE + at));
    await commit(sink, `b${group}`, new Map(ids.map((id) => [id, '"old"'])));
    await query(folder, 'CHECKPOINT tdp', config);
  }
}

/** New texts for one document in each row group. */
function replaced(): ReadonlyMap<string, string> {
  return new Map(Array.from({ length: GROUPS }, (_, group) => [idOf(group * SIZE), '"new"']));
}

async function expectReplaced(
  folder: Folder,
  sink: Sink,
  config: Partial<DuckdbInput>,
): Promise<void> {
  const ids = [...replaced().keys()];
  const texts = await storedTexts(sink, ids);
  expect([...texts.values()]).toEqual(ids.map(() => '"new"'));
  const sql = `SELECT count(*) = count(DISTINCT _file_key), count(*) >= ${GROUPS * SIZE}, current_setting('memory_limit') FROM lab`;
  expect(await query(folder, sql, config)).toEqual([[true, true, '15.2 MiB']]);
}
