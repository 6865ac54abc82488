import { type RunReport, rebuild } from '@tdp-sync/core';
import type { Console } from '../console.ts';
import { counted, size, span } from '../render/format.ts';
import { schemaLines, unredactedLines } from '../render/summary.ts';
import { journaled } from '../sync/journal.ts';
import { type EachSyncOptions, eachSync } from './each-sync.ts';

/** Options of `tdp-sync rebuild`. */
export interface RebuildOptions extends EachSyncOptions {
  /** Also rows that follow the current mapping. */
  readonly all: boolean;
}

/** Makes rows anew that follow an older mapping. */
export async function rebuildNow(options: RebuildOptions, console: Console): Promise<number> {
  return eachSync(options, console, {
    command: 'rebuild',
    work: async (sync, _config, onLine) => ({
      report: await journaled('rebuild', sync, (given) => rebuild(given, options.all), onLine),
    }),
    render: rebuilt,
  });
}

/** What a rebuild did, and what it could not do. */
export function rebuilt(report: RunReport): readonly string[] {
  const { sync, failing, olderRows = 0 } = report;
  const lines = [`${sync}: ${headline(report)}`, ...schemaLines(report)];
  if (failing > 0)
    lines.push(`  failed     ${counted(failing, 'file')}, with the rows that they had`);
  if (olderRows > 0)
    lines.push(
      `  older      ${counted(olderRows, 'file')} with rows by an older mapping, which cannot be made anew: TDP does not give the files any more`,
    );
  return [...lines, ...unredactedLines(report)];
}

function headline(report: RunReport): string {
  const { loaded, bytes, failing, durationMs, watermarkMs } = report;
  if (loaded > 0)
    return `rows of ${counted(loaded, 'file')} made anew (${size(bytes)}) in ${span(durationMs)}`;
  if (watermarkMs === undefined)
    return 'nothing made anew: no run has come to its end yet, "tdp-sync run" loads all files';
  const left = failing + (report.olderRows ?? 0) + (report.unredacted ?? 0);
  return left === 0 ? 'all rows follow the current mapping' : 'nothing could be made anew';
}
