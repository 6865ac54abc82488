import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FlatLab, flatLab } from './auto-flattening-lab.ts';
import { EXPECTED, type ExpectedTable } from './auto-flattening-tables.ts';

let lab: FlatLab;

beforeAll(async () => {
  lab = await flatLab();
});

afterAll(() => lab[Symbol.dispose]());

const TABLES = Object.entries(EXPECTED).flatMap(([layout, tables]) =>
  Object.entries(tables).map(
    ([name, table]) => [layout, `${layout.replaceAll(/[- ]/g, '_')}_${name}`, table] as const,
  ),
);
const POINTS = Object.keys(EXPECTED).map(
  (layout) => [layout, `${layout.replaceAll(/[- ]/g, '_')}_datacubes_data`] as const,
);

/** The rows of a table by DuckDB's own means: each array on the way is unnested, with positions. */
function rowsSql(layout: string, { from, columns }: ExpectedTable): string {
  const levels = from.map((key, index) => {
    const items = `json_extract(item, '$.${key}[*]')`;
    return `level${index + 1} AS (
      SELECT _file_key, row_number() OVER (PARTITION BY _file_key ORDER BY parent, position) - 1 AS row,
        parent, item
      FROM (SELECT _file_key, row AS parent, unnest(${items}) AS item,
        generate_subscripts(${items}, 1) AS position FROM level${index}))`;
  });
  const values = Object.entries(columns).map(([name, [path, type]]) => {
    const get = type === 'JSON' ? 'json_extract' : 'json_extract_string';
    return `${get}(item, '$.${path}')::${type} AS "${name}"`;
  });
  const parent = from.length === 0 ? [] : ['parent AS _parent_row'];
  return `WITH level0 AS (
      SELECT _file_key, 0 AS row, document AS item FROM documents WHERE ids = '${layout}')
    ${levels.map((level) => `, ${level}`).join('')}
    SELECT _file_key, row AS _row, ${[...parent, ...values].join(', ')} FROM level${from.length}`;
}

/** The points of cubes with one or two dimensions and one measure. */
function pointsSql(layout: string, dimensions: 1 | 2): string {
  const value = `json_extract(cube, '$.measures[0].value[*]')`;
  const scale = (at: number): string =>
    `json_extract(cube, '$.dimensions[${at}].scale[' || i${at} || ']')::DOUBLE`;
  const lines = `SELECT _file_key, parent, cube, unnest(${value}) AS line,
      generate_subscripts(${value}, 1) - 1 AS i0 FROM cubes`;
  const inner = `json_extract(line, '$[*]')`;
  const cells =
    dimensions === 1
      ? `SELECT *, line AS cell, 0 AS i1 FROM (${lines})`
      : `SELECT *, unnest(${inner}) AS cell, generate_subscripts(${inner}, 1) - 1 AS i1 FROM (${lines})`;
  const second =
    dimensions === 1 ? '' : `i1 AS dimension_1_index, ${scale(1)} AS dimension_1_value,`;
  return `WITH documents AS (SELECT * FROM documents WHERE ids = '${layout}'),
    cubes AS (SELECT _file_key, unnest(json_extract(document, '$.datacubes[*]')) AS cube,
      generate_subscripts(json_extract(document, '$.datacubes[*]'), 1) - 1 AS parent FROM documents)
    SELECT _file_key, row_number() OVER (PARTITION BY _file_key ORDER BY parent, i0, i1) - 1 AS _row,
      parent AS _parent_row, i0 AS dimension_0_index, ${scale(0)} AS dimension_0_value, ${second}
      nullif(cell, 'null'::JSON)::DOUBLE AS measure_0_value
    FROM (${cells})`;
}

/** Compares what stands in a table with what must, cell by cell. */
async function expectSame(
  table: string,
  expected: string,
  columns: readonly string[],
): Promise<void> {
  const list = columns.map((column) => `"${column}"`).join(', ');
  const [left, right] = [`SELECT ${list} FROM (${expected})`, `SELECT ${list} FROM "${table}"`];
  expect(await lab.sql(`(${left}) EXCEPT ALL (${right}) LIMIT 3`), 'missing').toEqual([]);
  expect(await lab.sql(`(${right}) EXCEPT ALL (${left}) LIMIT 3`), 'too much').toEqual([]);
  expect(Number((await lab.sql(`SELECT count(*) AS n FROM "${table}"`))[0]?.['n'])).toBeGreaterThan(
    0,
  );
}

const SYSTEM = new Set(['uuid', 'parent_uuid']);

function columnsOf(table: string): readonly string[] {
  return [...(lab.tables.get(table)?.keys() ?? [])].filter((name) => !SYSTEM.has(name));
}

test('there are documents of all kinds, and no other tables than these', () => {
  expect([...lab.layouts.keys()].toSorted()).toEqual(Object.keys(EXPECTED).toSorted());
  for (const count of lab.layouts.values()) expect(count).toBeGreaterThan(20);
  const names = [...TABLES.map(([, name]) => name), ...POINTS.map(([, name]) => name)];
  expect([...lab.tables.keys()].toSorted()).toEqual(names.toSorted());
});

test.each(TABLES)(
  "%s: %s holds what DuckDB's own JSON functions find",
  async (layout, name, table) => {
    const parent = table.from.length === 0 ? [] : ['_parent_row'];
    const columns = ['_file_key', '_row', ...parent, ...Object.keys(table.columns)];
    expect(columnsOf(name).toSorted()).toEqual(columns.toSorted());
    await expectSame(name, rowsSql(layout, table), columns);
  },
);

test.each(POINTS)('%s: %s holds each point of each cube', async (layout, name) => {
  const dimensions = layout.startsWith('plate') ? 2 : 1;
  const second = dimensions === 1 ? [] : ['dimension_1_index', 'dimension_1_value'];
  const own = ['dimension_0_index', 'dimension_0_value', ...second, 'measure_0_value'];
  const columns = ['_file_key', '_row', '_parent_row', ...own];
  expect(columnsOf(name)).toEqual(columns);
  await expectSame(name, pointsSql(layout, dimensions), columns);
});

test('uuids join the same rows as positions do', async () => {
  for (const [layout, name, { from }] of TABLES) {
    const distinct = await lab.sql(
      `SELECT count(*) = count(DISTINCT uuid) AS ok, count(uuid) = count(*) AS all FROM "${name}"`,
    );
    expect(distinct).toEqual([{ ok: true, all: true }]);
    if (from.length === 0) continue;
    const above = [...from.slice(0, -1)].join('_') || 'root';
    const parent = `${layout.replaceAll(/[- ]/g, '_')}_${above}`;
    const wrong = await lab.sql(`SELECT c._row FROM "${name}" c
      LEFT JOIN "${parent}" p ON p._file_key = c._file_key AND p._row = c._parent_row
      WHERE p.uuid IS DISTINCT FROM c.parent_uuid LIMIT 1`);
    expect(wrong).toEqual([]);
  }
});

const DOCS = new URL('../../docs/tables.md', import.meta.url);
const EXAMPLE = /```sql\n(?<sql>.*?)```\n+(?<table>(?:\|[^\n]*\n)+)/gs;

test('the queries in the documentation give what it shows', async () => {
  const examples = [...(await readFile(DOCS, 'utf8')).matchAll(EXAMPLE)];
  expect(examples.length).toBeGreaterThanOrEqual(4);
  for (const { groups } of examples) {
    const rows = await lab.sql(groups?.['sql'] ?? '');
    const shown = (groups?.['table'] ?? '')
      .trim()
      .split('\n')
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    const found = rows.map((row) => Object.values(row).map((value) => String(value ?? '')));
    expect([Object.keys(rows[0] ?? {}), ...found]).toEqual(shown.toSpliced(1, 1));
  }
});
