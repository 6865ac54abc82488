import { createHash } from 'node:crypto';

/**
 * The order of a document: text that is compared byte by byte and grows with each version of a file.
 *
 * Its parts, from the most significant: when the version was created and when it was indexed
 * (milliseconds, 14 digits each), its fileId, then a suffix: the revision of the sync's mapping, the
 * number of times the file has come back after a removal, the rank (a failed attempt, counted up,
 * below the loaded version, a removal above it), when a failed file is due again (seconds), and the
 * fileId whose rows are in the data tables.
 *
 * `indexedAt` alone would not do: re-indexing can stamp an older version later than a newer one. The
 * last two parts rank nothing; they are there so that one line of the ledger is all the engine needs.
 */
export interface Order {
  readonly createdAtMs: number;
  readonly indexedAtMs: number;
  readonly fileId: string;
  readonly mapping: number;
  readonly comeback: number;
  readonly stage: Stage;
  /** The version whose rows are in the data tables; `undefined` when none are. */
  readonly loadedFileId: string | undefined;
}

/** What became of a version. */
export type Stage =
  | { readonly is: 'failed'; readonly attempts: number; readonly retryAtMs: number }
  | { readonly is: 'loaded' }
  | { readonly is: 'deleted' };

const LOADED = 5000;
const DELETED = 9000;
/** Attempts are told apart up to here; beyond, a further failure is not recorded any more. */
export const MAX_ATTEMPTS = 4999;
const FILE_ID_WIDTH = 36;
const NO_FILE = '.'.repeat(FILE_ID_WIDTH);
const SHAPE = /^(\d{14})~(\d{14})~([!-~]{36})~(\d{4})(\d{3})(\d{4})~(\d{10})~([!-~]{36})$/;

/**
 * The fileId as it can be part of an order: itself, as long as it has 1 to 36 printable ASCII characters
 * and no dot at its end, which every UUID has; else a hash of it.
 */
export function orderableId(fileId: string): string {
  const fits = /^[!-~]{0,35}[!-\-/-~]$/.test(fileId);
  return fits ? fileId : createHash('sha256').update(fileId).digest('hex').slice(0, FILE_ID_WIDTH);
}

/** Writes an order as text of 126 printable ASCII characters. */
export function formatOrder(order: Order): string {
  const { stage } = order;
  const rank = stage.is === 'loaded' ? LOADED : stage.is === 'deleted' ? DELETED : stage.attempts;
  const retryAtMs = stage.is === 'failed' ? stage.retryAtMs : 0;
  return [
    digits(order.createdAtMs, 14),
    digits(order.indexedAtMs, 14),
    order.fileId.padEnd(FILE_ID_WIDTH, '.'),
    digits(order.mapping, 4) + digits(order.comeback, 3) + digits(rank, 4),
    digits(Math.ceil(retryAtMs / 1000), 10),
    (order.loadedFileId ?? '').padEnd(FILE_ID_WIDTH, '.'),
  ].join('~');
}

/** Reads an order that {@link formatOrder} wrote; `undefined` for any other text. */
export function parseOrder(text: string): Order | undefined {
  const parts = SHAPE.exec(text);
  if (parts === null) return undefined;
  const [, created, indexed, fileId = '', mapping, comeback, rank, retryAt, loaded = ''] = parts;
  return {
    createdAtMs: Number(created),
    indexedAtMs: Number(indexed),
    fileId: unpad(fileId),
    mapping: Number(mapping),
    comeback: Number(comeback),
    stage: stageOf(Number(rank), Number(retryAt) * 1000),
    loadedFileId: loaded === NO_FILE ? undefined : unpad(loaded),
  };
}

function stageOf(rank: number, retryAtMs: number): Stage {
  if (rank === LOADED) return { is: 'loaded' };
  if (rank === DELETED) return { is: 'deleted' };
  return { is: 'failed', attempts: rank, retryAtMs };
}

function unpad(fileId: string): string {
  return fileId.replace(/\.+$/, '');
}

function digits(value: number, width: number): string {
  const limit = 10 ** width - 1;
  return String(Math.min(Math.max(Math.trunc(value), 0), limit)).padStart(width, '0');
}
