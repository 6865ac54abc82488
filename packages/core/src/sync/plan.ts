import type { StoredDocument } from '@tdp-sync/sink';
import { type FileHit, fileKey } from '../file.ts';
import { type Decision, decide } from './decide.ts';
import type { Run } from './run.ts';
import type { Action, Place, Task } from './shapes.ts';

/**
 * Holds each page against the sink's ledger. Gives what is to be done about its hits, a page at a time; behind it,
 * unless it ends with a task, the place where the page ends. With `retryNow`, failed files are tried even before they are due.
 */
export async function* plan(
  run: Run,
  pages: AsyncIterable<readonly FileHit[]>,
  retryNow: boolean,
): AsyncGenerator<readonly (Task | Place)[]> {
  for await (const hits of pages) {
    const tasks = await tasksOf(run, hits, retryNow);
    const known = hits.length - tasks.length;
    run.tally.seen += hits.length;
    run.tally.known += known;
    run.emit({ type: 'page-read', sync: run.name, hits: hits.length, known });
    const after = hits.at(-1)?.fileId;
    yield after === undefined || tasks.at(-1)?.after === after ? tasks : [...tasks, { after }];
  }
}

async function tasksOf(
  run: Run,
  hits: readonly FileHit[],
  retryNow: boolean,
): Promise<readonly Task[]> {
  const ids = hits.map(fileKey);
  const ledger = new Map<string, StoredDocument>();
  for await (const stored of run.sink.documents(run.name, { ids })) ledger.set(stored.id, stored);
  const context = {
    mapping: run.position.state.mapping.revision,
    nowMs: run.nowMs(),
    retryNow,
    readsAttributes: run.transform.readsAttributes,
  };
  return hits.flatMap((hit, index) => {
    const decision = decide(hit, ledger.get(ids[index] ?? ''), context);
    return isAction(run, decision) ? { after: hit.fileId, hit, decision } : [];
  });
}

function isAction(
  run: Run,
  decision: Decision,
): decision is Exclude<Action, { action: 'rederive' }> {
  const { action } = decision;
  return (
    action !== 'skip' && action !== 'wait' && !(action === 'delete' && run.deletes === 'ignore')
  );
}
