import { expect, test } from 'vitest';
import { parseExactly } from '../../../src/exact-json.ts';
import { type AutoOptions, autoTransform } from '../../../src/transform/auto/auto.ts';
import { type Extract, Unfit } from '../../../src/transform/transform.ts';
import { hitOf } from '../../hits.ts';
import { fc } from '../../property.ts';
import { leavesIn, leavesOf } from './collect.ts';
import { documents } from './documents.ts';
import { extractOf, tableOf } from './files.ts';
import { schemaOf } from './schemas.ts';

const CELL = hitOf('f1');

async function withSchema(
  document: unknown,
  schema: unknown,
  options: Partial<AutoOptions> = {},
): Promise<Extract> {
  return extractOf(document, { ...options, schemas: async () => schema }, CELL);
}

const NULLABLE = { type: ['null', 'string'] };
const SCHEMA = {
  type: 'object',
  properties: {
    z: NULLABLE,
    a: {
      type: 'object',
      properties: { y: { type: 'number' }, x: { type: ['string', 'number'] } },
    },
    rows: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          inner: { type: 'array', items: { $ref: '#/definitions/q%' } },
          n: { type: 'integer' },
        },
      },
    },
    flags: { type: 'array', items: { type: 'boolean' } },
    first: { anyOf: [{ type: 'boolean' }, { type: 'null' }] },
    last: { enum: ['p', 'q', null] },
  },
  definitions: { 'q%': { type: 'object', properties: { v: NULLABLE } } },
};

test('tables and columns stand in the order of the schema, the rest behind them', async () => {
  const document = {
    other: [{ o: 1 }],
    new: 1,
    last: 'p',
    first: true,
    flags: [true],
    rows: [{ n: 1, m: 2, inner: [{ v: 'v' }] }],
    a: { x: 1, y: 2 },
    z: 's',
  };
  const { tables } = await withSchema(document, SCHEMA);
  expect(
    tables.map(({ path, columns }) => [path, ...columns.map((column) => column.path)]),
  ).toEqual([
    ['.', 'z', 'a.y', 'a.x', 'flags', 'first', 'last', 'new'],
    ['rows[]', '._parent_row', 'n', 'm'],
    ['rows[].inner[]', '._parent_row', 'v'],
    ['other[]', '._parent_row', 'o'],
  ]);
  expect(tables.map(({ rows }) => [...rows])).toEqual([
    [['s', 2, 1, '[true]', true, 'p', 1]],
    [[0n, 1, 2]],
    [[0n, 'v']],
    [[0n, 1]],
  ]);
});

test('the schema names the type where it allows one kind of literal', async () => {
  const document = { z: 5, a: { y: 'high', x: 'inferred' }, first: 'no', last: 7, flags: 1 };
  const { columns, rows } = tableOf(await withSchema(document, SCHEMA), 'cell_counter_v8_root');
  expect(columns.map(({ path, type, unfit }) => [path, type, unfit])).toEqual([
    ['z', 'string', 1],
    ['a.y', 'float64', 1],
    ['a.x', 'string', 0],
    ['flags', 'float64', 0],
    ['first', 'boolean', 1],
    ['last', 'string', 1],
  ]);
  expect([...rows][0]?.slice(0, 2)).toEqual([new Unfit('5'), new Unfit('high')]);
});

test('documents that keep to their schema become the same with it and without', async () => {
  await fc.assert(
    fc.asyncProperty(documents, fc.constantFrom('rows', 'json'), async (json, datacubes) => {
      const document = parseExactly(json);
      const options = { datacubes, uuids: true } as const;
      const without = await extractOf(json, options, CELL);
      const given = await withSchema(json, schemaOf(document), options);
      expect(given.layout).toBe(without.layout);
      expect(contentOf(given)).toEqual(contentOf(without));
      // Parents still stand before their children.
      expect(leavesIn(given, document)).toEqual(leavesOf(document));
    }),
    { numRuns: 2000 },
  );
});

/** Tables, columns and cells without the order of tables and columns. */
function contentOf({ tables }: Extract): Record<string, unknown> {
  return Object.fromEntries(
    tables.map(({ path, name, columns, rows }) => {
      const made = [...rows];
      const cells = columns.map((column, index) => [
        column.path,
        { name: column.name, type: column.type, unfit: column.unfit },
        made.map((row) => row[index]),
      ]);
      return [path, { name, count: made.length, cells: cells.toSorted() }];
    }),
  );
}

test.each([
  ['nothing', undefined],
  ['a number', 7],
  ['a list', [SCHEMA]],
  ['odd parts', { properties: { z: 1, a: { type: 'constructor', items: [] } }, items: 'x' }],
  ['a reference to nowhere', { properties: { z: { $ref: '#/nowhere/at/all' } } }],
  ['a reference to elsewhere', { properties: { z: { $ref: 'https://example.org/z.json' } } }],
  ['a circle', { properties: { z: { $ref: '#/properties/z' } } }],
  ['a tree without end', { properties: { z: { $ref: '#' }, a: { $ref: '#' } } }],
])('a strange schema does no harm: %s', async (_, schema) => {
  const document = { z: 's', a: { b: 1 } };
  const extract = await withSchema(document, schema);
  expect(contentOf(extract)).toEqual(contentOf(await extractOf(document, {}, CELL)));
});

test('a schema is asked for once for each version, and what fails is done without', async () => {
  const asked: string[] = [];
  const transform = autoTransform({
    fallbackName: 'docs',
    schemas: async ({ namespace, type, version }) => {
      asked.push(`${namespace}/${type}:${version}`);
      throw new Error('TDP is down');
    },
  });
  const extract = async (version: string): Promise<unknown> =>
    transform.extract(
      hitOf('f', { ids: `common/cell-counter:${version}`, idsVersion: version }),
      Buffer.from('{"a":1}'),
      new AbortController().signal,
    );
  await Promise.all([extract('v8.0.0'), extract('v8.0.0')]);
  await extract('v8.0.0');
  await extract('v8.1.0');
  expect(asked).toEqual(['common/cell-counter:v8.0.0', 'common/cell-counter:v8.1.0']);
});

test('documents without namespace or version ask for no schema', async () => {
  const schemas = (): never => {
    throw new Error('asked');
  };
  const file = hitOf('f', { ids: undefined, idsVersion: undefined });
  await extractOf({ a: 1 }, { schemas }, file);
});

test('a search for a schema that is called off is made again', async () => {
  let asked = 0;
  const transform = autoTransform({
    fallbackName: 'docs',
    uuids: false,
    schemas: async (_, signal) => {
      asked += 1;
      signal.throwIfAborted();
      return { properties: { b: {}, a: {} } };
    },
  });
  const content = Buffer.from('{"a":1,"b":2}');
  await expect(transform.extract(CELL, content, AbortSignal.abort())).rejects.toThrow(/abort/i);
  const { tables } = await transform.extract(CELL, content, new AbortController().signal);
  expect(tables[0]?.columns.map(({ path }) => path)).toEqual(['b', 'a']);
  expect(asked).toBe(2);
});
