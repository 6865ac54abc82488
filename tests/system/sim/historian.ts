import type { Row, Value } from '@tdp-sync/sink';
import { fileOf } from './observer.ts';
import { Violation } from './violation.ts';
import { type Runner, SYNC, type World } from './world.ts';

type Cells = Readonly<Record<string, Value>>;

/** How a file stands, as the files table and the ledger say. */
interface Standing {
  /** Its row of the files table; `undefined` where it has left its key. */
  readonly file: Cells | undefined;
  readonly isMissing: boolean;
}

/** Columns of the files table that say nothing of the file, but of when it was looked at. */
const OF_TRIES = [...['synced_at', 'deleted_at', 'attempts', 'retry_at', 'error', 'error_at']];
/** What the history repeats of the files table. */
const REPEATED = [
  ...['status', 'file_id', 'loaded_file_id', 'created_at', 'indexed_at', 'size', 'checksum'],
  ...['bucket', 'path', 'file_path', 'error_code'],
];
const GONE = ['deleted', 'unmatched', 'moved'];

/**
 * Looks at every commit: a change of a file is one line of its history, told as it is, and whatever is no change is none. No line is
 * ever lost, changed or put between others.
 */
export class Historian {
  readonly #world: World;
  readonly #standings = new Map<string, string>();
  readonly #lines = new Map<string, readonly Row[]>();
  /** How files stood when their last lines were added. */
  readonly #toldOf = new Map<string, string>();
  lines = 0;

  constructor(world: World) {
    this.#world = world;
  }

  committed(by: Runner): void {
    if (this.#world.isVandalised) return;
    const { content } = this.#world.database;
    const state = content.states.get(SYNC);
    // The catalogue of tables is committed before.
    if (state === undefined) return;
    const { hasHistory, run } = this.#world.engine.parseState(state);
    const histories = content.tables.get(`${SYNC}_history`)?.rows ?? new Map<string, Row[]>();
    const keys = new Set([...(content.ledgers.get(SYNC)?.keys() ?? []), ...histories.keys()]);
    for (const key of keys) {
      const standing = this.#standing(key);
      const lines = histories.get(key) ?? [];
      this.#checkAdded(key, by, run, standing, lines);
      const last = lines.at(-1);
      // Of what had left its key before, nothing is known any more.
      const isUnknown = lines.length === 0 && standing.file === undefined;
      if (hasHistory && !isUnknown && (last === undefined || !tells(this.#told(last), standing)))
        this.#fail(
          key,
          `its history ends with ${text(last && this.#told(last))}, but it is ${nameOf(standing)}`,
        );
      this.#standings.set(key, nameOf(standing));
      this.#lines.set(key, lines);
    }
  }

  #checkAdded(
    key: string,
    by: Runner,
    run: string,
    standing: Standing,
    lines: readonly Row[],
  ): void {
    const before = this.#lines.get(key) ?? [];
    for (const [at, row] of before.entries())
      if (!isSameRow(row, lines[at])) this.#fail(key, `line ${at} of its history has changed`);
    const added = lines.slice(before.length).map((row) => this.#told(row));
    const [line] = added;
    const hasChanged = this.#standings.get(key) !== nameOf(standing);
    if (added.length > 1 || (line !== undefined && !by.history))
      this.#fail(key, `${added.length} lines of history in one commit`);
    if (by.history && hasChanged && line === undefined)
      this.#fail(key, `no line of history says that it is ${nameOf(standing)}`);
    if (line === undefined) return;
    this.lines += 1;
    const last = before.at(-1) && this.#told(before.at(-1) ?? []);
    this.#checkLine(key, line, last, standing);
    if (line['run'] !== run)
      this.#fail(key, `a line of history names the run ${line['run']}, not ${run}`);
    const isNews = this.#toldOf.get(key) !== nameOf(standing);
    this.#toldOf.set(key, nameOf(standing));
    if (!isNews) this.#fail(key, `a line of history tells nothing: ${text(line)}`);
    if (!hasChanged && line['change'] !== 'known' && line['change'] !== 'missing')
      this.#fail(key, `nothing has changed, but its history says ${line['change']}`);
  }

  #checkLine(key: string, line: Cells, last: Cells | undefined, standing: Standing): void {
    if (!tells(line, standing))
      this.#fail(key, `its history says ${text(line)}, but it is ${nameOf(standing)}`);
    const { lab } = this.#world;
    if (!lab.byFileId.has(String(line['file_id']))) this.#fail(key, `${line['file_id']} never was`);
    if (!isFitting(line, last))
      this.#fail(key, `${line['change']} is no word for it: ${text(last)} -> ${text(line)}`);
  }

  #standing(key: string): Standing {
    const { content } = this.#world.database;
    const [row] = content.tables.get(`${SYNC}_files`)?.rows.get(key) ?? [];
    const order = this.#world.engine.parseOrder(content.ledgers.get(SYNC)?.get(key)?.order ?? '');
    const isMissing = order?.stage.is === 'missing';
    return { file: row && fileOf(this.#world, row), isMissing };
  }

  #told(row: Row): Cells {
    const { columns } = this.#world.engine.historyTable(SYNC);
    return Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null]));
  }

  #fail(key: string, what: string): never {
    throw new Violation(`history of ${key}: ${what}`);
  }
}

/** Whether a line says how a file stands. */
function tells(line: Cells, { file, isMissing }: Standing): boolean {
  if ((line['change'] === 'missing') !== isMissing) return false;
  if (file === undefined) return line['status'] === 'moved' && line['loaded_file_id'] === null;
  return REPEATED.every((name) => line[name] === file[name]);
}

/** Whether the word for a change fits what was before and is now. */
function isFitting(line: Cells, last: Cells | undefined): boolean {
  const { change, status } = line;
  const isKept = (names: readonly string[]): boolean =>
    names.every((name) => line[name] === last?.[name]);
  switch (change) {
    case 'known':
      return true;
    case 'missing':
      return last === undefined || last['change'] !== 'missing';
    case 'loaded':
      return status === 'loaded' && (last === undefined || last['status'] !== 'loaded');
    case 'updated':
      return status === 'loaded' && last !== undefined && !isKept(['file_id', 'loaded_file_id']);
    case 'failed':
      return status === 'failed';
    case 'restored':
      return last?.['change'] === 'missing' || GONE.includes(String(last?.['status']));
    case 'attributes':
      return isKept(['status', 'file_id']) && !isKept(['attributes']);
    case 'reindexed':
      return isKept(['status', 'file_id', 'attributes']) && !isKept(['indexed_at']);
    default:
      return change === status && GONE.includes(String(change));
  }
}

function nameOf({ file, isMissing }: Standing): string {
  const said = Object.entries(file ?? {}).filter(([name]) => !OF_TRIES.includes(name));
  return `${isMissing ? 'missing ' : ''}${text(Object.fromEntries(said))}`;
}

function text(cells: unknown): string {
  return JSON.stringify(cells, (_, value) => (typeof value === 'bigint' ? String(value) : value));
}

function isSameRow(a: Row, b: Row | undefined): boolean {
  return a.every((cell, at) => cell === b?.[at]);
}
