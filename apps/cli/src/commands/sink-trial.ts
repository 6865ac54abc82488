import { randomUUID } from 'node:crypto';
import { filesTable } from '@tdp-sync/core';
import type { Sink } from '@tdp-sync/sink';
import { CliError } from '../exit.ts';
import { ExitCode } from '../exit-code.ts';

/**
 * Does what a run will do, as a sync that nobody else has: opens a load, stages a document, commits it and reads it again. It
 * has no rows, so no table is made or touched, and what is noted of it is cleared. Then reads a row that does not exist of each sync's
 * files table.
 *
 * @throws SinkError of what may not be done.
 */
export async function trySink(sink: Sink, syncs: readonly string[]): Promise<void> {
  const sync = `check-${randomUUID()}`;
  const id = randomUUID().replaceAll('-', '');
  await committed(sink, sync, id);
  for (const name of syncs) for await (const _row of sink.rows(filesTable(name), [id])) break;
}

async function committed(sink: Sink, sync: string, id: string): Promise<void> {
  try {
    await using load = await sink.begin({ sync, tables: [], since: undefined });
    await load.stage([{ id, order: '0', status: 'failed', rows: new Map() }]);
    await load.commit(sync);
    if (!(await isKept(sink, sync, id)))
      throw new CliError(
        'what was committed on trial cannot be read again; does something else change the bookkeeping tables?',
        ExitCode.sink,
      );
  } catch (error) {
    // The first error is the one that matters.
    await sink.clear(sync).catch(() => undefined);
    throw error;
  }
  await sink.clear(sync);
}

async function isKept(sink: Sink, sync: string, id: string): Promise<boolean> {
  if ((await sink.readState(sync)) !== sync) return false;
  for await (const line of sink.documents(sync)) if (line.id === id) return true;
  return false;
}
