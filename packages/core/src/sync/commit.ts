import type { CommitResult, Document, Table } from '@tdp-sync/sink';
import { isConflict } from '../position/fence.ts';
import type { SyncState } from '../position/state.ts';
import { filesTable } from '../tables/files-table.ts';
import { historyTable } from '../tables/history-table.ts';
import type { CatalogSnapshot } from '../tables/snapshot.ts';
import type { Batch } from './batch.ts';
import { heldRows, linesOf } from './held.ts';
import { historiesOf, isLong, withHistory } from './history.ts';
import { parts, type WrittenTable } from './parts.ts';
import { placed } from './placed.ts';
import type { CommitPart, Refusable } from './refusals.ts';
import type { Run } from './run.ts';
import type { Draft, HeldRows } from './shapes.ts';
import type { Uncommitted } from './uncommitted.ts';

/** Documents that are made and staged at once. */
const PORTION = 256;
/** Times that the documents of a commit are made anew, since another worker has brought in a version of one of their files each time. */
const MOST_TRIES = 20;

/** Stages and commits each batch, while the next one is being gathered. `advance` tells how each moves the position. */
export async function commit(
  run: Run,
  batches: AsyncIterable<Batch>,
  uncommitted: Uncommitted,
  advance: (after: string | undefined) => Partial<SyncState>,
): Promise<void> {
  let committing: Promise<void> = Promise.resolve();
  try {
    for await (const batch of batches) {
      await committing;
      committing = commitTraced(run, batch, advance(batch.after)).then(
        () => uncommitted.leave(batch.drafts.length),
        (error: unknown) => {
          // Or it would not be met before the next batch, which may never come.
          uncommitted.close();
          throw error;
        },
      );
      // Met by the next await; without this, Node would see it as unhandled until then.
      committing.catch(() => undefined);
    }
  } finally {
    await committing;
  }
}

function commitTraced(run: Run, batch: Batch, change: Partial<SyncState>): Promise<void> {
  return run.trace.within(
    'batch',
    () => ({ 'tdp_sync.files': batch.drafts.length }),
    (trace) => commitAll({ ...run, trace }, batch, change),
  );
}

async function commitAll(
  run: Run,
  { drafts: gathered, gatheredMs }: Batch,
  change: Partial<SyncState>,
): Promise<void> {
  const { catalog, drafts } = await placed(run, gathered);
  const namesOf = ({ layouts, alsoIn = [] }: Draft): readonly string[] => [
    ...layouts.flatMap((layout) => catalog.tablesOf(layout)),
    ...alsoIn,
  ];
  await commitInParts(run, catalog, drafts, namesOf, (some, moves) =>
    commitPart(run, some, moves ? change : {}, gatheredMs),
  );
}

/**
 * In one commit, unless they write to more tables and columns than one load may, or the database cannot hold one of them. The
 * position moves with the last one: what a crash leaves out of the others is missing in the ledger, and comes with the next run.
 */
async function commitInParts<T extends Refusable<T>>(
  run: Run,
  catalog: CatalogSnapshot,
  items: readonly T[],
  namesOf: (item: T) => Iterable<string>,
  commit: CommitPart<T>,
): Promise<void> {
  // Every load names these, whatever is in it.
  const always = new Set(tablesNamed(run, [], catalog).map(({ name }) => name));
  const bounds = {
    tables: run.sink.tablesPerLoad - always.size,
    columns: run.batch.columns,
  };
  const tablesOf = (item: T): readonly WrittenTable[] =>
    [...namesOf(item)].flatMap((name) =>
      always.has(name) ? [] : [[name, catalog.table(name).columns.length]],
    );
  const all = parts(items, tablesOf, bounds);
  for (const [at, part] of all.entries())
    await run.refusals.commit(part, commit, at === all.length - 1);
}

async function commitPart(
  run: Run,
  drafts: readonly Draft[],
  change: Partial<SyncState>,
  gatheredMs: number,
): Promise<void> {
  const startedMs = run.clock.now();
  const result = await commitDrafts(run, drafts, change);
  const counts = run.tally.committed(drafts);
  for (const { whenCommitted } of drafts) whenCommitted?.();
  const durationMs = run.clock.now() - startedMs;
  const { open, watermarkMs } = run.position.state;
  run.emit({
    ...{ type: 'committed', sync: run.label, ...result, ...counts },
    ...{ gatheredMs, durationMs, open, watermarkMs },
  });
}

/** In one commit, unless files have so long a history that memory asks for halves. */
async function commitDrafts(
  run: Run,
  drafts: readonly Draft[],
  change: Partial<SyncState>,
  attempt = 1,
): Promise<CommitResult> {
  const made = await documentsOf(run, drafts);
  if (made === undefined) {
    const half = drafts.length >> 1;
    const first = await commitDrafts(run, drafts.slice(0, half), {});
    const second = await commitDrafts(run, drafts.slice(half), change);
    return {
      applied: first.applied + second.applied,
      leftAlone: first.leftAlone + second.leftAlone,
    };
  }
  const { documents, tables } = made;
  try {
    return await traced(run, drafts.length, () => run.position.commit(documents, tables, change));
  } catch (error) {
    // Another worker has brought in a version of one of these files meanwhile.
    if (!run.isShared || !isConflict(error) || attempt === MOST_TRIES) throw error;
    if (!(await run.position.isCurrent())) throw error;
    return commitDrafts(run, drafts, change, attempt + 1);
  }
}

/** The documents by what the sink holds now, and the tables that they name; `undefined` where they are too much for one commit. */
async function documentsOf(
  run: Run,
  given: readonly Draft[],
): Promise<
  | {
      readonly documents: () => Iterable<readonly Document[]>;
      readonly tables: readonly Table[];
    }
  | undefined
> {
  // Lines first: what is committed after them does not go unseen, since documents are made against them.
  const lines = await linesOf(run, given);
  const held = await heldRows(run, given, lines);
  // After the lines: the tables of all that they tell of were in the catalogue before them.
  const hasRows = [...held.values()].some(({ layout }) => layout > 0);
  if (run.isShared && hasRows && !(await run.catalog.isCurrent())) await run.catalog.readAnew();
  const { catalog, drafts } = await placed(run, given);
  const histories = await historiesOf(
    run,
    drafts.map(({ id }) => id),
  );
  if (drafts.length > 1 && histories !== undefined && isLong(histories)) return undefined;
  const layouts = new Set(drafts.flatMap((draft) => layoutsWritten(draft, held.get(draft.id))));
  const names = [
    ...[...layouts].flatMap((layout) => catalog.tablesOf(layout)),
    ...drafts.flatMap(({ id, alsoIn = [] }) => [...alsoIn, ...(held.get(id)?.rows?.keys() ?? [])]),
  ];
  const documentOf = (draft: Draft): Document => {
    const document = withHistory(run, draft.document(catalog, held.get(draft.id)), histories);
    return run.isShared ? { ...document, replaces: lines.get(draft.id)?.order ?? null } : document;
  };
  return {
    documents: () => portions(drafts, documentOf),
    tables: tablesNamed(run, names, catalog),
  };
}

/** Commits documents, with the tables that they name as the catalogue has them. */
export function commitDocuments(
  run: Run,
  documents: readonly Document[],
  catalog: CatalogSnapshot,
  change: Partial<SyncState>,
): Promise<void> {
  const namesOf = ({ rows }: Document): Iterable<string> => rows.keys();
  return commitInParts(run, catalog, documents, namesOf, async (some, moves) => {
    const tables = tablesNamed(
      run,
      some.flatMap((document) => [...namesOf(document)]),
      catalog,
    );
    const moved = moves ? change : {};
    const histories = await historiesOf(
      run,
      some.map(({ id }) => id),
    );
    const told = some.map((document) => withHistory(run, document, histories));
    await traced(run, some.length, () => run.position.commit(() => [told], tables, moved));
  });
}

function traced<T>(run: Run, documents: number, work: () => Promise<T>): Promise<T> {
  return run.trace.within('commit', () => ({ 'tdp_sync.documents': documents }), work);
}

/** The files table, the history, the declared ones and those of these names, each once. */
function tablesNamed(
  run: Run,
  names: Iterable<string>,
  catalog: CatalogSnapshot,
): readonly Table[] {
  const own = [filesTable(run.name), ...(run.history ? [historyTable(run.name)] : [])];
  const others = new Set([...run.transform.declared.map(({ name }) => name), ...names]);
  for (const { name } of own) others.delete(name);
  return [...own, ...[...others].map((name) => catalog.table(name))];
}

/** The layouts in whose tables a document replaces rows; those that it has by now among them, if it replaces any. */
function layoutsWritten({ layouts }: Draft, held: HeldRows | undefined): readonly number[] {
  return layouts.length === 0 || held === undefined ? layouts : [...layouts, held.layout];
}

/** Makes documents a few at a time, when they are asked for: all of a batch at once would fill the memory. */
function* portions(
  drafts: readonly Draft[],
  documentOf: (draft: Draft) => Document,
): Generator<readonly Document[]> {
  for (let start = 0; start < drafts.length; start += PORTION)
    yield drafts.slice(start, start + PORTION).map(documentOf);
}
