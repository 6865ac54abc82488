import { retry } from '@tdp-sync/core';
import type { Console } from '../console.ts';
import { failureLines } from '../render/failures.ts';
import { counted, number } from '../render/format.ts';
import { journaled } from '../sync/journal.ts';
import { type EachSyncOptions, eachSync } from './each-sync.ts';

/** Tries every failed file now, due or not. */
export async function retryNow(options: EachSyncOptions, console: Console): Promise<number> {
  return eachSync(options, console, {
    command: 'retry',
    work: async (sync, _config, onLine) => ({
      report: await journaled('retry', sync, retry, onLine),
    }),
    render: ({ sync, seen, loaded, refreshed, failed, failing, ...rest }) => [
      `${sync}: ${counted(seen, 'failed file')} tried, ${number(loaded + refreshed)} loaded, ${number(failed)} failed again`,
      ...(failing === 0 ? [] : failureLines(rest.filesTable, rest.failures)),
    ],
  });
}
