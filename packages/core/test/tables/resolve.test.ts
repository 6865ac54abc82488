import { ENDLESS_ROOM, type RowRoom, SinkError } from '@tdp-sync/sink';
import { MemoryDatabase, memorySink } from '@tdp-sync/sink/memory';
import { expect, test } from 'vitest';
import type { FileHit } from '../../src/file.ts';
import { Catalog } from '../../src/tables/catalog.ts';
import { type SchemaNote, type SchemaPolicy, SchemaResolver } from '../../src/tables/resolve.ts';
import type { Extract } from '../../src/transform/transform.ts';
import { hitOf } from '../hits.ts';
import { fc } from '../property.ts';
import { type TestDocument, tablesOf } from '../tables-of.ts';

const FILE = hitOf('f');

async function extractOf(tables: TestDocument['tables'], kind = 'kind'): Promise<Extract> {
  const content = Buffer.from(JSON.stringify({ kind, tables }));
  return tablesOf().extract(FILE, content, AbortSignal.timeout(10_000));
}

/** A catalogue, and what becomes of documents by it. */
class Desk {
  readonly catalog: Catalog;
  readonly notes: SchemaNote[] = [];
  constructor(catalog = Catalog.empty(['lab_files'])) {
    this.catalog = catalog;
  }

  async resolve(
    tables: TestDocument['tables'],
    policy: SchemaPolicy = 'evolve',
    room?: RowRoom,
  ): Promise<Record<string, readonly Record<string, unknown>[]>> {
    const noted = (_file: FileHit, note: SchemaNote): unknown => this.notes.push(note);
    const resolver = new SchemaResolver(this.catalog, policy, [], noted, room);
    const resolved = resolver.resolve(FILE, await extractOf(tables));
    return Object.fromEntries(
      resolved.tables.map(({ name, rows }) => {
        const table = this.catalog.all().find((one) => one.name === name);
        if (table === undefined) throw new Error(`no table ${name}`);
        const named = [...rows(table)].map((row) => {
          expect(row).toHaveLength(table.columns.length);
          return Object.fromEntries(
            table.columns.flatMap((column, at) =>
              row[at] === null ? [] : [[column.name, row[at]]],
            ),
          );
        });
        return [name, named];
      }),
    );
  }

  get columns(): readonly string[] {
    return this.catalog
      .all()
      .flatMap(({ name, columns }) =>
        columns.map((column) => `${name}.${column.name} ${column.type}`),
      );
  }
}

test('tables and columns appear as they are needed, and keep their places', async () => {
  const desk = new Desk();
  expect(await desk.resolve({ peaks: [{ b: 1 }] })).toEqual({ peaks: [{ b: 1 }] });
  expect(await desk.resolve({ peaks: [{ a: 'x' }], runs: [{ n: 1 }] })).toEqual({
    peaks: [{ a: 'x' }],
    runs: [{ n: 1 }],
  });
  expect(await desk.resolve({ peaks: [{ a: 'y', b: 2 }, {}] })).toEqual({
    peaks: [{ b: 2, a: 'y' }, {}],
  });
  expect(desk.columns).toEqual(['peaks.b float64', 'peaks.a string', 'runs.n float64']);
});

test('a value that does not fit stands in a text column beside it', async () => {
  const desk = new Desk();
  await desk.resolve({ peaks: [{ area: 1 }] });
  expect(await desk.resolve({ peaks: [{ area: 2 }, { area: 'n/a' }] })).toEqual({
    peaks: [{ area: 2 }, { area__text: 'n/a' }],
  });
  expect(await desk.resolve({ peaks: [{ area: 'none' }] })).toEqual({
    peaks: [{ area__text: 'none' }],
  });
  expect(desk.columns).toEqual(['peaks.area float64', 'peaks.area__text string']);
  const unfit = desk.notes.filter(({ is }) => is === 'unfit');
  expect(unfit).toEqual([
    { is: 'unfit', table: 'peaks', column: 'area' },
    { is: 'unfit', table: 'peaks', column: 'area' },
  ]);
});

test('a text column takes everything', async () => {
  const desk = new Desk();
  await desk.resolve({ peaks: [{ area: 'n/a' }] });
  expect(await desk.resolve({ peaks: [{ area: 1.5 }, { area: 'x' }] })).toEqual({
    peaks: [{ area: '1.5' }, { area: 'x' }],
  });
  expect(desk.columns).toEqual(['peaks.area string']);
});

test('names that are taken get a stand-in, the same one every time', async () => {
  const desk = new Desk();
  expect(
    await desk.resolve({ 'A b': [{ x: 1 }], 'a b': [{ y: 1 }], LAB_FILES: [{ x: 1 }] }),
  ).toEqual({
    'a b': [{ x: 1 }],
    'a b_c8687a': [{ y: 1 }],
    lab_files_39be36: [{ x: 1 }],
  });
  expect(await desk.resolve({ 'a b': [{ X: 1, x: 2 }] })).toMatchObject({
    'a b_c8687a': [{ x: 1, x_2d7116: 2 }],
  });
  expect(desk.notes.filter(({ is }) => is === 'renamed')).toHaveLength(3);
});

test('frozen: what needs something new is refused, and nothing is added', async () => {
  const desk = new Desk();
  await desk.resolve({ peaks: [{ area: 1, name: 'x' }] });
  const before = desk.columns;
  expect(await desk.resolve({ peaks: [{ area: 5 }] }, 'freeze')).toEqual({ peaks: [{ area: 5 }] });
  for (const tables of [
    { peaks: [{ area: 1, height: 2 }] },
    { peaks: [{ area: 'n/a' }] },
    { runs: [{ n: 1 }] },
  ])
    await expect(desk.resolve(tables, 'freeze')).rejects.toMatchObject({ code: 'SCHEMA_FROZEN' });
  expect(desk.columns).toEqual(before);
});

test('drop: what needs something new is left out, and said', async () => {
  const desk = new Desk();
  await desk.resolve({ peaks: [{ area: 1 }] });
  const before = desk.columns;
  const given = { peaks: [{ area: 'n/a', height: 2 }, { area: 3 }], runs: [{ n: 1 }] };
  expect(await desk.resolve(given, 'drop')).toEqual({ peaks: [{}, { area: 3 }] });
  expect(desk.columns).toEqual(before);
  expect(desk.notes.filter(({ is }) => is === 'dropped').map((note) => note.column)).toEqual([
    ...['area__text', 'height', '*'],
  ]);
});

test('what has no column in a very wide table is gathered as JSON', async () => {
  const desk = new Desk();
  const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`c${index}`, index]));
  await desk.resolve({ wide: [wide] });
  expect(
    await desk.resolve({ wide: [{ c7: 7, more: 1.5, text: 'a"b' }, { c7: 'seven' }] }),
  ).toEqual({
    wide: [{ c7: 7, _more: '{"more":1.5,"text":"a\\"b"}' }, { _more: '{"c7":"seven"}' }],
  });
  expect(desk.columns).toHaveLength(1001);
});

test('a table gets no more columns than its rows have room for', async () => {
  const desk = new Desk();
  const room: RowRoom = {
    total: 100,
    of: { ...ENDLESS_ROOM.of, string: 20, float64: 8, json: 20 },
  };
  // Texts of 20 each, and 20 for `_more`: four fit, and a number of 8 does not fit any more.
  const resolved = await desk.resolve(
    { wide: [{ a: 'a', b: 'b', c: 'c', d: 'd', e: 'e' }, { n: 1.5 }] },
    'evolve',
    room,
  );
  expect(resolved).toEqual({
    wide: [{ a: 'a', b: 'b', c: 'c', d: 'd', _more: '{"e":"e"}' }, { _more: '{"n":1.5}' }],
  });
  // What was gathered once stays gathered, whatever its type is by then.
  await desk.resolve({ wide: [{ n: 'text' }] }, 'evolve', room);
  expect(desk.columns.map((column) => column.split(' ')[0])).toEqual(
    ['a', 'b', 'c', 'd', '_more'].map((name) => `wide.${name}`),
  );
});

test('whatever comes in whatever order, no value is lost', () => {
  const value = fc.oneof(fc.constantFrom('x', 'y', ''), fc.constantFrom(1, 2.5));
  const row = fc.dictionary(fc.constantFrom('a', 'A', 'b', 'c'), value, { maxKeys: 4 });
  const documents = fc.array(
    fc.dictionary(fc.constantFrom('t', 'T', 'u'), fc.array(row, { maxLength: 3 }), { maxKeys: 3 }),
    { maxLength: 8 },
  );
  return fc.assert(
    fc.asyncProperty(documents, async (given) => {
      const desk = new Desk();
      for (const tables of given) {
        const resolved = await desk.resolve(tables);
        const found = Object.values(resolved).flat().flatMap(Object.values).map(String);
        const wanted = Object.values(tables).flat().flatMap(Object.values).map(String);
        expect(found.toSorted()).toEqual(wanted.toSorted());
      }
    }),
  );
});

test('a catalogue is kept in the sink, and goes on where it was', async () => {
  const database = new MemoryDatabase();
  const sink = await memorySink.open({ database }, { baseDir: '/' });
  const first = new Desk(await Catalog.read('lab', sink, []));
  await first.resolve({ peaks: [{ area: 1 }, { area: 'n/a' }], A: [{ x: 1 }], a: [{ x: 1 }] });
  expect(first.catalog.layouts).toBe(1);
  await first.catalog.save();
  const second = new Desk(await Catalog.read('lab', sink, []));
  expect(second.columns).toEqual(first.columns);
  expect(second.catalog.layouts).toBe(1);
  expect((await second.catalog.save()).tablesOf(1)).toEqual(['peaks', 'a', 'a_ca9781']);
  await second.resolve({ peaks: [{ area: 'n/a' }], a: [{ x: 1 }] });
  expect(second.notes.filter(({ is }) => is !== 'unfit')).toEqual([]);
});

test('of two runs that add to a catalogue, the second one stops', async () => {
  const sink = await memorySink.open({ database: new MemoryDatabase() }, { baseDir: '/' });
  const [one, other] = [await Catalog.read('lab', sink, []), await Catalog.read('lab', sink, [])];
  await new Desk(one).resolve({ peaks: [{ area: 1 }] });
  await new Desk(other).resolve({ peaks: [{ area: 'x' }] });
  await one.save();
  await expect(other.save()).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
});

test('a declared column keeps its type', async () => {
  const catalog = Catalog.empty([]);
  catalog.declare({ name: 'peaks', columns: [{ name: 'area', type: 'float64' }] });
  catalog.declare({ name: 'peaks', columns: [{ name: 'name', type: 'string' }] });
  expect(() =>
    catalog.declare({ name: 'peaks', columns: [{ name: 'area', type: 'int64' }] }),
  ).toThrow(SinkError);
  expect(catalog.all()).toEqual([
    {
      name: 'peaks',
      columns: [
        { name: 'area', type: 'float64' },
        { name: 'name', type: 'string' },
      ],
    },
  ]);
});
