import { isDeepStrictEqual } from 'node:util';
import type { ColumnType, Row, StoredDocument, Table, Value } from '@tdp-sync/sink';
import { attributeColumns, attributesOf } from '../attributes.ts';
import type { FileHit } from '../file.ts';
import { isSameVersion, type Order, parseOrder, stampOf } from '../position/order.ts';
import { concernsOneFile } from '../source/failures.ts';
import { hasContent } from '../sync/content.ts';
import { shownFor } from '../sync/look.ts';
import type { Run } from '../sync/run.ts';
import { syncFiles } from '../sync/sync.ts';
import { filesTable } from '../tables/files-table.ts';
import type { ResolvedTable } from '../tables/resolve.ts';
import type { Look } from './look.ts';

/** A file of the ledger whose rows are those of the version that it names. */
interface Loaded {
  readonly stored: StoredDocument;
  readonly order: Order;
}

/** Files that are looked up with one search. */
const LOOK_FILES = 100;

/**
 * Fetches files anew, chosen by chance among those that are loaded, makes their rows, and compares every cell with the
 * database. Tells those that differ, and loads them anew where that is asked for. Gives the number of files compared.
 */
export async function compareSample(look: Look, count: number): Promise<number> {
  const chosen = await choose(look, count);
  let compared = 0;
  for (let start = 0; start < chosen.length; start += LOOK_FILES) {
    const some = chosen.slice(start, start + LOOK_FILES);
    const shown = await shownFor(look.run, {
      filter: look.run.filter,
      fileIds: some.map(({ order }) => order.fileId),
    });
    for (const file of some) {
      const hit = shown.get(file.stored.id);
      // What TDP shows in another version by now is not for this comparison.
      if (hit === undefined || !isSameVersion(stampOf(hit), file.order)) continue;
      await compareFile(look, hit, file);
      compared += 1;
    }
  }
  return compared;
}

/** Each loaded file with the same chance, in one walk over the ledger. */
async function choose({ run, window }: Look, count: number): Promise<readonly Loaded[]> {
  const chosen: Loaded[] = [];
  const { revision } = run.position.state.mapping;
  let met = 0;
  for await (const stored of run.sink.documents(run.name, { status: 'loaded' })) {
    const order = parseOrder(stored.order);
    if (order?.stage.is !== 'loaded' || order.mapping !== revision) continue;
    if (order.indexedAtMs >= window.toMs) continue;
    met += 1;
    const at = chosen.length < count ? chosen.length : Math.floor(Math.random() * met);
    if (at < count) chosen[at] = { stored, order };
  }
  return chosen;
}

async function compareFile(look: Look, hit: FileHit, file: Loaded): Promise<void> {
  const { run, options } = look;
  const { id: key } = file.stored;
  const found = await differenceOf(look, hit, file);
  if (found === undefined) return;
  const difference = {
    ...{ sync: run.label, reason: 'content' as const, key, fileId: hit.fileId },
    ...{ path: hit.filePath ?? hit.path, detail: found, mended: false },
  };
  if (options.repair !== true) return look.tell(difference);
  await syncFiles(options, [hit.fileId], { anew: new Map([[key, []]]) });
  options.signal?.throwIfAborted();
  const left = await differenceOf(look, hit, file);
  look.tell(left === undefined ? { ...difference, mended: true } : { ...difference, detail: left });
}

/** The first thing that differs, in words; values are not told. */
async function differenceOf(
  { run }: Look,
  hit: FileHit,
  { stored: { id }, order: { layout } }: Loaded,
): Promise<string | undefined> {
  const files = { name: filesTable(run.name).name, columns: attributeColumns };
  try {
    const wanted = new Map<Table, readonly Row[]>([[files, [attributesOf(hit)]]]);
    for (const name of run.catalog.tablesOf(layout)) wanted.set(tableOf(run, name), []);
    for (const { name, rows } of await resolvedTables(run, hit)) {
      const table = tableOf(run, name);
      wanted.set(table, [...rows(table)]);
    }
    for (const [table, rows] of wanted) {
      const found = await differenceIn(run, id, table, rows);
      if (found !== undefined) return found;
    }
    return undefined;
  } catch (error) {
    if (!concernsOneFile(error)) throw error;
    return `it cannot be compared: ${error.message}`;
  }
}

function tableOf(run: Run, name: string): Table {
  return run.catalog.get(name)?.table ?? { name, columns: [] };
}

async function resolvedTables(run: Run, hit: FileHit): Promise<readonly ResolvedTable[]> {
  if (!hasContent(hit, run.content)) return [];
  const { signal = new AbortController().signal } = run;
  const content = await run.source.retrieve(hit, signal);
  return run.resolver.resolve(hit, await run.transform.extract(hit, content, signal)).tables;
}

async function differenceIn(
  run: Run,
  id: string,
  table: Table,
  wanted: readonly Row[],
): Promise<string | undefined> {
  let at = 0;
  for await (const { row } of run.sink.rows(table, [id])) {
    const expected = wanted[at];
    if (expected !== undefined) {
      const column = table.columns.find(
        ({ type }, index) => !isSameValue(type, expected[index] ?? null, row[index] ?? null),
      );
      if (column !== undefined)
        return `${table.name}: row ${at} has another value in ${column.name} than TDP gives now`;
    }
    at += 1;
  }
  if (at === wanted.length) return undefined;
  return `${table.name}: TDP gives ${wanted.length} rows now, the database has ${at}`;
}

/** Whether two values say the same; JSON may be spelled differently. */
function isSameValue(type: ColumnType, a: Value, b: Value): boolean {
  if (a === b) return true;
  const areJson = type === 'json' && typeof a === 'string' && typeof b === 'string';
  return areJson && isDeepStrictEqual(plain(a), plain(b));
}

/** What a JSON text says, without a sign of zero, which databases need not keep. */
function plain(json: string): unknown {
  return JSON.parse(JSON.stringify(JSON.parse(json)));
}
