import type { CommitResult, Document } from '@tdp-sync/sink';
import { type Batch, batches, type HeldRows, type Step, type WrittenTable } from './batch.ts';
import type { CatalogSnapshot } from './catalog.ts';
import { filesTable } from './files-table.ts';
import { parseOrder } from './order.ts';
import type { Run } from './run.ts';
import type { SyncState } from './state.ts';
import type { Uncommitted } from './uncommitted.ts';

/** Gathers steps into batches and commits each, while the next one is being gathered. */
export async function commitSteps(
  run: Run,
  steps: AsyncIterable<Step>,
  uncommitted: Uncommitted,
  advance: (after: string | undefined) => Partial<SyncState>,
): Promise<void> {
  let committing: Promise<void> = Promise.resolve();
  try {
    for await (const batch of batchesOf(run, steps)) {
      await committing;
      committing = commit(run, batch, advance(batch.after)).then(
        () => uncommitted.leave(batch.steps.length),
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

function batchesOf(run: Run, steps: AsyncIterable<Step>): AsyncIterable<Batch> {
  // Every load names these and the files table, whatever is in it.
  const always = new Set(run.declared.map(({ name }) => name));
  const tablesOf = (layout: number): readonly WrittenTable[] =>
    [...run.catalog.tablesOf(layout)].flatMap((name) =>
      always.has(name) ? [] : [[name, run.catalog.width(name)]],
    );
  const limits = {
    ...run.batch,
    // Of what may be lost, one half is committed while the other is gathered.
    documents: Math.ceil(run.batch.documents / 2),
    tables: run.sink.tablesPerLoad - always.size - 1,
  };
  return batches(steps, limits, run.clock, tablesOf);
}

function commit(run: Run, batch: Batch, change: Partial<SyncState>): Promise<void> {
  return run.trace.within(
    'batch',
    () => ({ 'tdp_sync.files': batch.steps.length }),
    (trace) => commitBatch({ ...run, trace }, batch, change),
  );
}

async function commitBatch(
  run: Run,
  { steps, gatheredMs }: Batch,
  change: Partial<SyncState>,
): Promise<void> {
  const startedMs = run.clock.now();
  const catalog = await run.catalog.save();
  const documents = await documentsOf(run, steps, catalog);
  const result = await commitDocuments(run, documents, catalog, change);
  const counts = run.tally.committed(steps);
  const durationMs = run.clock.now() - startedMs;
  const { open, watermarkMs } = run.position.state;
  run.emit({
    ...{ type: 'committed', sync: run.name, ...result, ...counts },
    ...{ gatheredMs, durationMs, open, watermarkMs },
  });
}

/** Commits documents, with the tables that they name as the catalogue has them. */
export function commitDocuments(
  run: Run,
  documents: readonly Document[],
  catalog: CatalogSnapshot,
  change: Partial<SyncState>,
): Promise<CommitResult> {
  const files = filesTable(run.name);
  const names = new Set(run.declared.map(({ name }) => name));
  for (const { rows } of documents) for (const name of rows.keys()) names.add(name);
  names.delete(files.name);
  const tables = [files, ...[...names].map((name) => catalog.table(name))];
  return run.trace.within(
    'commit',
    () => ({ 'tdp_sync.documents': documents.length }),
    () => run.position.commit(documents, tables, change),
  );
}

/** The documents of a batch, by what the sink holds now that the batch before is committed. */
async function documentsOf(
  run: Run,
  steps: readonly Step[],
  catalog: CatalogSnapshot,
): Promise<readonly Document[]> {
  const drafts = steps.flatMap(({ draft }) => draft ?? []);
  const ids = drafts.flatMap(({ needsHeld, id }) => (needsHeld ? id : []));
  const held = new Map<string, HeldRows | undefined>();
  if (ids.length > 0)
    for await (const { id, order } of run.sink.documents(run.name, { ids }))
      held.set(id, parseOrder(order));
  return drafts.map((draft) => draft.document(catalog, held.get(draft.id)));
}
