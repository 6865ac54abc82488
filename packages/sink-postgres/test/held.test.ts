import { type Column, type Document, type Sink, SinkError, type Table } from '@tdp-sync/sink';
import type { TestDatabase } from '@tdp-sync/sink/conformance';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresSink } from '../src/adapter.ts';
import type { PostgresConfig, PostgresInput } from '../src/config.ts';
import { harness } from '../src/conformance.ts';
import { connect, hasServer, type Lab, startLab, title } from './server.ts';

const CONTEXT = { baseDir: process.cwd() };
const SECRET = 'geheim-4711';

describe.skipIf(!hasServer)(title('what PostgreSQL cannot hold'), () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  test.each<[string, Table, Document['rows'], boolean]>([
    ['a number in JSON that no numeric holds', json(), row(`{"a":1e200000,"b":"${SECRET}"}`), true],
    [
      'JSON that is nested too deep',
      json(),
      row(`${'['.repeat(60_000)}${']'.repeat(60_000)}`),
      true,
    ],
    ['a row of 1,500 texts', wide(1_500, 'string'), row(...texts(1_500, SECRET)), false],
    [
      'a row of 1,500 numbers',
      wide(1_500, 'decimal'),
      row(...texts(1_500, '12345678901234567890.123456789')),
      false,
    ],
  ])(
    '%s is refused with its words, and without the value; others can be loaded',
    async (_what, table, rows, isNamed) => {
      await using world = await open();
      const { sink, database } = world;
      const error = await refused(sink, table, [
        document(1, new Map([['ok', [['fine']]]])),
        document(2, rows),
        document(3, new Map([['ok', [['fine']]]])),
      ]);
      expect(error.documentId).toBe(isNamed ? id(2) : undefined);
      expect(error).toMatchObject({ code: 'INVALID_VALUE', retryable: false });
      expect(error.message).toMatch(
        /PostgreSQL cannot hold what it was given: .{10,} \(SQLSTATE (?:22|54)\w{3}\)\.$/,
      );
      expect(shown(error)).not.toContain(SECRET);
      await load(sink, table, undefined, 's', [document(1, new Map([['ok', [['fine']]]]))]);
      expect(await database.read('ok')).toMatchObject([{ text: 'fine' }]);
    },
  );

  test('what a constraint of the user refuses is told with its name, and without the row', async () => {
    await using world = await open();
    const { sink, database } = world;
    await load(sink, json(), undefined, 's1', []);
    await sql(
      lab.config,
      `ALTER TABLE ${qualifiedOk(database)} ADD CONSTRAINT short CHECK (length("text") < 5)`,
    );
    const error = await refused(sink, json(), [document(1, new Map([['ok', [[SECRET]]]]))], 's1');
    expect(error).toMatchObject({ code: 'INVALID_VALUE', retryable: false });
    expect(error.message).toMatch(/"ok" violates check constraint "short" \(SQLSTATE 23514\)/);
    expect(shown(error)).not.toContain(SECRET);
  });

  test('more columns than there can be are refused before anything is made', async () => {
    await using world = await open();
    const { sink, database } = world;
    const before = await database.tables();
    const error = await refused(sink, wide(1_599, 'boolean'), []);
    expect(error.message).toMatch(/1599 columns; 1598 are possible/);
    expect(await database.tables()).toEqual(before);
    await load(sink, wide(1_598, 'boolean'), undefined, 's', [
      document(1, row(...Array.from({ length: 1_598 }, () => true))),
    ]);
    expect(await damages(sink, [wide(1_598, 'boolean')])).toEqual([]);
  });

  test('columns that PostgreSQL counts although they were dropped', async () => {
    await using world = await open();
    const { sink, database } = world;
    await load(sink, json(), undefined, 's1', []);
    const table = qualifiedOk(database);
    const many = Array.from({ length: 1_590 }, (_, n) => `c${n}`);
    await sql(
      lab.config,
      `ALTER TABLE ${table} ${many.map((name) => `ADD ${name} boolean`).join(', ')}`,
    );
    await sql(lab.config, `ALTER TABLE ${table} ${many.map((name) => `DROP ${name}`).join(', ')}`);
    const added = { name: 'ok', columns: [...OK.columns, ...columns(20, 'int64')] };
    const error = await sink.begin({ sync: 'lab', tables: [added], since: 's1' }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(error).toMatchObject({
      code: 'INVALID_VALUE',
      message: expect.stringMatching(/1600 columns/),
    });
  });

  test('long names that begin alike, and names of hidden columns, are held by marks and found again', async () => {
    await using world = await open();
    const { sink, database } = world;
    // A backslash means something in texts of databases that are set so.
    const long = `${'ä'.repeat(60)}\\`;
    const names = [
      `${long}1`,
      `${long}2`,
      'x'.repeat(63),
      'x'.repeat(64),
      'xmin',
      'ctid',
      'XMAX',
      'tableoid',
    ];
    const columns = names.map((name): Column => ({ name, type: 'string' }));
    const [one, two]: [Table, Table] = [
      { name: `${long}1`, columns },
      { name: `${long}2`, columns },
    ];
    const tables = [one, two];
    const documents = [
      document(
        1,
        new Map([
          [one.name, [names]],
          [two.name, [[...names].reverse()]],
        ]),
      ),
    ];
    await using opened = await sink.begin({ sync: 'lab', tables, since: undefined });
    await opened.stage(documents);
    await opened.commit('s1');
    expect(await rows(sink, one)).toEqual([names]);
    expect(await rows(sink, two)).toEqual([[...names].reverse()]);
    expect(await damages(sink, tables)).toEqual([]);
    const schema = (database.config as PostgresConfig).schema;
    const stored = await sql(
      lab.config,
      `SELECT c.relname, obj_description(c.oid, 'pg_class') FROM pg_class c WHERE relnamespace = '${schema}'::regnamespace AND relkind = 'r' AND relname NOT LIKE '\\_tdp%' ORDER BY 2`,
    );
    expect(stored).toEqual([
      [expect.stringMatching(/^ä{27}_[0-9a-f]{8}$/), one.name],
      [expect.stringMatching(/^ä{27}_[0-9a-f]{8}$/), two.name],
    ]);
    await database.damage(two.name, {
      how: 'edit',
      id: id(1),
      row: 0,
      column: 'xmin',
      value: 'other',
    });
    expect(await damages(sink, tables)).toEqual([[id(1), two.name, 1, 1]]);
    // What is emptied and loaded again finds the same tables.
    await using again = await sink.begin({ sync: 'lab', tables, since: 's1' });
    await again.stage([{ ...document(1, new Map([[one.name, []]])), order: 'b' }]);
    await again.commit('s2');
    expect(await rows(sink, one)).toEqual([]);
  });

  test('columns of JSON may be either kind, whatever the config says of new ones', async () => {
    await using world = await open({ json: 'json' });
    const { sink, database } = world;
    const text = '{"b":1.50,  "a":1, "a":2}';
    await load(sink, json(), undefined, 's1', [document(1, row(text))]);
    expect(await database.read('t')).toMatchObject([{ json: text }]);
    const config = { ...(database.config as PostgresConfig), json: 'jsonb' as const };
    await using other = await postgresSink.open(config, CONTEXT);
    await load(other, json(), 's1', 's2', [document(2, row(text))]);
    expect(await database.read('t')).toMatchObject([{ json: text }, { json: text }]);
    expect(await damages(other, [json()])).toEqual([]);
  });

  async function open(
    more: PostgresInput = {},
  ): Promise<AsyncDisposable & { sink: Sink; database: TestDatabase }> {
    const database = await harness({ ...lab.config, ...more }).fresh();
    const sink = await postgresSink.open(database.config as PostgresConfig, CONTEXT);
    return {
      sink,
      database,
      [Symbol.asyncDispose]: async () => {
        await sink[Symbol.asyncDispose]();
        await database[Symbol.asyncDispose]();
      },
    };
  }
});

const OK: Table = { name: 'ok', columns: [{ name: 'text', type: 'string' }] };

function json(): Table {
  return { name: 't', columns: [{ name: 'json', type: 'json' }] };
}

function wide(count: number, type: Column['type']): Table {
  return { name: 't', columns: columns(count, type) };
}

function columns(count: number, type: Column['type']): readonly Column[] {
  return Array.from({ length: count }, (_, n) => ({ name: `c${n}`, type }));
}

function texts(count: number, text: string): readonly string[] {
  return Array.from({ length: count }, () => text);
}

function row(...cells: readonly (string | boolean)[]): Document['rows'] {
  return new Map([['t', [cells]]]);
}

function id(n: number): string {
  return n.toString(16).padStart(32, '0');
}

function document(n: number, rows: Document['rows']): Document {
  return { id: id(n), order: 'a', status: 'loaded', rows };
}

async function load(
  sink: Sink,
  table: Table,
  since: string | undefined,
  state: string,
  documents: readonly Document[],
): Promise<void> {
  await using opened = await sink.begin({ sync: 'lab', tables: [OK, table], since });
  await opened.stage(documents);
  await opened.commit(state);
}

async function refused(
  sink: Sink,
  table: Table,
  documents: readonly Document[],
  since?: string,
): Promise<SinkError> {
  const error = await load(sink, table, since, 'refused', documents).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(SinkError);
  expect(await sink.readState('lab')).toBe(since);
  return error as SinkError;
}

/** All that a log could show of an error. */
function shown(error: unknown): string {
  return error instanceof Error
    ? JSON.stringify([error.message, error.stack, { ...error }, shown(error.cause)])
    : JSON.stringify(error ?? '');
}

async function rows(sink: Sink, table: Table): Promise<readonly unknown[]> {
  const read: unknown[] = [];
  for await (const { row } of sink.rows(table, [id(1)])) read.push(row);
  return read;
}

async function damages(sink: Sink, tables: readonly Table[]): Promise<readonly unknown[]> {
  const told: unknown[] = [];
  for await (const { id, table, recorded, found } of sink.damages('lab', tables)) {
    told.push([id, table, recorded, found]);
  }
  return told;
}

function qualifiedOk(database: TestDatabase): string {
  return `${(database.config as PostgresConfig).schema}.ok`;
}

async function sql(config: PostgresInput, statement: string): Promise<readonly unknown[]> {
  await using admin = await connect(config.url ?? '');
  return (await admin.client.query({ text: statement, rowMode: 'array' })).rows;
}
