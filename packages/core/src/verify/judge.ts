import type { StoredDocument } from '@tdp-sync/sink';
import type { FileHit } from '../file.ts';
import { type Order, orderableId, parseOrder, type Stage } from '../position/order.ts';
import { type DecisionContext, decide } from '../sync/decide.ts';
import type { DeletePolicy } from '../sync/options.ts';
import { momentText } from '../timestamp.ts';

/** In what way a file differs. */
export type Reason =
  /** TDP shows it, the database does not hold it. */
  | 'missing'
  /** The database holds another version of it, or rows of an older mapping. */
  | 'stale'
  /** TDP shows an earlier version again in place of the one that the database holds. */
  | 'earlier'
  /** The database holds its content; what TDP knows of it has changed. */
  | 'attributes'
  /** Rows of it are not those that were stored, in number or in what they say. */
  | 'rows'
  /** Fetched anew, it gives other rows than the database has. */
  | 'content'
  /** This version could not be loaded yet. */
  | 'failed'
  /** The database holds rows of it at a key that it has in TDP no longer. */
  | 'moved'
  /** The database holds it as loaded, TDP shows it, but not for the sync's filter. */
  | 'unmatched'
  /** The database holds it, TDP does not show it. */
  | 'vanished';

/** A reason, and a sentence that says more. */
export interface Finding {
  readonly reason: Reason;
  readonly detail: string;
}

/** What is different about a file that TDP shows; `undefined` when the ledger holds it as a run would leave it. */
export function judge(
  hit: FileHit,
  stored: StoredDocument | undefined,
  context: DecisionContext & { readonly deletes: DeletePolicy },
): Finding | undefined {
  const decision = decide(hit, stored, context);
  if (decision.action === 'skip') return undefined;
  if (decision.action === 'earlier')
    return {
      reason: 'earlier',
      detail: 'TDP shows an earlier version again than the database holds',
    };
  const prior = stored === undefined ? undefined : parseOrder(stored.order);
  if (prior === undefined) return missing('the database does not hold it');
  if (decision.action === 'delete')
    return context.deletes === 'ignore' ? undefined : stale('TDP says that it was deleted');
  const isSameFile = prior.fileId === orderableId(hit.fileId);
  const { stage } = prior;
  if (stage.is === 'failed' && isSameFile) return failed(stage);
  if (decision.action === 'refresh') return attributes(prior);
  if (stage.is === 'deleted') return missing('the database has it marked as deleted');
  if (!isSameFile) return stale(`the database holds an older version, ${prior.fileId}`);
  return prior.mapping === context.mapping
    ? stale('its rows are those of an older version')
    : stale('its rows were made by an older mapping');
}

function missing(detail: string): Finding {
  return { reason: 'missing', detail };
}

function stale(detail: string): Finding {
  return { reason: 'stale', detail };
}

function attributes({ stage }: Order): Finding {
  const detail =
    stage.is === 'missing'
      ? 'the last sweep did not find it, now TDP shows it again'
      : 'its content is held, its attributes or its index time have changed in TDP';
  return { reason: 'attributes', detail };
}

function failed({ attempts, retryAtMs }: Extract<Stage, { is: 'failed' }>): Finding {
  const tries = `${attempts} ${attempts === 1 ? 'try' : 'tries'}`;
  return {
    reason: 'failed',
    detail: `not loaded after ${tries}, due again ${momentText(retryAtMs)}`,
  };
}
