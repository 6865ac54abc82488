import type { RowDamage, Table } from '@tdp-sync/sink';
import type { Connections, Parameters } from './connection.ts';
import { driver } from './driver.ts';
import {
  type ComparedTable,
  countRows,
  findSuspects,
  nextRange,
  readRecords,
  tableTag,
  UNKNOWN,
} from './records.ts';
import { comparableColumns, type Fold } from './schema.ts';

/** Documents that one statement compares: seconds, however large the tables are. */
const LINES = 10_000;
/** Documents that are looked at a second time together. */
const AGAIN = 1_000;
/** How often a document is looked at that is committed whenever it is: after that it is as its newest commit left it. */
const LOOKS = 10;

/** Where rows are compared. */
export interface Comparison {
  /** Rejects when the sink is closed. */
  readonly connections: () => Connections;
  readonly schema: string;
  readonly fold: Fold;
  /** As it is stored. */
  readonly sync: string;
}

interface Line {
  readonly order: string;
  readonly record: string | undefined;
}

/**
 * Compares rows with what was recorded of them, stretch by stretch of the ledger. Nothing is locked: what differs at first sight is
 * looked at again, and counts only if its line is the same before and after its rows are counted.
 */
export async function* damagesIn(
  comparison: Comparison,
  tables: readonly Table[],
): AsyncGenerator<RowDamage> {
  const { connections, schema, fold, sync } = comparison;
  const found = await comparableColumns(connections(), schema, fold, tables);
  const compared = tables.map(
    (table, at): ComparedTable => ({
      table,
      found: found[at]?.found,
      isWide: found[at]?.isWide === true,
    }),
  );
  for (let after: string | undefined, more = true; more; ) {
    const given = { sync: text(sync), after: idOf(after ?? '') };
    const [[[last = null, lines = 0] = []] = []] = await connections().query(
      nextRange(schema, LINES),
      given,
    );
    more = Number(lines) === LINES;
    const upto = more ? String(last) : undefined;
    yield* damagesWithin(comparison, compared, after, upto);
    after = upto;
  }
}

async function* damagesWithin(
  comparison: Comparison,
  compared: readonly ComparedTable[],
  after: string | undefined,
  upto: string | undefined,
): AsyncGenerator<RowDamage> {
  const { connections, schema, fold, sync } = comparison;
  const given: Parameters = {
    sync: text(sync),
    ...(after === undefined ? {} : { after: idOf(after) }),
    ...(upto === undefined ? {} : { upto: idOf(upto) }),
  };
  const range = { hasAfter: after !== undefined, hasUpto: upto !== undefined };
  const suspects = new Map<string, Set<ComparedTable>>();
  for (const table of compared) {
    const statement = findSuspects(schema, table, range, fold);
    const [rows = []] = await connections().query(statement, given);
    for (const [id] of rows) {
      const known = unpadded(id);
      suspects.set(known, (suspects.get(known) ?? new Set()).add(table));
    }
  }
  const ids = [...suspects.keys()].sort();
  for (let at = 0; at < ids.length; at += AGAIN) {
    const some = ids.slice(at, at + AGAIN);
    const told = await lookAgain(comparison, some, suspects);
    for (const id of some) {
      for (const table of compared) yield* told.get(id)?.get(table) ?? [];
    }
  }
}

/** Tables in which the rows of a document may be damaged, by its id. */
type Suspects = ReadonlyMap<string, ReadonlySet<ComparedTable>>;
type Told = Map<string, Map<ComparedTable, readonly RowDamage[]>>;

async function lookAgain(
  comparison: Comparison,
  ids: readonly string[],
  suspects: Suspects,
): Promise<Told> {
  const told: Told = new Map();
  let left = ids;
  for (let look = 0; look < LOOKS && left.length > 0; look += 1) {
    const before = await linesOf(comparison, left);
    const there = await countsOf(comparison, left, suspects);
    const after = await linesOf(comparison, left);
    const isSettled = (id: string) => before.get(id)?.order === after.get(id)?.order;
    for (const id of left.filter(isSettled)) {
      const tables = [...(suspects.get(id) ?? [])].map((compared) => {
        const counted = there.get(compared)?.get(id);
        return [compared, damageOf(comparison, compared, id, before.get(id), counted)] as const;
      });
      told.set(id, new Map(tables));
    }
    left = left.filter((id) => !isSettled(id));
  }
  return told;
}

async function linesOf(
  { connections, schema, sync }: Comparison,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Line>> {
  const given = { sync: text(sync), ids: long(JSON.stringify(ids)) };
  const [rows = []] = await connections().query(readRecords(schema), given);
  return new Map(
    rows.map(([id, order, record]) => [
      String(id),
      { order: String(order), record: record === null ? undefined : String(record) },
    ]),
  );
}

/** By table, then by id: number and fingerprint, as an entry has them. */
async function countsOf(
  { connections, schema, fold }: Comparison,
  ids: readonly string[],
  suspects: Suspects,
): Promise<ReadonlyMap<ComparedTable, ReadonlyMap<string, string>>> {
  const wanted = new Set(ids.flatMap((id) => [...(suspects.get(id) ?? [])]));
  const counts = new Map<ComparedTable, ReadonlyMap<string, string>>();
  for (const compared of wanted) {
    if (compared.found === undefined) continue;
    const own = ids.filter((id) => suspects.get(id)?.has(compared));
    const [rows = []] = await connections().query(countRows(schema, compared, fold), {
      ids: long(JSON.stringify(own)),
    });
    counts.set(compared, new Map(rows.map(([id, counted]) => [unpadded(id), String(counted)])));
  }
  return counts;
}

function damageOf(
  { fold }: Comparison,
  { table }: ComparedTable,
  id: string,
  line: Line | undefined,
  counted: string | undefined,
): readonly RowDamage[] {
  const tag = `${tableTag(table.name, fold)}:`;
  const entries = line?.record?.split(',') ?? [];
  const entry = entries.find((one) => one.startsWith(tag))?.slice(tag.length);
  const isNever = line !== undefined && line.record === undefined;
  if (entry === counted && !isNever) return [];
  const isKnown = entry !== undefined || !(isNever || entries.includes(UNKNOWN));
  const recorded = isKnown ? numberIn(entry) : undefined;
  return [{ id, table: table.name, recorded, found: numberIn(counted) }];
}

/** How many rows an entry counts. */
function numberIn(counted: string | undefined): number {
  return counted === undefined ? 0 : Number.parseInt(counted, 10);
}

/** A key has a fixed width, which others may not have filled. */
function unpadded(id: unknown): string {
  return String(id).trimEnd();
}

function idOf(value: string): Parameters[string] {
  return [driver.Char(32), value];
}

function text(value: string): Parameters[string] {
  return [driver.NVarChar(128), value];
}

function long(value: string): Parameters[string] {
  return [driver.NVarChar(driver.MAX), value];
}
