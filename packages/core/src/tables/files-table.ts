import { type Column, type Row, type Table, type Value, vouchFor } from '@tdp-sync/sink';
import { attributeColumns, attributesOf, columns } from '../attributes.ts';
import type { FileHit } from '../file.ts';
import { storableText } from '../json.ts';
import { timestampOf } from '../timestamp.ts';

/** How a file stands in the database, for its row of the files table. */
export interface Standing {
  /** `unmatched`: TDP has it, and the sync's filter does not match it any more. */
  readonly status: 'loaded' | 'failed' | 'unmatched' | 'deleted';
  /** The version whose rows are in the data tables. */
  readonly loadedFileId: string | undefined;
  /** `reason`: the same for all files that have it; `where`: where in this one. */
  readonly error?: {
    readonly code: string;
    readonly reason: string;
    readonly where: string | undefined;
  };
  readonly attempts?: number;
  readonly retryAtMs?: number;
  readonly deletedAtMs?: number;
  readonly syncedAtMs: number;
}

const COLUMNS: readonly Column[] = [
  ...columns([
    ['status', 'string'],
    ['loaded_file_id', 'string'],
  ]),
  ...attributeColumns,
  ...columns([
    ['error_code', 'string'],
    ['error', 'string'],
    ['error_at', 'string'],
    ['attempts', 'int64'],
    ['retry_at', 'timestamp'],
    ['deleted_at', 'timestamp'],
    ['synced_at', 'timestamp'],
  ]),
];

/** The files table of a sync: one row per file, what TDP knows of it and how it stands. */
export function filesTable(sync: string): Table {
  return { name: `${sync}_files`, columns: COLUMNS };
}

/** The row of a file in its files table. Whatever TDP says, each value has its column's form: a test proves it. */
export function filesRow(file: FileHit, standing: Standing): Row {
  return vouchFor([
    standing.status,
    standing.loadedFileId ?? null,
    ...attributesOf(file),
    standing.error?.code ?? null,
    textOrNull(standing.error?.reason),
    textOrNull(standing.error?.where),
    BigInt(standing.attempts ?? 0),
    time(standing.retryAtMs),
    time(standing.deletedAtMs),
    time(standing.syncedAtMs),
  ]);
}

/** A stored row of the files table, as it becomes when TDP does not show the file any more, or not for the sync's filter. */
export function goneFilesRow(
  row: Row,
  standing: Pick<Standing, 'status' | 'loadedFileId' | 'deletedAtMs' | 'syncedAtMs'>,
): Row {
  const changed: Readonly<Record<string, Value>> = {
    status: standing.status,
    loaded_file_id: standing.loadedFileId ?? null,
    deleted_at: time(standing.deletedAtMs),
    synced_at: time(standing.syncedAtMs),
  };
  return COLUMNS.map(({ name }, index) => (name in changed ? changed[name] : row[index]) ?? null);
}

function textOrNull(text: string | undefined): Value {
  return text === undefined ? null : storableText(text);
}

function time(timeMs: number | undefined): Value {
  return timeMs === undefined ? null : timestampOf(timeMs);
}
