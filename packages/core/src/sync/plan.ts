import type { StoredDocument } from '@tdp-sync/sink';
import { type FileHit, fileKey } from '../file.ts';
import { type Decision, decide } from './decide.ts';
import type { Run } from './run.ts';
import type { Action, Place, Task } from './shapes.ts';

/** What is to be done about hits besides the usual. */
export interface Planning {
  /** Failed files are tried even before they are due. Default `false`. */
  readonly retryNow?: boolean;
  /** An earlier version takes the place of a later one that is held. Default `false`. */
  readonly goBack?: boolean;
  /** Files that are loaded anew, by key, and the tables in which their rows are not those that were stored. */
  readonly anew?: ReadonlyMap<string, readonly string[]>;
  /**
   * Hits that are held against the ledger at once, at least, in whole pages. A database without an index reads all of its ledger each
   * time. Default: those of one page, so that files are retrieved as soon as it is there.
   */
  readonly atOnce?: number;
  /** Told of hits that are earlier versions than those held, where they are left alone. */
  readonly onEarlier?: (hit: FileHit) => void;
}

/**
 * Holds each page against the sink's ledger. Gives what is to be done about its hits, a page at a time; behind it,
 * unless it ends with a task, the place where the page ends.
 */
export async function* plan(
  run: Run,
  pages: AsyncIterable<readonly FileHit[]>,
  planning: Planning,
): AsyncGenerator<readonly (Task | Place)[]> {
  for await (const hits of gathered(pages, planning.atOnce ?? 1)) {
    const tasks = await tasksOf(run, hits, planning);
    const known = hits.length - tasks.length;
    run.tally.seen += hits.length;
    run.tally.known += known;
    run.emit({ type: 'page-read', sync: run.label, hits: hits.length, known });
    const after = hits.at(-1)?.fileId;
    yield after === undefined || tasks.at(-1)?.after === after ? tasks : [...tasks, { after }];
  }
}

/** Pages, put together until they have so many hits. */
async function* gathered(
  pages: AsyncIterable<readonly FileHit[]>,
  atLeast: number,
): AsyncGenerator<readonly FileHit[]> {
  let hits: readonly FileHit[] = [];
  for await (const page of pages) {
    hits = hits.length === 0 ? page : [...hits, ...page];
    if (hits.length < atLeast) continue;
    yield hits;
    hits = [];
  }
  if (hits.length > 0) yield hits;
}

async function tasksOf(
  run: Run,
  hits: readonly FileHit[],
  { retryNow = false, goBack = false, anew, onEarlier }: Planning,
): Promise<readonly Task[]> {
  const ids = hits.map(fileKey);
  const ledger = new Map<string, StoredDocument>();
  for await (const stored of run.sink.documents(run.name, { ids })) ledger.set(stored.id, stored);
  const context = {
    mapping: run.position.state.mapping.revision,
    nowMs: run.nowMs(),
    ...{ retryNow, goBack },
    readsAttributes: run.transform.readsAttributes,
  };
  return hits.flatMap((hit, index) => {
    const id = ids[index] ?? '';
    const alsoIn = anew?.get(id);
    const decided = decide(hit, ledger.get(id), { ...context, anew: alsoIn !== undefined });
    const decision = besideOthers(run, id, decided);
    if (decision.action === 'earlier') onEarlier?.(hit);
    if (!isAction(run, decision)) return [];
    const task = { after: hit.fileId, hit, decision };
    return alsoIn === undefined ? task : { ...task, alsoIn };
  });
}

/**
 * Of a file that was gone, several versions may be shown at once, each as good as the others. Where one is on its way that will replace
 * the rows, those that the ledger knows are no longer there when the attributes of another are written.
 */
function besideOthers({ recent }: Run, id: string, decision: Decision): Decision {
  const isUnderWay = recent.of(id).length > 0;
  if (decision.action === 'load') recent.note(id);
  if (decision.action !== 'refresh' || !isUnderWay) return decision;
  return { action: 'load', version: decision.version, attempt: 1 };
}

function isAction(
  run: Run,
  decision: Decision,
): decision is Exclude<Action, { action: 'rederive' }> {
  switch (decision.action) {
    case 'skip':
    case 'earlier':
    case 'wait':
      return false;
    case 'delete':
      return run.deletes !== 'ignore';
    default:
      return true;
  }
}
