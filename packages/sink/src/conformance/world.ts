import assert from 'node:assert/strict';
import { SinkError, type SinkErrorCode } from '../errors.ts';
import type {
  Column,
  ColumnType,
  CommitResult,
  Document,
  DocumentFilter,
  Load,
  Row,
  Sink,
  SinkAdapter,
  State,
  Status,
  StoredDocument,
  StoredRow,
  Table,
  Target,
  Value,
} from '../sink.ts';
import type { TestDatabase } from './harness.ts';

/** What a case is given: an empty database, and one sink open on it. */
export interface World<Database extends TestDatabase = TestDatabase> {
  readonly database: Database;
  readonly sink: Sink;
  /** Opens the same database once more. */
  open(): Promise<Sink>;
}

/** A case before it is bound to a harness. */
export interface Scenario<Database extends TestDatabase = TestDatabase> {
  readonly name: string;
  readonly body: (world: World<Database>) => Promise<void>;
}

/** One load from begin to commit. */
export interface LoadPlan {
  readonly sync?: string;
  readonly ledger?: string | undefined;
  readonly tables?: readonly Table[];
  readonly since?: State | undefined;
  readonly state?: State;
  readonly documents?: readonly Document[];
}

/** The sync that cases use unless they say otherwise. */
export const SYNC = 'lab';

/** The table that cases use unless they say otherwise. */
export const RUNS: Table = table('runs', { name: 'string', size: 'int64' });

/** Sets up a world, runs the scenario in it and takes it down. */
export async function inWorld<Database extends TestDatabase>(
  adapter: SinkAdapter,
  fresh: () => Promise<Database>,
  scenario: Scenario<Database>,
): Promise<void> {
  await using database = await fresh();
  const open = () => adapter.open(database.config, database.context);
  await using sink = await open();
  await scenario.body({ database, sink, open });
}

/** A table from names and types of its columns. */
export function table(name: string, columns: Readonly<Record<string, ColumnType>>): Table {
  return { name, columns: Object.entries(columns).map(([name, type]): Column => ({ name, type })) };
}

/** The id of the nth document: as byte order goes, `id(1) < id(2)`. */
export function id(n: number): string {
  return n.toString(16).padStart(32, '0');
}

/** A document with an order and its rows by table. */
export function doc(
  n: number,
  order: string,
  rows: Readonly<Record<string, Iterable<Row>>>,
  status: Status = 'loaded',
): Document {
  return { id: id(n), order, status, rows: new Map(Object.entries(rows)) };
}

/** A document with one row in {@link RUNS}. */
export function run(n: number, order: string, name: string): Document {
  return doc(n, order, { runs: [[name, BigInt(n)]] });
}

/** Begins a load with the defaults of the suite. */
export function begin(sink: Sink, plan: Omit<LoadPlan, 'state' | 'documents'> = {}): Promise<Load> {
  const { sync = SYNC, tables = [RUNS], since, ledger } = plan;
  const target: Target = { sync, tables, since, ledger };
  return sink.begin(target);
}

/** Begins, stages and commits. */
export async function load(sink: Sink, plan: LoadPlan): Promise<CommitResult> {
  const opened = await begin(sink, plan);
  try {
    await opened.stage(plan.documents ?? []);
    return await opened.commit(plan.state ?? 'state 1');
  } finally {
    await opened[Symbol.asyncDispose]();
  }
}

/** The ledger of a sync as an array. */
export async function ledger(
  sink: Sink,
  filter?: DocumentFilter,
  sync: string = SYNC,
): Promise<readonly StoredDocument[]> {
  const lines: StoredDocument[] = [];
  for await (const { id, order, status } of sink.documents(sync, filter)) {
    lines.push({ id, order, status });
  }
  return lines;
}

/** What `rows` gives of some documents, as an array. */
export async function stored(
  sink: Sink,
  table: Table,
  ids: readonly string[],
): Promise<readonly StoredRow[]> {
  const rows: StoredRow[] = [];
  for await (const { id, row } of sink.rows(table, ids)) rows.push({ id, row });
  return rows;
}

/** What `damages` tells, each as id, table, rows recorded and rows found. */
export async function damages(
  sink: Sink,
  tables: readonly Table[] = [RUNS],
  sync: string = SYNC,
): Promise<readonly (readonly [string, string, number | undefined, number])[]> {
  const told: [string, string, number | undefined, number][] = [];
  for await (const { id, table, recorded, found } of sink.damages(sync, tables)) {
    told.push([id, table, recorded, found]);
  }
  return told;
}

/** The values of some columns of a table, row by row. */
export async function values(
  { database }: World,
  name: string,
  ...columns: readonly string[]
): Promise<readonly (readonly (Value | undefined)[])[]> {
  return (await database.read(name)).map((row) => columns.map((column) => row[column]));
}

/** The column `name` of {@link RUNS}, row by row. */
export async function names(world: World): Promise<readonly unknown[]> {
  return (await values(world, 'runs', 'name')).flat();
}

/** Asserts that a promise rejects with a SinkError of this code, and returns the error. */
export async function rejects(promise: Promise<unknown>, code: SinkErrorCode): Promise<SinkError> {
  const error = await promise.then(
    () => assert.fail(`expected a rejection with ${code}, but it resolved`),
    (error: unknown) => error,
  );
  // By name and code, so that an adapter with a second copy of this package is judged by what it does.
  assert.ok(error instanceof Error && error.name === SinkError.name, `not a SinkError: ${error}`);
  assert.equal((error as SinkError).code, code, error.message);
  return error as SinkError;
}

/** Everything a user or the engine can see of the suite's sync and some tables. */
export async function snapshot(
  { database, sink }: World,
  tables: readonly string[] = ['runs'],
): Promise<unknown> {
  const rows = [];
  const seen = await database.tables();
  for (const name of tables) rows.push(seen.includes(name) ? await database.read(name) : undefined);
  return { rows, state: await sink.readState(SYNC), ledger: await ledger(sink) };
}
