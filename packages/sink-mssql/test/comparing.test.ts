import { hash } from 'node:crypto';
import type { RowDamage, Sink } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { open, RUNS, serverThat } from './tds/lab.ts';
import type { Request } from './tds/request.ts';
import type { Answer } from './tds/server.ts';
import type { Cell } from './tds/tokens.ts';

const ID = '0'.repeat(31);
const TAG = hash('md5', 'runs').slice(0, 8);

async function told(sink: Sink): Promise<readonly RowDamage[]> {
  return Array.fromAsync(sink.damages('lab', [RUNS]));
}

/** A server on which these documents are suspect; each time that it is asked, their lines are the next ones. */
function suspecting(
  ids: readonly string[],
  lines: Iterator<readonly (readonly Cell[])[]>,
  counted: readonly (readonly Cell[])[],
): (request: Request) => Answer | undefined {
  return (request) => {
    if (request.kind !== 'procedure') return undefined;
    const { sql } = request;
    if (sql.startsWith('SELECT MAX(')) return { sets: [[[null, { int: 0 }]]] };
    if (sql.startsWith('SELECT COALESCE')) return { sets: [ids.map((id) => [id])] };
    if (sql.startsWith('SELECT x.')) return { sets: [counted] };
    if (sql.startsWith('SELECT [id], [order], [rows]')) return { sets: [lines.next().value ?? []] };
    return undefined;
  };
}

test('a document that was committed between two looks is looked at again', async () => {
  const line = (order: string, record: string) => [[`${ID}1`, order, record]];
  const lines = [
    line('a', `,${TAG}:1:7,`),
    line('b', `,${TAG}:2:9,`),
    line('b', `,${TAG}:2:9,`),
    line('b', `,${TAG}:2:9,`),
  ];
  const given = lines.values();
  await using server = await serverThat(suspecting([`${ID}1`], given, [[`${ID}1`, '2:9']]));
  await using sink = await open(server);
  expect(await told(sink)).toEqual([]);
  expect(given.next().done).toBe(true);
});

test('a document that is committed all the time is as its newest commit left it', async () => {
  let order = 0;
  const next = () => {
    order += 1;
    return { value: [[`${ID}1`, `${order}`, `,${TAG}:1:7,`]] };
  };
  const given = { next };
  await using server = await serverThat(suspecting([`${ID}1`], given, [[`${ID}1`, '2:9']]));
  await using sink = await open(server);
  expect(await told(sink)).toEqual([]);
  expect(order).toBe(20);
});

test('what is recorded, what an older version did not record, and what nobody has', async () => {
  const lines = [
    [`${ID}1`, 'a', `,${TAG}:3:7,12345678:1:1,`],
    [`${ID}2`, 'a', ',,'],
    [`${ID}3`, 'a', null],
    [`${ID}4`, 'a', ',unknown:,'],
    [`${ID}5`, 'a', `,unknown:,${TAG}:1:1,`],
    [`${ID}6`, 'a', null],
    [`${ID}7`, 'a', `,${TAG}:1:1,`],
  ];
  const counted = [1, 2, 3, 4, 5, 7, 8].map((n): Cell[] => [`${ID}${n}`, n === 7 ? '1:1' : '2:9']);
  const ids = Array.from({ length: 8 }, (_, n) => `${ID}${n + 1}`);
  const given = { next: () => ({ value: lines }) };
  await using server = await serverThat(suspecting(ids.toReversed(), given, counted));
  await using sink = await open(server);
  const seen = (await told(sink)).map(({ id, recorded, found }) => [id.slice(-1), recorded, found]);
  expect(seen).toEqual([
    ['1', 3, 2],
    ['2', 0, 2],
    ['3', undefined, 2],
    ['4', undefined, 2],
    ['5', 1, 2],
    ['6', undefined, 0],
    ['8', 0, 2],
  ]);
});

test.each([
  ['nvarchar', 'CONVERT(nvarchar(128), j.[value])'],
  ['char', 'CONVERT(char(32), j.[value])'],
])(
  'ids that others wrote are looked for as the key is (%s), and come without its padding',
  async (type, converted) => {
    const asked: string[] = [];
    const odd = suspecting(['odd'.padEnd(32)], { next: () => ({ value: [] }) }, [
      ['odd'.padEnd(32), '2:9'],
    ]);
    await using server = await serverThat((request) => {
      if (request.kind !== 'procedure') return undefined;
      asked.push(request.sql);
      if (!request.sql.startsWith('SELECT TABLE_NAME')) return odd(request);
      const columns: Cell[][] = [
        ['runs', '_file_key', type, type === 'char' ? '32' : '128', null, null, null],
        ['runs', '_row', 'int', null, '10', '0', null],
      ];
      return { sets: [[['runs', 'BASE TABLE']], columns] };
    });
    await using sink = await open(server);
    expect(await told(sink)).toEqual([{ id: 'odd', table: 'runs', recorded: 0, found: 2 }]);
    expect(asked.find((sql) => sql.startsWith('SELECT x.'))).toContain(converted);
  },
);
