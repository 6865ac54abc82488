import type { Sink } from '@tdp-sync/sink';
import type { LoadedConfig } from '../config/load.ts';
import { storedName } from '../config/tables.ts';
import { ExitCode } from '../exit-code.ts';
import { failuresOf } from '../sync/failed-files.ts';
import { isThere, openToLook } from '../sync/look.ts';
import { type Finding, ok } from './finding.ts';
import { trySink } from './sink-trial.ts';

/** Whether the database takes and gives back what a run writes. One that is not there yet is not made for that. */
export async function checkSink(loaded: LoadedConfig): Promise<Finding> {
  const { type } = loaded.config.sink;
  const isNew = !(await isThere(loaded));
  await using sink = await openToLook(loaded);
  const syncs = Object.entries(loaded.config.syncs);
  const frozen: string[] = [];
  for (const [name, config] of syncs) {
    const isBound = config.schema === 'freeze' && config.tables === 'auto';
    if (isBound && (await hasNoTables(storedName(name, config), sink))) frozen.push(name);
  }
  if (frozen.length > 0) return refused(frozen);
  if (isNew) return ok('sink', `${type}: there is no database yet; the first run makes it`);
  await trySink(
    sink,
    syncs.map(([name, config]) => storedName(name, config)),
  );
  return ok('sink', `${type} opens, and takes and gives back what a run writes`);
}

/** Whether no run has made tables: there was none, or it was refused every file for want of them. */
async function hasNoTables(name: string, sink: Sink): Promise<boolean> {
  if ((await sink.readState(name)) === undefined) return true;
  for await (const _loaded of sink.documents(name, { status: 'loaded' })) return false;
  const { groups } = await failuresOf(name, sink);
  return groups.some(({ errorCode }) => errorCode === 'SCHEMA_FROZEN');
}

/** Tables that follow the documents are made by the first of them, and a frozen schema lets none do that. */
function refused(syncs: readonly string[]): Finding {
  return {
    ...{ check: 'sink', result: 'failed', exitCode: ExitCode.config },
    detail: `${syncs.join(', ')}: with "schema: freeze" every file would be refused, since there are no tables yet. Run once with "schema: evolve", and freeze then`,
  };
}
