import type { Row, Table, Value } from '@tdp-sync/sink';
import { columns } from '../attributes.ts';
import type { Stage } from '../position/order.ts';
import { timestampOf } from '../timestamp.ts';
import { filesTable } from './files-table.ts';

const FIELDS = [
  ['change', 'string'],
  ['status', 'string'],
  ['file_id', 'string'],
  ['loaded_file_id', 'string'],
  ['bucket', 'string'],
  ['path', 'string'],
  ['file_path', 'string'],
  ['size', 'int64'],
  ['checksum', 'string'],
  ['created_at', 'timestamp'],
  ['indexed_at', 'timestamp'],
  ['attributes', 'string'],
  ['error_code', 'string'],
  ['changed_at', 'timestamp'],
  ['run', 'string'],
] as const;

/** What a line says that is no change if it stays the same. */
const STATE = [
  ...(['status', 'file_id', 'loaded_file_id', 'created_at', 'indexed_at'] as const),
  ...(['attributes', 'error_code'] as const),
];

type Field = (typeof FIELDS)[number][0];

/** One line of a file's history: what has changed, and how the file stands from then on. */
export type HistoryLine = Readonly<Record<Field, Value>>;

/**
 * What has changed. `loaded`: its rows are there for the first time, or after a failure; `updated`: those of another version; `failed`: a
 * version could not be loaded; `attributes`, `reindexed`: what TDP says of it, or only when it was indexed; `missing`: a sweep did not
 * find it; `deleted`, `unmatched`, `moved`: it is gone from TDP, from the filter, from this key; `restored`: it is back; `known`: how it
 * stood when the history began.
 */
export type Change =
  | ('loaded' | 'updated' | 'failed' | 'attributes' | 'reindexed' | 'known')
  | ('missing' | 'deleted' | 'unmatched' | 'moved' | 'restored');

/** What is said of a file now. */
export interface Now {
  readonly stage: Stage['is'];
  /** Its row of the files table; `kept` where that stays as it is, `none` where it is taken away. */
  readonly file: Row | 'kept' | 'none';
  readonly loadedFileId: string | undefined;
  /** Fingerprint of its attributes. */
  readonly attributes: string;
  readonly nowMs: number;
  /** Names the run. */
  readonly run: string;
}

/** The history of a sync's files: a row for each change of a file, in their order. */
export function historyTable(sync: string): Table {
  return { name: `${sync}_history`, columns: columns(FIELDS) };
}

/** A stored row, by column. */
export function historyLine(row: Row): HistoryLine {
  const cells = FIELDS.map(([name], at): [Field, Value] => [name, row[at] ?? null]);
  return Object.fromEntries(cells) as Record<Field, Value>;
}

/** A line as it is stored. */
export function historyRow(line: HistoryLine): Row {
  return FIELDS.map(([name]) => line[name]);
}

/** The line to be added behind the last one; `undefined` where nothing has changed. */
export function nextLine(last: HistoryLine | undefined, now: Now): HistoryLine | undefined {
  const line = standing(last, now);
  const change = line && changeOf(last, line, now.stage);
  return line && change && { ...line, change };
}

/** The line that says how a file stands, where the last one does not; {@link nextLine} knows what has happened, this one does not. */
export function knownLine(last: HistoryLine | undefined, now: Now): HistoryLine | undefined {
  const line = standing(last, now);
  if (line === undefined) return undefined;
  const isMissing = now.stage === 'missing';
  if (last !== undefined && isSame(last, line) && isMissing === (last.change === 'missing'))
    return undefined;
  return { ...line, change: (isMissing ? 'missing' : 'known') satisfies Change };
}

const FILE_FIELDS = ['bucket', 'path', 'file_path', 'size', 'checksum'] as const;
const POSITIONS = new Map(filesTable('').columns.map(({ name }, at) => [name, at]));

/** All but the change; `undefined` where nothing at all is known of the file. */
function standing(last: HistoryLine | undefined, now: Now): HistoryLine | undefined {
  const { file, attributes, run, loadedFileId } = now;
  const changed = { change: null, attributes, run };
  const at = timestampOf(now.nowMs);
  if (typeof file === 'string') {
    if (last === undefined) return undefined;
    const loaded = file === 'none' ? null : (loadedFileId ?? null);
    const status = file === 'none' ? 'moved' : statusOf(now.stage, last);
    return { ...last, ...changed, status, loaded_file_id: loaded, changed_at: at };
  }
  const cell = (name: string): Value => file[POSITIONS.get(name) ?? -1] ?? null;
  const ofFile = Object.fromEntries(
    [...STATE, ...FILE_FIELDS].map((name) => [name, cell(name)]),
  ) as Record<(typeof STATE)[number] | (typeof FILE_FIELDS)[number], Value>;
  return { ...ofFile, ...changed, changed_at: at };
}

/** What the files table says of a file of which a sweep has only noted something. */
function statusOf(stage: Stage['is'], last: HistoryLine): Value {
  return stage === 'missing' ? last.status : stage;
}

function isSame(a: HistoryLine, b: HistoryLine): boolean {
  return STATE.every((name) => a[name] === b[name]);
}

function changeOf(
  last: HistoryLine | undefined,
  line: HistoryLine,
  stage: Stage['is'],
): Change | undefined {
  const wasMissing = last?.change === 'missing';
  if (stage === 'missing') return wasMissing ? undefined : 'missing';
  const isUnchanged = last !== undefined && isSame(last, line);
  if (isUnchanged) return wasMissing ? 'restored' : undefined;
  if (line.status === 'loaded') return howLoaded(last, line);
  if (line.status !== 'failed') return line.status as 'deleted' | 'unmatched' | 'moved';
  const isOther = (['file_id', 'loaded_file_id', 'error_code'] as const).some(
    (name) => line[name] !== last?.[name],
  );
  return last?.status !== 'failed' || isOther ? 'failed' : howSaid(last, line);
}

function howLoaded(last: HistoryLine | undefined, line: HistoryLine): Change {
  if (last === undefined) return 'loaded';
  const wasGone = last.status !== 'loaded' && last.status !== 'failed';
  if (wasGone || last.change === 'missing') return 'restored';
  if (last.loaded_file_id === null) return 'loaded';
  if (last.loaded_file_id !== line.loaded_file_id || last.file_id !== line.file_id)
    return 'updated';
  return last.status === 'failed' ? 'loaded' : howSaid(last, line);
}

function howSaid(last: HistoryLine, line: HistoryLine): Change {
  return last.attributes === line.attributes ? 'reindexed' : 'attributes';
}
