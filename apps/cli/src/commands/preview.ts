import {
  type ColumnEffect,
  columnEffects,
  describeFile,
  previewFiles,
  previewHistory,
  type Sample,
  type SchemaNote,
  SyncError,
  type TransformPreview,
  unmatchedPaths,
  withoutFile,
} from '@tdp-sync/core';
import type { Value } from '@tdp-sync/sink';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { SyncConfig } from '../config/schema.ts';
import { storedName } from '../config/tables.ts';
import { type Console, print, tell } from '../console.ts';
import { ExitCode } from '../exit-code.ts';
import { type FailureGroup, FailureGroups } from '../failures.ts';
import { ruleLine, unmatchedRule } from '../render/column-rules.ts';
import { columnsOf } from '../render/columns.ts';
import { fittedTable } from '../render/fit.ts';
import { counted } from '../render/format.ts';
import { printResults } from '../render/results.ts';
import { type StoredName, storedNameLine, storedNames } from '../render/stored-names.ts';
import { hanging } from '../render/wrap.ts';
import type { Redactor } from '../secrets.ts';
import { openSource, type TdpSource } from '../sync/source.ts';
import { transformOf } from '../sync/transform.ts';
import { wholeQuery } from '../sync/whole-query.ts';
import { visible } from '../visible.ts';
import { chosenSyncs } from './each-sync.ts';

/** Options of `tdp-sync preview`. */
export interface PreviewOptions {
  readonly config: string;
  readonly json: boolean;
  readonly sync: readonly string[];
  /** Files per sync. */
  readonly files: number;
}

/** What a few files of a sync would become. */
export interface SyncPreview extends Pick<TransformPreview, 'tables' | 'notes'> {
  readonly sync: string;
  readonly files: number;
  /** There were files, and each of them would fail. */
  readonly isAllFailed: boolean;
  /** Why files would fail. */
  readonly failures: readonly FailureGroup[];
  /** Paths of the mapping, and rules about columns, that match nothing. */
  readonly unmatched: readonly string[];
  /** What `columns` does. */
  readonly columns: readonly ColumnEffect[];
  /** What the database cannot hold under its name. */
  readonly storedNames: readonly StoredName[];
  /** Files that would fail, and paths of the mapping that match nothing. */
  readonly problems: readonly string[];
}

const CELL_WIDTH = 40;
/** Of a long value, such as a whole document. */
const LOOKED_AT = 4096;
/** Rows of a table that are shown on a terminal. */
const ROWS = 5;

/** Puts a few files through the sync's transform and shows what would become of them. Writes nothing, opens no database. */
export async function preview(options: PreviewOptions, console: Console): Promise<number> {
  const loaded = await loadConfig(options.config, console);
  await using source = await openSource(loaded);
  const cell = (value: Value): string => cellText(value, console.redactor);
  const width = columnsOf(console);
  const previews: SyncPreview[] = [];
  for (const name of chosenSyncs(loaded, options.sync)) {
    const config = loaded.config.syncs[name];
    if (config !== undefined)
      previews.push(await previewSync(name, config, loaded, source, options.files, console));
  }
  if (options.json) printResults(console, 'preview', previews.map(asJson));
  else print(console, ...previews.flatMap((one) => ['', ...describe(one, cell, width)]).slice(1));
  return previews.some(({ problems }) => problems.length > 0)
    ? ExitCode.someFilesFailed
    : ExitCode.complete;
}

/** Retrieves a few files of a sync, at most as many of a kind as of the others, and puts them through its transform. */
export async function previewSync(
  name: string,
  config: SyncConfig,
  loaded: LoadedConfig,
  source: TdpSource,
  count: number,
  console: Console,
): Promise<SyncPreview> {
  await using transform = await transformOf(name, config, loaded, {
    schemas: source.schemas,
    onOutput: (line) => tell(console, `${name}: ${line}`),
  });
  const { samples, failed } = await sample(config, source, count);
  const previewed = await previewFiles(storedName(name, config), transform, samples);
  const failures = [...failed, ...previewed.failed];
  const { extracted } = previewed;
  // A table of its own that says of what it is: no document becomes it.
  const history = config.history
    ? [previewHistory(storedName(name, config), { extracted, failed: failures }, Date.now())]
    : [];
  const tables = [...previewed.tables, ...history];
  const columns = columnEffects(config.columns, previewed);
  const isAllFailed = samples.length + failed.length > 0 && extracted.length === 0;
  // In files that cannot be read nothing matches: that would only bury why.
  const unmatched = isAllFailed
    ? []
    : [
        ...(typeof config.tables === 'object' ? unmatchedPaths(config.tables, previewed) : []),
        ...columns.flatMap((effect) => unmatchedRule(effect, extracted.length)),
      ];
  return {
    sync: name,
    files: samples.length,
    tables,
    notes: previewed.notes,
    storedNames: storedNames(
      loaded.adapter,
      tables.map(({ table }) => table),
    ),
    isAllFailed,
    failures: groupsOf(failures),
    problems: [
      ...failed.map(({ hit, error }) => `${describeFile(hit)}: ${error.message}`),
      ...previewed.failed.map(({ error }) => error.message),
      ...unmatched,
    ],
    unmatched,
    columns,
  };
}

async function sample(
  config: SyncConfig,
  source: TdpSource,
  count: number,
): Promise<{ readonly samples: readonly Sample[] } & Pick<TransformPreview, 'failed'>> {
  const samples: Sample[] = [];
  const failed: TransformPreview['failed'][number][] = [];
  const { content } = config;
  const whole = wholeQuery(config);
  const ids = content === 'ids' ? [{ terms: { category: ['IDS', 'ids'] } }] : [];
  const query = { ...whole, filter: [...whole.filter, ...ids] };
  const hits = content === 'none' ? [] : await source.client.page(query, undefined, count);
  for (const hit of hits) {
    try {
      samples.push({ hit, content: await source.client.retrieve(hit) });
    } catch (error) {
      if (!(error instanceof SyncError) || error.code === 'AUTH_REJECTED') throw error;
      failed.push({ hit, error });
    }
  }
  return { samples, failed };
}

function groupsOf(failed: TransformPreview['failed']): readonly FailureGroup[] {
  const groups = new FailureGroups();
  for (const { hit, error } of failed)
    groups.add({
      errorCode: error.code,
      error: withoutFile(error.reason, hit),
      first: hit.filePath ?? hit.path ?? hit.fileId,
    });
  return groups.all;
}

function asJson(preview: SyncPreview): unknown {
  const { sync, files, tables, notes, storedNames, problems, columns } = preview;
  return {
    sync,
    files,
    columns,
    tables: tables.map(({ table, rows }) => ({
      ...table,
      rows: rows.map(({ file, row }) => ({
        file,
        values: row.map((value) => (typeof value === 'bigint' ? String(value) : value)),
      })),
    })),
    notes,
    storedNames,
    problems,
  };
}

function describe(
  { sync, files, tables, notes, storedNames, problems, columns }: SyncPreview,
  cell: (value: Value) => string,
  width: number | undefined,
): readonly string[] {
  const lines = [`${sync}: what ${counted(files, 'file')} would become`];
  for (const { table, rows } of tables) {
    const columns = table.columns.map(({ name, type }) => `${name} ${type}`).join(', ');
    const heading = `${table.name}: ${counted(rows.length, 'row')} (_file_key, _row, ${columns})`;
    lines.push('', ...hanging(heading, width));
    const names = table.columns.map(({ name }) => name);
    const shown = rows.slice(0, ROWS).map(({ row }) => row.map(cell));
    if (shown.length > 0) lines.push(...fittedTable(names, shown, width));
    if (rows.length > ROWS) lines.push(`… and ${counted(rows.length - ROWS, 'more row')}`);
  }
  const remarks = [
    ...columns.flatMap(ruleLine),
    ...notes.flatMap(noteLine),
    ...storedNames.map(storedNameLine),
    ...problems.map((problem) => `problem: ${problem}`),
  ];
  return [...lines, ...remarks.flatMap((remark) => hanging(remark, width))];
}

function noteLine(note: SchemaNote): readonly string[] {
  const place = note.column === '*' ? note.table : `${note.table}.${note.column}`;
  if (note.is === 'renamed') return [`note: "${note.wanted}" is taken, so it is called ${place}`];
  if (note.is === 'unfit') return [`note: values that do not fit ${place} are in ${place}__text`];
  return [];
}

/** What is cut off must be seen as it will be: half a secret is not found any more, and half an escape shows nothing. */
function cellText(value: Value, redactor: Redactor): string {
  if (value === null) return '';
  const characters = [...visible(redactor.clean(String(value).slice(0, LOOKED_AT)))];
  if (characters.length <= CELL_WIDTH) return characters.join('');
  return `${characters.slice(0, CELL_WIDTH - 1).join('')}…`;
}
