import { expect, test } from 'vitest';
import { parts, type WrittenTable } from '../../src/sync/parts.ts';
import { fc } from '../property.ts';

interface Item {
  readonly id: string;
  readonly at: number;
  readonly tables: readonly WrittenTable[];
}

const ROOM = { tables: 1000, columns: 1000 };
const tablesOf = ({ tables }: Item): readonly WrittenTable[] => tables;

/** Every table has one width, whoever writes to it; the wider ones are beyond some of the bounds. */
const tableOf = fc.nat(7).map((table): WrittenTable => [`t${table}`, table + 1]);
const itemsOf = fc
  .array(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      tables: fc.array(tableOf, { maxLength: 4 }),
    }),
    {
      maxLength: 30,
    },
  )
  .map((items): readonly Item[] => items.map((item, at) => ({ ...item, at })));
const boundsOf = fc.record({
  tables: fc.integer({ min: 0, max: 5 }),
  columns: fc.integer({ min: 0, max: 20 }),
});

const written = (items: readonly Item[]): ReadonlyMap<string, number> =>
  new Map(items.flatMap(tablesOf));
const columnsIn = (items: readonly Item[]): number =>
  written(items)
    .values()
    .reduce((sum, width) => sum + width, 0);

test('everything is in one part, those of one id in order, and no part goes beyond the bounds but for what does so by itself', () => {
  fc.assert(
    fc.property(itemsOf, boundsOf, (items, bounds) => {
      const found = parts(items, tablesOf, bounds);
      const all = found.flat();
      expect(all.map(({ at }) => at).toSorted((a, b) => a - b)).toEqual(items.map(({ at }) => at));
      const placesOf = (list: readonly Item[], wanted: string): readonly number[] =>
        list.flatMap(({ id, at }) => (id === wanted ? at : []));
      for (const id of ['a', 'b', 'c', 'd']) expect(placesOf(all, id)).toEqual(placesOf(items, id));
      for (const part of found) {
        const isWithin = (some: readonly Item[]): boolean =>
          written(some).size <= bounds.tables && columnsIn(some) <= bounds.columns;
        if (isWithin(part)) continue;
        // It has no table besides those of the one that is beyond them.
        const [first] = part;
        expect(first === undefined || isWithin([first])).toBe(false);
        expect(written(part).size).toBe(written(part.slice(0, 1)).size);
      }
    }),
  );
});

test('kinds that come by turns need as many parts as kinds that come one after the other', () => {
  const items = Array.from({ length: 600 }, (_, at) => ({
    ...{ id: String(at), at },
    tables: [[`kind${at % 60}`, 300]] as const,
  }));
  const found = parts(items, tablesOf, { ...ROOM, columns: 3000 });
  expect(found.map((part) => part.length)).toEqual([100, 100, 100, 100, 100, 100]);
});

test('a table counts once, however many write to it or how often one names it', () => {
  const items = [1, 2, 3].map((at) => ({
    ...{ id: String(at), at },
    tables: [
      ['shared', 5],
      ['shared', 5],
    ] as const,
  }));
  expect(parts(items, tablesOf, { tables: 1, columns: 5 })).toHaveLength(1);
});

test('nothing is one part, or its commit would never move the position', () => {
  expect(parts<Item>([], tablesOf, ROOM)).toEqual([[]]);
});
