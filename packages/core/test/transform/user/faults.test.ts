import { describe, expect, it } from 'vitest';
import { SyncError } from '../../../src/errors.ts';
import type { TransformModule } from '../../../src/transform/user/module.ts';
import { userTransform } from '../../../src/transform/user/user.ts';
import { extract, failure } from './modules.ts';

const tables = {
  t: {
    ...{ a: 'string', n: 'int64', x: 'float64', m: 'decimal', b: 'boolean' },
    ...{ d: 'date', at: 'timestamp', j: 'json' },
  },
  constructor: { toString: 'string' },
} as const;

function transformOf(rows: (document: unknown) => unknown): ReturnType<typeof userTransform> {
  const module = { tables, rows: (_file: unknown, document: unknown) => rows(document) };
  return userTransform(module as TransformModule, { fingerprint: 'f', url: import.meta.url });
}

async function given(rows: () => unknown): Promise<readonly unknown[]> {
  const { tables: extracted } = await extract(transformOf(rows), {});
  return extracted.map((table) => [...table.rows]);
}

/** The error of a file whose one row has this in a column. */
function inCell(column: string, make: () => unknown): Promise<SyncError> {
  return failure(given(() => ({ t: [{}, { [column]: make() }] })));
}

function cycle(): unknown {
  const value: { self?: unknown } = {};
  value.self = value;
  return value;
}

function deep(): unknown {
  let value: unknown = 1;
  for (let level = 0; level < 100_000; level += 1) value = [value];
  return value;
}

function throwing(): never {
  throw new TypeError('a getter of the lab');
}

const revoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

describe('what is given in place of rows by table', () => {
  it.each([
    ['nothing', () => undefined, 'undefined'],
    ['null', () => null, 'null'],
    ['a number', () => 7, 'a number'],
    ['a text', () => 't', 'a text'],
    ['a list', () => [{ a: 1 }], 'an array'],
    ['an empty list', () => [], 'an array'],
    ['a Map', () => new Map([['t', []]]), 'a Map'],
    ['a Set', () => new Set(), 'a Set'],
    ['a function', () => () => ({}), 'a function'],
    ['a Symbol', () => Symbol('t'), 'a symbol'],
    ['a BigInt', () => 1n, 'a BigInt'],
    ['NaN', () => Number.NaN, 'NaN'],
    [
      'a generator',
      () =>
        (function* () {
          yield {};
        })(),
      'a Generator',
    ],
  ])('%s', async (_name, rows, kind) => {
    const { code, reason } = await failure(given(rows));
    expect(code).toBe('TRANSFORM_FAILED');
    expect(reason).toBe(`it gave ${kind} in place of an object that has rows by table`);
  });
});

describe('what is given in place of the rows of a table', () => {
  it.each([
    ['an object', () => ({ x: 1 }), 'an object'],
    ['a text', () => 'abc', 'a text'],
    ['a number', () => 0, 'a number'],
    ['a promise', () => Promise.resolve([]), 'a Promise, which nobody has awaited'],
    [
      'what is iterated asynchronously only',
      () =>
        (async function* () {
          yield {};
        })(),
      'an AsyncGenerator',
    ],
  ])('%s', async (_name, make, kind) => {
    const { reason } = await failure(given(() => ({ t: make() })));
    expect(reason).toBe(`it gave ${kind} in place of a list of rows for the table "t"`);
  });

  it('tables that are not there', async () => {
    const { reason } = await failure(given(() => ({ T: [] })));
    expect(reason).toBe('it gave rows for "T", which is not in its tables');
    const long = await failure(given(() => ({ ['x'.repeat(5000)]: [] })));
    expect(long.reason.length).toBeLessThan(200);
    expect((await failure(given(() => ({ toString: [] })))).reason).toMatch(/"toString"/);
  });
});

describe('what is given in place of a row', () => {
  it.each([
    ['undefined', () => undefined, 'undefined'],
    ['null', () => null, 'null'],
    ['a list', () => ['a'], 'an array'],
    ['a text', () => 'a', 'a text'],
    ['a promise', () => Promise.resolve({}), 'a Promise, which nobody has awaited'],
    ['a Date', () => new Date(), 'a Date'],
  ])('%s', async (_name, make, kind) => {
    const error = await failure(given(() => ({ t: [{}, {}, make()] })));
    expect(error.reason).toBe(`it gave ${kind} in place of a row of the table "t"`);
    expect(error.message).toContain(`${error.reason} (row 2)`);
    expect(error.message).toContain('/file-1.json (fileId file-1)');
  });

  it('a hole of a list, entries of a Map', async () => {
    const holes: unknown[] = [];
    holes[1] = {};
    expect((await failure(given(() => ({ t: holes })))).message).toMatch(/undefined .*\(row 0\)/);
    const map = new Map([['a', 1]]);
    expect((await failure(given(() => ({ t: map })))).reason).toMatch(/^it gave an array in place/);
  });

  it('a column that is not there', async () => {
    const { reason, message } = await failure(given(() => ({ t: [{}, { A: 1 }] })));
    expect(reason).toBe('it gave a row with "A", which is no column of the table "t"');
    expect(message).toContain('(row 1)');
  });
});

describe('values that a column does not take', () => {
  it.each([
    ['n', 'a fraction', () => 1.5, 'a number'],
    ['n', 'a BigInt of more than 64 bits', () => 2n ** 63n, 'a BigInt'],
    ['n', 'a text', () => 'x', 'a text'],
    ['x', 'NaN', () => Number.NaN, 'NaN'],
    ['x', 'infinity', () => Number.POSITIVE_INFINITY, 'Infinity'],
    ['x', 'an object', () => ({}), 'an object'],
    ['x', 'what holds itself', cycle, 'an object'],
    ['m', 'too many digits', () => '1e40', 'a text'],
    ['b', 'a number', () => 1, 'a number'],
    ['d', 'a Date', () => new Date(0), 'a Date'],
    ['at', 'an invalid Date', () => new Date('x'), 'an invalid Date'],
    ['at', 'a Date after the year 9999', () => new Date(8.64e15), 'a Date'],
    ['at', 'a time without an offset', () => '2024-01-01T00:00:00', 'a text'],
    ['a', 'a function', () => () => 1, 'a function'],
    ['a', 'a Symbol', () => Symbol('s'), 'a symbol'],
    ['a', 'NaN', () => Number.NaN, 'NaN'],
    ['a', 'what holds itself', cycle, 'an object that holds itself'],
    ['a', 'a promise', async () => 'x', 'a Promise, which nobody has awaited'],
    ['j', 'what holds itself', cycle, 'an object that holds itself'],
    ['j', 'what is nested too deeply', deep, 'an array that is nested too deeply'],
    ['j', 'a function', () => () => 1, 'a function'],
    ['j', 'a function within', () => ({ f: () => 1 }), 'an object with a function in it'],
    ['j', 'NaN within', () => [1, Number.NaN], 'an array with NaN in it'],
    ['j', 'an invalid Date within', () => [new Date('x')], 'an array with an invalid Date in it'],
    ['j', 'a Map', () => new Map(), 'a Map'],
    ['j', 'a Set within', () => ({ s: new Set() }), 'an object with a Set in it'],
    ['j', 'an object that is no JSON', () => ({ toJSON: () => undefined }), 'an object'],
  ])('%s: %s', async (column, _name, make, kind) => {
    const { code, reason, message } = await inCell(column, make);
    expect(code).toBe('TRANSFORM_FAILED');
    const type = tables.t[column as keyof typeof tables.t];
    expect(reason).toBe(
      `it gave ${kind} for the column "${column}" of the table "t", which does not fit ${type}`,
    );
    expect(message).toContain(`${reason} (row 1)`);
  });
});

describe('what is thrown when it is looked at', () => {
  it.each([
    [
      'a getter of the tables',
      () => Object.defineProperty({}, 't', { enumerable: true, get: throwing }),
    ],
    ['a getter of a row', () => ({ t: [Object.defineProperty({}, 'a', { get: throwing })] })],
    [
      'a getter within JSON',
      () => ({ t: [{ j: Object.defineProperty({}, 'k', { enumerable: true, get: throwing }) }] }),
    ],
    ['toJSON', () => ({ t: [{ j: { toJSON: throwing } }] })],
    ['an iterator', () => ({ t: { [Symbol.iterator]: throwing } })],
    [
      'what says what it is',
      () => Object.defineProperty({}, Symbol.toStringTag, { get: throwing }),
    ],
    ['then', () => Object.defineProperty({}, 'then', { get: throwing })],
    ['a proxy', () => new Proxy({}, { ownKeys: throwing })],
  ])('by %s', async (_name, rows) => {
    const { code, reason } = await failure(given(rows));
    expect(code).toBe('TRANSFORM_FAILED');
    expect(reason).toMatch(/^it threw TypeError: a getter of the lab \(faults\.test\.ts:\d+\)$/);
  });

  it('by a proxy that was revoked', async () => {
    expect((await failure(given(revoked))).code).toBe('TRANSFORM_FAILED');
    expect((await inCell('j', revoked)).code).toBe('TRANSFORM_FAILED');
  });
});

describe('what is right', () => {
  it('undefined and null are null, and what is left out, too', async () => {
    const [rows, others] = await given(() => ({
      t: [{ a: undefined, n: null }],
      constructor: null,
    }));
    expect(rows).toEqual([new Array(8).fill(null)]);
    expect(others).toEqual([]);
  });

  it('what every object inherits is no value of a row', async () => {
    const [, others] = await given(() => ({ constructor: [{}] }));
    expect(others).toEqual([[null]]);
    expect(await given(() => ({}))).toEqual([[], []]);
  });

  it('lists of any sort, and objects of classes', async () => {
    class Row {
      get a(): string {
        return 'of a class';
      }
    }
    const rows = new Set([new Row()]);
    const [found] = (await given(() => ({ t: rows.values() }))) as [unknown[][]];
    expect(found[0]?.[0]).toBe('of a class');
  });

  it('each type in its form', async () => {
    const [rows] = (await given(async () => ({
      t: [
        { a: 1n, n: 2n ** 62n, x: 1n, m: '1.50', b: true, d: '2024-02-29', at: new Date(0) },
        { a: { k: [1, undefined] }, j: [1n, { at: new Date(0), left: undefined }] },
        { a: '', j: 'text', at: '2024-01-01T00:00:00+01:00' },
        { j: 12345678901234567890n },
      ],
    }))) as [unknown[][]];
    expect(rows).toEqual([
      ['1', 2n ** 62n, 1, '1.5', true, '2024-02-29', '1970-01-01T00:00:00.000000Z', null],
      [
        '{"k":[1,null]}',
        null,
        null,
        null,
        null,
        null,
        null,
        '[1,{"at":"1970-01-01T00:00:00.000Z"}]',
      ],
      ['', null, null, null, null, null, '2023-12-31T23:00:00.000000Z', '"text"'],
      [null, null, null, null, null, null, null, '12345678901234567890'],
    ]);
  });

  it('content that is no JSON is no fault of the transform', async () => {
    const transform = transformOf(() => ({}));
    const content = transform.extract(
      { fileId: 'f' } as never,
      Buffer.from('{'),
      new AbortController().signal,
    );
    const error = await failure(content);
    expect(error).toBeInstanceOf(SyncError);
    expect(error.code).toBe('DOCUMENT_INVALID');
  });
});
