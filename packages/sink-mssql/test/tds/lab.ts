import { inspect } from 'node:util';
import type { Document, Sink, SinkError, Table, Target } from '@tdp-sync/sink';
import { expect } from 'vitest';
import { mssqlSink } from '../../src/adapter.ts';
import { configSchema, type MssqlInput } from '../../src/config.ts';
import { FakeDatabase } from './database.ts';
import type { Request } from './request.ts';
import { type Answer, type FakeServer, fakeServer } from './server.ts';

const PASSWORD = 'very-secret-4711';
/** A table that the server has. */
export const RUNS: Table = {
  name: 'runs',
  columns: [
    { name: 'name', type: 'string' },
    { name: 'size', type: 'decimal' },
  ],
};
/** What loads are for. */
export const TARGET: Target = { sync: 'lab ', tables: [RUNS], since: 's1' };

/** Opens the sink on a fake server. */
export function open(
  { port }: { readonly port: number },
  more: Partial<MssqlInput> = {},
): Promise<Sink> {
  const config = configSchema.parse({
    server: '127.0.0.1',
    port,
    database: 'lab',
    user: 'tdp',
    password: PASSWORD,
    encrypt: false,
    connectTimeout: '2s',
    ...more,
  });
  return mssqlSink.open(config, { baseDir: '/' });
}

/** A sink on a server that holds what it is given. */
export async function openOn(): Promise<
  { readonly sink: Sink; readonly server: FakeServer } & AsyncDisposable
> {
  const database = new FakeDatabase();
  const server = await fakeServer({
    answer: (request, session) => database.answer(request, session),
  });
  const sink = await open(server);
  return {
    sink,
    server,
    [Symbol.asyncDispose]: async () => {
      await sink[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The nth document, with one row. */
export function document(n: number): Document {
  const rows = new Map([['runs', [[`run ${n}`, '1.50']]]]);
  return { id: n.toString(16).padStart(32, '0'), order: 'a', status: 'loaded', rows };
}

/** What a healthy server answers, with all tables in place. */
export function healthy(request: Request): Answer {
  if (request.kind === 'bulk') return {};
  const { sql } = request;
  if (sql.includes('ignores_case')) return { sets: [[[{ int: 1 }]]] };
  if (sql.includes('[compresses]')) return { sets: [[[{ int: 1 }, { int: 150 }, { int: 0 }]]] };
  if (sql.startsWith('SELECT TABLE_NAME')) {
    const column = (name: string, type: string, length: number | null, p = 0, s = 0) =>
      [
        'runs',
        name,
        type,
        length === null ? null : String(length),
        String(p),
        String(s),
        null,
      ] as const;
    const columns = [
      column('_file_key', 'nvarchar', 128),
      column('_row', 'int', null),
      column('name', 'nvarchar', -1),
      column('size', 'decimal', null, 38, 9),
    ];
    return { sets: [[['runs', 'BASE TABLE']], columns] };
  }
  if (sql.includes('@applied')) return { sets: [[[{ int: 1 }]]] };
  return {};
}

/** Whether this is the batch that commits. */
export const isCommit = (request: Request): boolean =>
  request.kind === 'procedure' && request.sql.includes('@applied');

/** Starts a server that is healthy but for one thing. */
export function serverThat(
  special: (request: Request, session: number) => Answer | undefined,
): Promise<FakeServer> {
  return fakeServer({
    answer: (request, session) => special(request, session) ?? healthy(request),
  });
}

/** The error of a promise, which holds no secret. */
export async function failure(promise: Promise<unknown>): Promise<SinkError> {
  const error = await promise.then(
    () => new Error('it resolved'),
    (error: unknown) => error,
  );
  expect(error).toMatchObject({ name: 'SinkError' });
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(PASSWORD);
  return error as SinkError;
}
