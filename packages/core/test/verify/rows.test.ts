import type { Row, Value } from '@tdp-sync/sink';
import type { MemoryTable } from '@tdp-sync/sink/memory';
import { expect, test } from 'vitest';
import { fileKey } from '../../src/file.ts';
import { sweep } from '../../src/sync/sweep.ts';
import { MINUTE } from '../world.ts';
import { VerifiedWorld } from './verified-world.ts';

type Rows = ReadonlyMap<string, readonly Row[]>;

/** A world in step whose tables others write to. */
class DamagedWorld extends VerifiedWorld {
  /** Changes the rows of a table behind the sink's back. */
  change(table: string, change: (rows: Map<string, readonly Row[]>) => Rows): void {
    const { content } = this.database;
    const found = content.tables.get(table);
    if (found === undefined) throw new Error(`no table ${table}`);
    const changed: MemoryTable = { ...found, rows: change(new Map(found.rows)) };
    this.database.content = { ...content, tables: new Map(content.tables).set(table, changed) };
  }

  drop(table: string): void {
    const { content } = this.database;
    const tables = new Map(content.tables);
    tables.delete(table);
    this.database.content = { ...content, tables };
  }

  keyOf(path: string): string {
    return fileKey({ bucket: 'lake', path, fileId: '' });
  }
}

async function settled(count: number): Promise<DamagedWorld> {
  const world = new DamagedWorld();
  for (let file = 0; file < count; file += 1) {
    world.lake.put(`f${file}`);
    world.lake.pass(MINUTE);
  }
  await world.settle();
  return world;
}

const edited = ([row = [], ...rest]: readonly Row[]): readonly Row[] => [
  row.map((cell, at): Value => (at === row.length - 1 || row.length === 1 ? '{}' : cell)),
  ...rest,
];

test('rows that are as they were stored are equal', async () => {
  const world = await settled(5);
  expect(await world.verify()).toMatchObject({ outcome: 'equal', found: { rows: 0 } });
});

test.each([
  [
    'a row of the files table is gone',
    'lab_files',
    () => [],
    /lab_files: 1 row was stored, there are 0/,
  ],
  [
    'a row of the files table is doubled',
    'lab_files',
    (rows: readonly Row[]) => [...rows, ...rows],
    /lab_files: 1 row was stored, there are 2/,
  ],
  ['a cell of the files table was edited', 'lab_files', edited, /lab_files: its rows were changed/],
  ['a document is gone', 'lab', () => [], /lab: 1 row was stored, there are 0/],
  ['a row is doubled', 'lab', (rows: readonly Row[]) => [...rows, ...rows], /there are 2/],
  ['a cell was edited', 'lab', edited, /lab: its rows were changed/],
] as const)('%s: it is told, and loaded anew', async (_, table, change, detail) => {
  const world = await settled(5);
  const key = world.keyOf('f3');
  world.change(table, (rows) => rows.set(key, change(rows.get(key) ?? [])));
  const { outcome, differences } = await world.verify();
  expect(outcome).toBe('different');
  expect(differences).toMatchObject([
    { reason: 'rows', key, detail: expect.stringMatching(detail) },
  ]);
  const before = world.lake.retrieved.length;
  expect(await world.verify({ repair: true })).toMatchObject({
    ...{ outcome: 'equal', mended: 1, left: 0 },
  });
  expect(world.lake.retrieved.length - before).toBe(1);
  world.expectTruth();
  expect(await world.verify()).toMatchObject({ outcome: 'equal' });
  // And the next run has nothing to do.
  expect(await world.settle()).toMatchObject({ retrieved: 0, staged: 0 });
});

test.each(['lab', 'lab_files'])('a table %s that was dropped is made anew', async (table) => {
  const world = await settled(5);
  world.drop(table);
  expect(await world.verify()).toMatchObject({ outcome: 'different', found: { rows: 5 } });
  expect(await world.verify({ repair: true })).toMatchObject({ outcome: 'equal', mended: 5 });
  world.expectTruth();
});

test.each(['lab', 'lab_files'])(
  'a table %s that was made anew, empty, is filled',
  async (table) => {
    const world = await settled(5);
    world.change(table, () => new Map());
    expect(await world.verify()).toMatchObject({ outcome: 'different', found: { rows: 5 } });
    expect(await world.verify({ repair: true })).toMatchObject({ outcome: 'equal', mended: 5 });
    world.expectTruth();
  },
);

test('rows of nobody are told and taken away; those with a name of their own are left', async () => {
  const world = await settled(3);
  const row = (await world.documents()).get(world.keyOf('f1'));
  world.change('lab', (rows) =>
    rows.set('a'.repeat(32), [[String(row)]]).set('by hand', [[String(row)]]),
  );
  expect(await world.verify()).toMatchObject({ outcome: 'different', found: { rows: 2 } });
  expect(await world.verify({ repair: true })).toMatchObject({ mended: 1, left: 1 });
  expect([...world.documents().keys()]).toContain('by hand');
  expect([...world.documents().keys()]).not.toContain('a'.repeat(32));
});

test('what was damaged of a file that TDP shows no more cannot be had again, and is told as left', async () => {
  const world = await settled(3);
  world.lake.drop(world.idOf('f1'));
  for (let round = 0; round < 2; round += 1) await sweep(await world.options());
  expect(world.file('f1')).toMatchObject({ status: 'deleted' });
  expect(await world.verify()).toMatchObject({ outcome: 'equal' });
  world.change('lab', (rows) => rows.set(world.keyOf('f1'), []));
  expect(await world.verify({ repair: true })).toMatchObject({
    ...{ outcome: 'different', mended: 0, left: 1 },
    differences: [{ reason: 'rows', detail: expect.stringContaining('cannot be loaded anew') }],
  });
});

test('a sample compares every cell with what TDP gives now, and says where they differ', async () => {
  const world = await settled(6);
  expect(await world.verify({ sample: 100 })).toMatchObject({ outcome: 'equal', sampled: 6 });
  expect(await world.verify({ sample: 2 })).toMatchObject({ outcome: 'equal', sampled: 2 });
  const version = world.lake.drop(world.idOf('f2'));
  if (version !== undefined)
    world.lake.restore({ ...version, content: Buffer.from('{"another":"content"}') });
  expect(await world.verify()).toMatchObject({ outcome: 'equal' });
  expect(await world.verify({ sample: 6 })).toMatchObject({
    differences: [
      {
        reason: 'content',
        fileId: version?.hit.fileId,
        detail: expect.stringContaining('document'),
      },
    ],
  });
  expect(await world.verify({ sample: 6, repair: true })).toMatchObject({ mended: 1, left: 0 });
  world.expectTruth();
});
