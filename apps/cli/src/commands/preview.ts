import {
  describeFile,
  documentTransform,
  type FileHit,
  SyncError,
  type Transform,
} from '@tdp-sync/core';
import type { Value } from '@tdp-sync/sink';
import { loadConfig } from '../config/load.ts';
import type { SyncConfig } from '../config/schema.ts';
import { type Console, print, printJson } from '../console.ts';
import { ExitCode } from '../exit.ts';
import { counted } from '../render/format.ts';
import { table } from '../render/table.ts';
import { openSource, type TdpSource } from '../source.ts';
import { chosenSyncs } from './each-sync.ts';

/** Options of `tdp-sync preview`. */
export interface PreviewOptions {
  readonly config: string;
  readonly json: boolean;
  readonly sync: readonly string[];
  /** Files per sync. */
  readonly files: number;
}

interface PreviewedRow {
  readonly table: string;
  readonly file: string;
  readonly values: readonly Value[];
}

interface SyncPreview {
  readonly sync: string;
  readonly tables: Transform['tables'];
  readonly rows: readonly PreviewedRow[];
  readonly problems: readonly string[];
}

const CELL_WIDTH = 60;

/** Puts a few files through the sync's transform and shows what would become of them. Writes nothing, opens no database. */
export async function preview(options: PreviewOptions, console: Console): Promise<number> {
  const loaded = await loadConfig(options.config, console.environment);
  await using source = await openSource(loaded);
  const previews: SyncPreview[] = [];
  for (const name of chosenSyncs(loaded, options.sync)) {
    const config = loaded.config.syncs[name];
    if (config !== undefined) previews.push(await previewSync(name, config, source, options.files));
  }
  if (options.json) printJson(console, previews);
  else print(console, previews.map(describe).join('\n\n'));
  return previews.some(({ problems }) => problems.length > 0)
    ? ExitCode.someFilesFailed
    : ExitCode.complete;
}

async function previewSync(
  name: string,
  config: SyncConfig,
  source: TdpSource,
  count: number,
): Promise<SyncPreview> {
  const transform = documentTransform(name);
  const rows: PreviewedRow[] = [];
  const problems: string[] = [];
  const hits = await source.client.page({ filter: config.filter }, undefined, count);
  for (const hit of hits) {
    try {
      rows.push(...(await rowsOf(hit, transform, source)));
    } catch (error) {
      if (!(error instanceof SyncError) || error.code === 'AUTH_REJECTED') throw error;
      problems.push(error.message);
    }
  }
  return { sync: name, tables: transform.tables, rows, problems };
}

async function rowsOf(
  hit: FileHit,
  transform: Transform,
  source: TdpSource,
): Promise<readonly PreviewedRow[]> {
  const content = await source.client.retrieve(hit);
  return [...transform.rows(hit, content)].flatMap(([tableName, rows]) =>
    [...rows].map((values) => ({ table: tableName, file: describeFile(hit), values })),
  );
}

function describe({ sync, tables, rows, problems }: SyncPreview): string {
  const parts = [`${sync}: ${counted(rows.length, 'row')} of the first files`];
  for (const { name, columns } of tables) {
    const own = rows.filter((row) => row.table === name);
    parts.push(
      `table ${name} (${['_file_key string', '_row int64', ...columns.map((column) => `${column.name} ${column.type}`)].join(', ')})`,
      table(
        ['file', ...columns.map((column) => column.name)],
        own.map((row) => [row.file, ...row.values.map(cell)]),
      ),
    );
  }
  parts.push(...problems.map((problem) => `problem: ${problem}`));
  return parts.join('\n');
}

function cell(value: Value): string {
  const text = String(value);
  return text.length > CELL_WIDTH ? `${text.slice(0, CELL_WIDTH - 1)}…` : text;
}
