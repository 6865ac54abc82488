import type { ColumnType, Row, Sink, Table, Value } from '@tdp-sync/sink';
import { z } from 'zod';
import { timestampOf } from '../timestamp.ts';
import { besideOthers } from './beside-others.ts';

/** What somebody did with a sync. */
export type RunKind =
  | 'run'
  | 'event'
  | 'retry'
  | 'sweep'
  | 'verify'
  | 'rebuild'
  | 'backfill'
  | 'reload';

/** One line of the journal. */
export interface RunLine {
  /** Names the run; unique. */
  readonly run: string;
  readonly kind: RunKind;
  /** By the local clock. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** `different` is a verification that found differences which are still there. */
  readonly outcome: 'complete' | 'interrupted' | 'failed' | 'different';
  readonly errorCode: string | undefined;
  /** What the error said, without secrets. */
  readonly error: string | undefined;
  /** The watermark before and after. */
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  readonly seen: number;
  readonly loaded: number;
  readonly refreshed: number;
  readonly known: number;
  readonly failed: number;
  /** Files that were found to be deleted. */
  readonly deleted: number;
  /** Differences that a verification found. */
  readonly differences: number;
  readonly bytes: number;
  readonly commits: number;
  /** Of tdp-sync. */
  readonly version: string;
}

/** Lines that are kept; a further one replaces the oldest. */
const RETENTION = 1000;

type Field = readonly [name: string, type: ColumnType, value: (line: RunLine) => Value];

const FIELDS: readonly Field[] = [
  ['run', 'string', (line) => line.run],
  ['kind', 'string', (line) => line.kind],
  ['started_at', 'timestamp', (line) => timestampOf(line.startedAtMs)],
  ['ended_at', 'timestamp', (line) => timestampOf(line.endedAtMs)],
  ['outcome', 'string', (line) => line.outcome],
  ['error_code', 'string', (line) => line.errorCode ?? null],
  ['error', 'string', (line) => line.error ?? null],
  ['watermark_before', 'timestamp', (line) => time(line.fromMs)],
  ['watermark_after', 'timestamp', (line) => time(line.toMs)],
  ['seen', 'int64', (line) => BigInt(line.seen)],
  ['loaded', 'int64', (line) => BigInt(line.loaded)],
  ['refreshed', 'int64', (line) => BigInt(line.refreshed)],
  ['known', 'int64', (line) => BigInt(line.known)],
  ['failed', 'int64', (line) => BigInt(line.failed)],
  ['deleted', 'int64', (line) => BigInt(line.deleted)],
  ['differences', 'int64', (line) => BigInt(line.differences)],
  ['bytes', 'int64', (line) => BigInt(line.bytes)],
  ['commits', 'int64', (line) => BigInt(line.commits)],
  ['version', 'string', (line) => line.version],
];

const COLUMNS: Table['columns'] = FIELDS.map(([name, type]) => ({ name, type }));

/** The journal of a sync: one row per run that changed something or failed. */
export function runsTable(sync: string): Table {
  return { name: `${sync}_runs`, columns: COLUMNS };
}

/**
 * Adds a line to the journal. It goes through the contract like everything else: the journal is a sync of its
 * own, its state counts the lines, and a line is a document that takes the place of the one `retention` lines
 * before it.
 *
 * @throws SinkError for what concerns the sink.
 */
export async function writeJournal(
  sink: Sink,
  sync: string,
  line: RunLine,
  retention: number = RETENTION,
): Promise<void> {
  const row = FIELDS.map(([, , value]) => value(line));
  await besideOthers(async () => {
    const since = await sink.readState(journalOf(sync));
    const { lines, run } = parseMark(since);
    // An earlier try whose answer was lost.
    if (run === line.run) return undefined;
    const number = lines + 1;
    const state = JSON.stringify({ lines: number, run: line.run } satisfies Mark);
    return () => append(sink, sync, { since, state, number, row, retention });
  });
}

interface Appended {
  readonly since: string | undefined;
  readonly state: string;
  readonly number: number;
  readonly row: Row;
  readonly retention: number;
}

async function append(
  sink: Sink,
  sync: string,
  { since, state, number, row, retention }: Appended,
): Promise<void> {
  const table = runsTable(sync);
  await using load = await sink.begin({ sync: journalOf(sync), tables: [table], since });
  const order = String(number).padStart(16, '0');
  const rows = new Map([[table.name, [row]]]);
  await load.stage([{ id: idOf(number % retention), order, status: 'loaded', rows }]);
  await load.commit(state);
}

/** The newest lines of the journal, the newest first. */
export async function readJournal(
  sink: Sink,
  sync: string,
  count: number,
  retention: number = RETENTION,
): Promise<readonly RunLine[]> {
  const newest = parseMark(await sink.readState(journalOf(sync))).lines;
  const ids: string[] = [];
  for (let number = newest; number > Math.max(newest - Math.min(count, retention), 0); number -= 1)
    ids.push(idOf(number % retention));
  const lines = new Map<string, RunLine>();
  for await (const { id, row } of sink.rows(runsTable(sync), ids)) lines.set(id, lineOf(row));
  return ids.flatMap((id) => lines.get(id) ?? []);
}

function lineOf(row: Row): RunLine {
  const cells = new Map(FIELDS.map(([name], index) => [name, row[index] ?? null]));
  const text = (name: string): string => String(cells.get(name) ?? '');
  const count = (name: string): number => Number(cells.get(name) ?? 0);
  const timeOf = (name: string): number | undefined => {
    const stamp = text(name);
    return stamp === '' ? undefined : Date.parse(stamp);
  };
  return {
    run: text('run'),
    kind: text('kind') as RunKind,
    startedAtMs: timeOf('started_at') ?? 0,
    endedAtMs: timeOf('ended_at') ?? 0,
    outcome: text('outcome') as RunLine['outcome'],
    errorCode: text('error_code') || undefined,
    error: text('error') || undefined,
    fromMs: timeOf('watermark_before'),
    toMs: timeOf('watermark_after'),
    seen: count('seen'),
    loaded: count('loaded'),
    refreshed: count('refreshed'),
    known: count('known'),
    failed: count('failed'),
    deleted: count('deleted'),
    differences: count('differences'),
    bytes: count('bytes'),
    commits: count('commits'),
    version: text('version'),
  };
}

/** Forgets how many lines there have been. The lines that are in its table stay there. */
export function clearJournal(sink: Sink, sync: string): Promise<void> {
  return sink.clear(journalOf(sync));
}

function journalOf(sync: string): string {
  return `${sync}#runs`;
}

/** What the journal's state says: how many lines there have been, and whose the last one is. */
interface Mark {
  readonly lines: number;
  readonly run: string;
}

const markSchema = z.object({ lines: z.int().min(0), run: z.string() });

function parseMark(state: string | undefined): Mark {
  return state === undefined ? { lines: 0, run: '' } : markSchema.parse(JSON.parse(state));
}

function idOf(slot: number): string {
  return slot.toString(16).padStart(32, '0');
}

function time(timeMs: number | undefined): Value {
  return timeMs === undefined ? null : timestampOf(timeMs);
}
