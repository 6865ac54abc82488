import type { RowDamage, Table } from '@tdp-sync/sink';
import { parseOrder } from '../position/order.ts';
import { LOOK_FILES, linesOf, shownFor, whereaboutsOf } from '../sync/look.ts';
import { removeRows, syncFiles } from '../sync/sync.ts';
import { filesTable } from '../tables/files-table.ts';
import { historyTable } from '../tables/history-table.ts';
import type { Look } from './look.ts';
import type { Difference } from './report.ts';

/** Tables that are named of a file that nothing is known of. */
const NAMED = 2;

const LASTING = 'a history cannot be made anew: put these rows back from a backup';

/** What is wrong with the rows of one file. */
interface Damaged {
  readonly id: string;
  readonly damages: readonly RowDamage[];
}

/**
 * Compares the rows of all tables with what the commits have recorded of them, within the database, and tells each
 * file whose rows are others. Where that is asked for, such a file is loaded anew, whole, and rows of no file are taken
 * away; what a file has that TDP does not show any more cannot be had again, and is told as left.
 */
export async function compareRows(look: Look): Promise<void> {
  const mended: Difference[] = [];
  for await (const all of portions(damagedFiles(look))) {
    // A file that differs from TDP has been told already.
    const some = all.filter(({ id }) => !look.left.has(id));
    const found = await differencesOf(look, some);
    if (look.options.repair !== true) for (const difference of found) look.tell(difference);
    else {
      await mend(
        look,
        some.filter((file) => !isHistoryDamaged(look, file)),
      );
      mended.push(...found);
    }
  }
  if (mended.length > 0) await tellMended(look, mended);
}

/** All that is left is found by comparing once more. */
async function tellMended(look: Look, mended: readonly Difference[]): Promise<void> {
  const left = new Map<string, readonly RowDamage[]>();
  for await (const { id, damages } of damagedFiles(look)) left.set(id, damages);
  for (const difference of mended) {
    const damages = left.get(difference.key);
    if (damages === undefined) look.tell({ ...difference, mended: true });
    else look.tell({ ...difference, detail: `${detailOf(damages)}; ${whyLeft(look, damages)}` });
  }
}

/**
 * What others have done to a history cannot be undone from TDP. A file with such a one is left as it is: whatever is written of it would record
 * the history as it is now.
 */
function isHistoryDamaged({ run }: Look, { damages }: Pick<Damaged, 'damages'>): boolean {
  const names = historyOf(run).map(({ name }) => name);
  return damages.some(({ table }) => names.includes(table));
}

function whyLeft(look: Look, damages: readonly RowDamage[]): string {
  return isHistoryDamaged(look, { damages }) ? LASTING : 'it cannot be loaded anew';
}

async function* damagedFiles({ run }: Look): AsyncGenerator<Damaged> {
  const tables = [filesTable(run.name), ...historyOf(run), ...run.catalog.all()];
  let damages: RowDamage[] = [];
  for await (const damage of run.sink.damages(run.name, tables)) {
    const [first] = damages;
    if (first !== undefined && first.id !== damage.id) {
      yield { id: first.id, damages };
      damages = [];
    }
    damages.push(damage);
  }
  const [last] = damages;
  if (last !== undefined) yield { id: last.id, damages };
}

function historyOf({ history, name }: Look['run']): readonly Table[] {
  return history ? [historyTable(name)] : [];
}

async function* portions(files: AsyncIterable<Damaged>): AsyncGenerator<readonly Damaged[]> {
  let some: Damaged[] = [];
  for await (const file of files) {
    some.push(file);
    if (some.length < LOOK_FILES) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}

async function differencesOf(look: Look, some: readonly Damaged[]): Promise<readonly Difference[]> {
  const { run } = look;
  const keys = some.flatMap(({ id }) => (isKey(id) ? id : []));
  const lines = await linesOf(run, keys);
  const places = await whereaboutsOf(run, keys);
  return some.map(({ id, damages }) => {
    const line = lines.get(id);
    const { path, filePath } = places.get(id) ?? {};
    const isLasting = line !== undefined && isHistoryDamaged(look, { damages });
    const detail = line === undefined ? unknownDetail(damages) : detailOf(damages);
    return {
      ...{ sync: run.label, reason: 'rows', key: id, mended: false },
      ...(isLasting ? { isLasting, detail: `${detail}; ${LASTING}` } : { detail }),
      fileId: line === undefined ? '' : (parseOrder(line.order)?.fileId ?? ''),
      path: filePath ?? path,
    };
  });
}

/** Of a file that nothing is known of, its tables are enough: each row in them is one too many. */
function unknownDetail(damages: readonly RowDamage[]): string {
  const named = damages.slice(0, NAMED).map(({ table, found }) => `${rows(found)} in ${table}`);
  const rest = damages.length - named.length;
  const more =
    rest > 0 ? `, and some in ${rest === 1 ? 'one more table' : `${rest} more tables`}` : '';
  return `the ledger does not know it, and there are rows of it: ${named.join(', ')}${more}`;
}

function detailOf(damages: readonly RowDamage[]): string {
  const details = damages.map(({ table, recorded, found }) => {
    if (recorded === undefined) return `${table}: nothing was recorded of its ${rows(found)}`;
    if (recorded === found) return `${table}: its rows were changed`;
    return `${table}: ${rows(recorded)} ${recorded === 1 ? 'was' : 'were'} stored, there ${found === 1 ? 'is' : 'are'} ${found}`;
  });
  return details.join('; ');
}

function rows(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`;
}

/** Loads the files anew that TDP shows in the version that is held or a newer one, and takes away what belongs to no file. */
async function mend(look: Look, some: readonly Damaged[]): Promise<void> {
  const { run, options } = look;
  const tables = new Map(
    some.map(({ id, damages }) => [id, damages.map(({ table }) => table)] as const),
  );
  const lines = await linesOf(run, [...tables.keys()].filter(isKey));
  const fileIds = [...lines.values()].flatMap(({ order }) => parseOrder(order)?.fileId ?? []);
  const shown = await shownFor(run, { filter: run.filter, fileIds });
  const anew = new Map([...tables].filter(([id]) => shown.has(id)));
  if (anew.size > 0)
    await syncFiles(
      options,
      [...shown.values()].map(({ fileId }) => fileId),
      { anew },
    );
  options.signal?.throwIfAborted();
  const files = filesTable(run.name).name;
  // A file with a row in the files table may have been there before a reset: what became of it, a sweep will say.
  const ofNobody = [...tables].filter(
    ([id, names]) => isKey(id) && !lines.has(id) && !names.includes(files),
  );
  if (ofNobody.length > 0) await removeRows(options, new Map(ofNobody));
}

/** Whether rows can belong to a document: others may have written what they liked. */
function isKey(id: string): boolean {
  return /^[\da-f]{32}$/.test(id);
}
