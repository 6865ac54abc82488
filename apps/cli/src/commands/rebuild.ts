import { rebuild } from '@tdp-sync/core';
import type { Console } from '../console.ts';
import { counted, size, span } from '../render/format.ts';
import { schemaLines } from '../render/summary.ts';
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
    render: (report) => {
      const { sync, loaded, bytes, failing, durationMs } = report;
      const headline =
        loaded === 0
          ? 'all rows follow the current mapping'
          : `rows of ${counted(loaded, 'file')} made anew (${size(bytes)}) in ${span(durationMs)}`;
      const failed = failing === 0 ? [] : [`  failed     ${counted(failing, 'file')}`];
      return [`${sync}: ${headline}`, ...schemaLines(report), ...failed];
    },
  });
}
