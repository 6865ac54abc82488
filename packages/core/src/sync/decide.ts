import type { StoredDocument } from '@tdp-sync/sink';
import { attributesFingerprint, type FileHit } from '../file.ts';
import {
  formatOrder,
  isEarlier,
  isSameVersion,
  MAX_ATTEMPTS,
  type Order,
  parseOrder,
  stampOf,
} from '../position/order.ts';
import { isRetryDue } from '../source/failures.ts';

/** What is to be done about a hit. */
export type Decision =
  /** The sink holds this version or a newer one, or TDP does. */
  | { readonly action: 'skip' }
  /** The sink holds a later version. TDP may show both, or have gone back: {@link DecisionContext.goBack}. */
  | { readonly action: 'earlier' }
  /** This version has failed before and is not due yet. */
  | { readonly action: 'wait' }
  /** The content is in the sink; TDP's attributes of the file have changed. */
  | { readonly action: 'refresh'; readonly version: Version }
  /** The content has to be retrieved. `attempt` counts from 1. */
  | { readonly action: 'load'; readonly version: Version; readonly attempt: number }
  /** TDP itself says that the version which is held was deleted. */
  | { readonly action: 'delete'; readonly version: Version };

/** The part of a document's order that is known before it is clear what becomes of it. */
export type Version = Omit<Order, 'stage'>;

/** What a decision depends on besides the hit and the ledger. */
export interface DecisionContext {
  /** Revision of the sync's mapping. */
  readonly mapping: number;
  /** By TDP's clock. */
  readonly nowMs: number;
  /** Failed files are tried even before they are due. */
  readonly retryNow: boolean;
  /** An earlier version than that held takes its place: TDP has been seen to show it in place of the other. */
  readonly goBack?: boolean;
  /** The rows are not those that were stored: they are made anew even of a version that is held. */
  readonly anew?: boolean;
  /** Rows hold attributes of the file too, so that changed ones ask for the content again. */
  readonly readsAttributes: boolean;
}

/** Holds a hit against the ledger's line for the file. Pure: the sink decides again at commit. */
export function decide(
  hit: FileHit,
  stored: StoredDocument | undefined,
  context: DecisionContext,
): Decision {
  // Its newer version is what counts, as where TDP hides such hits: shown, deleted or on its way.
  if (hit.outdated) return { action: 'skip' };
  const prior = stored === undefined ? undefined : parseOrder(stored.order);
  const version = versionOf(hit, prior, context.mapping);
  if (stored === undefined || prior === undefined) {
    return hit.deleted ? { action: 'skip' } : { action: 'load', version, attempt: 1 };
  }
  // Another version that is held may be shown in its place; if not, a sweep will tell.
  if (hit.deleted && prior.fileId !== version.fileId) return { action: 'skip' };
  if (hit.deleted) {
    // Its rows stay as they are, by whatever mapping they were made.
    const gone = { ...version, mapping: prior.mapping };
    return ifNewer(
      stored,
      { ...gone, stage: { is: 'deleted' } },
      { action: 'delete', version: gone },
    );
  }
  const isBefore = isEarlier(version, prior);
  // Of a file that was gone several versions may be shown at once: all begin the same epoch, and the latest wins.
  if (isGone(prior) || (isBefore && context.goBack === true))
    return goBack(version, canKeepRows(stored, prior, version, context));
  if (isBefore) return { action: 'earlier' };
  if (context.anew === true)
    return { action: 'load', version: { ...version, epoch: version.epoch + 1 }, attempt: 1 };
  const wanted: Order = { ...version, loadedFileId: version.fileId, stage: { is: 'loaded' } };
  return ifNewer(stored, wanted, decideNewer(stored, prior, version, context));
}

function decideNewer(
  stored: StoredDocument,
  prior: Order,
  version: Version,
  context: DecisionContext,
): Decision {
  const sameMapping = prior.mapping === version.mapping;
  if (prior.stage.is === 'failed' && sameMapping && isSameVersion(prior, version)) {
    const { attempts, retryAtMs } = prior.stage;
    const isDue = context.retryNow || isRetryDue(retryAtMs, context.nowMs);
    return isDue && attempts < MAX_ATTEMPTS
      ? { action: 'load', version, attempt: attempts + 1 }
      : { action: 'wait' };
  }
  return canKeepRows(stored, prior, version, context)
    ? { action: 'refresh', version }
    : { action: 'load', version, attempt: 1 };
}

function canKeepRows(
  stored: StoredDocument,
  prior: Order,
  version: Version,
  { readsAttributes }: DecisionContext,
): boolean {
  const areTheSame = prior.attributes === version.attributes && isSameVersion(prior, version);
  return isHeld(stored, prior, version) && (areTheSame || !readsAttributes);
}

/** Whether the rows in the sink are those of this version, made by the current mapping. */
function isHeld({ status }: StoredDocument, prior: Order, version: Version): boolean {
  const sameRows = prior.mapping === version.mapping && prior.loadedFileId === version.fileId;
  return status === 'loaded' && sameRows;
}

/** Whether TDP did not show the file when it was last looked for. */
export function isGone({ stage }: Pick<Order, 'stage'>): boolean {
  return stage.is === 'missing' || stage.is === 'unmatched' || stage.is === 'deleted';
}

/**
 * A vanished file that TDP shows again, or an earlier version of a file: a new epoch lets it outrank what is held.
 * A removed one is retrieved again: its rows may be gone, or of an older mapping.
 */
function goBack(version: Version, isHeldStill: boolean): Decision {
  const back = { ...version, epoch: version.epoch + 1 };
  return isHeldStill
    ? { action: 'refresh', version: back }
    : { action: 'load', version: back, attempt: 1 };
}

function ifNewer(stored: StoredDocument, wanted: Order, decision: Decision): Decision {
  return stored.order >= formatOrder(wanted) ? { action: 'skip' } : decision;
}

function versionOf(hit: FileHit, prior: Order | undefined, mapping: number): Version {
  const stamp = stampOf(hit);
  const attributes = attributesFingerprint(hit);
  const same = prior !== undefined && isSameVersion(prior, stamp) ? prior : undefined;
  const isEdited = same !== undefined && same.attributes !== attributes;
  return {
    ...stamp,
    epoch: prior?.epoch ?? 0,
    mapping,
    edits: (same?.edits ?? 0) + (isEdited ? 1 : 0),
    attributes,
    layout: prior?.layout ?? 0,
    loadedFileId: prior?.loadedFileId,
  };
}
