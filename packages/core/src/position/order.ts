import { hash } from 'node:crypto';
import type { FileHit } from '../file.ts';
import { parseTimeMs } from '../timestamp.ts';

/**
 * The order of a document: text that is compared byte by byte and grows with each version of a file.
 *
 * Its parts, from the most significant: the epoch, which counts how often TDP has gone back to what it had
 * shown before; when the version was created and when it was indexed (milliseconds), its fileId, then a suffix: the
 * revision of the sync's mapping, the rank (a failed attempt, counted up, below the loaded version, a file that
 * has vanished above it), and the number of times its attributes were changed without a new stamp. Numbers are in
 * base 36 and of fixed width.
 *
 * `indexedAt` alone would not do: re-indexing can stamp an older version later than a newer one. Nor would times
 * alone: what counts is what TDP shows, and it may show an earlier version again, or a file that had vanished.
 *
 * The parts behind that rank nothing; they are there so that one line of the ledger is all the engine
 * needs: when a failed file is due again (seconds), a fingerprint of the attributes, and which rows
 * are in the data tables: their layout and the fileId of their version.
 */
export interface Order {
  /** From 0. Every later version of the file has it, too. */
  readonly epoch: number;
  readonly createdAtMs: number;
  readonly indexedAtMs: number;
  readonly fileId: string;
  readonly mapping: number;
  readonly stage: Stage;
  readonly edits: number;
  /** 10 hex digits. */
  readonly attributes: string;
  /** Number of the catalogue's layout that the file's rows in the data tables have; 0 when there are none. */
  readonly layout: number;
  /** The version whose rows are in the data tables; `undefined` when none are. */
  readonly loadedFileId: string | undefined;
}

/**
 * What became of a version. `missing`: a sweep did not find it in TDP; `deleted`: the next one neither, or it has
 * moved to another key; `unmatched`: TDP has it, and the sync's filter does not match it any more.
 */
export type Stage =
  | { readonly is: 'failed'; readonly attempts: number; readonly retryAtMs: number }
  | { readonly is: 'loaded' }
  | { readonly is: 'missing' }
  | { readonly is: 'unmatched' }
  | { readonly is: 'deleted' };

/** Attempts are told apart up to here; beyond, a further failure is not recorded any more. */
export const MAX_ATTEMPTS = 4999;
const RANKS = { loaded: 5000, missing: 7000, unmatched: 8000, deleted: 9000 } as const;
const STAGES = ['loaded', 'missing', 'unmatched', 'deleted'] as const;
const FILE_ID_WIDTH = 36;
/** Stands for the fileId of the order itself. */
const ITSELF = '=';
/** Epochs are written from here on, so that every order is above those of before there were epochs. */
const FIRST_EPOCH = 36 * 36;
const SHAPE =
  /^([1-9a-z][\da-z]{2})([\da-z]{9})~([\da-z]{9})~([!-~]{36})~([\da-z]{3})([\da-z]{3})([\da-z]{3})~([\da-z]{7})~([\da-f]{10})([\da-z]{3})~([!-~]{0,36})$/;

/**
 * The fileId as it can be part of an order: itself, as long as it has 2 to 36 printable ASCII characters
 * and no dot at its end, which every UUID has; else a hash of it.
 */
export function orderableId(fileId: string): string {
  const fits = /^[!-~]{1,35}[!-\-/-~]$/.test(fileId);
  return fits ? fileId : hash('sha256', fileId).slice(0, FILE_ID_WIDTH);
}

/** What tells two versions of a file apart, and which of them is newer. */
export type Stamp = Pick<Order, 'createdAtMs' | 'indexedAtMs' | 'fileId'>;

/**
 * The stamp of a version. A creation time that is missing or cannot be read is taken for that of its indexing: it
 * must not rank the newest version lowest.
 */
export function stampOf(hit: Pick<FileHit, 'createdAt' | 'indexedAt' | 'fileId'>): Stamp {
  const indexedAtMs = timeOf(hit.indexedAt);
  const createdAtMs = timeOf(hit.createdAt) ?? indexedAtMs ?? 0;
  return { createdAtMs, indexedAtMs: indexedAtMs ?? 0, fileId: orderableId(hit.fileId) };
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseTimeMs(text);
}

/** Whether it is the same version, indexed at the same time. */
export function isSameVersion(a: Stamp, b: Stamp): boolean {
  return (
    a.fileId === b.fileId && a.createdAtMs === b.createdAtMs && a.indexedAtMs === b.indexedAtMs
  );
}

/** Whether the first is an earlier version than the second, or the same one as of an earlier time. */
export function isEarlier(a: Stamp, b: Stamp): boolean {
  if (a.createdAtMs !== b.createdAtMs) return a.createdAtMs < b.createdAtMs;
  if (a.indexedAtMs !== b.indexedAtMs) return a.indexedAtMs < b.indexedAtMs;
  return a.fileId < b.fileId;
}

/** Writes an order as text of at most 128 printable ASCII characters. */
export function formatOrder(order: Order): string {
  const { stage, fileId, loadedFileId } = order;
  const rank = stage.is === 'failed' ? stage.attempts : RANKS[stage.is];
  const retryAtMs = stage.is === 'failed' ? stage.retryAtMs : 0;
  return [
    digits(order.epoch + FIRST_EPOCH, 3) + digits(order.createdAtMs, 9),
    digits(order.indexedAtMs, 9),
    fileId.padEnd(FILE_ID_WIDTH, '.'),
    digits(order.mapping, 3) + digits(rank, 3) + digits(order.edits, 3),
    digits(Math.ceil(retryAtMs / 1000), 7),
    order.attributes + digits(order.layout, 3),
    loadedFileId === fileId ? ITSELF : (loadedFileId ?? ''),
  ].join('~');
}

/** Reads an order that {@link formatOrder} wrote; `undefined` for any other text. */
export function parseOrder(text: string): Order | undefined {
  const parts = SHAPE.exec(text);
  if (parts === null) return undefined;
  const [, epoch, created, indexed, padded = '', mapping, rank, edits, retryAt] = parts;
  const [attributes = '', layout, loaded = ''] = parts.slice(9);
  const fileId = padded.replace(/\.+$/, '');
  return {
    epoch: number(epoch) - FIRST_EPOCH,
    createdAtMs: number(created),
    indexedAtMs: number(indexed),
    fileId,
    mapping: number(mapping),
    stage: stageOf(number(rank), number(retryAt) * 1000),
    edits: number(edits),
    attributes,
    layout: number(layout),
    loadedFileId: loaded === ITSELF ? fileId : loaded || undefined,
  };
}

function stageOf(rank: number, retryAtMs: number): Stage {
  for (const is of STAGES) if (rank === RANKS[is]) return { is };
  return { is: 'failed', attempts: rank, retryAtMs };
}

const BASE = 36;

function digits(value: number, width: number): string {
  const limit = BASE ** width - 1;
  return Math.min(Math.max(Math.trunc(value), 0), limit)
    .toString(BASE)
    .padStart(width, '0');
}

function number(text: string | undefined): number {
  return Number.parseInt(text ?? '', BASE);
}
