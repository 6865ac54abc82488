import type { LoadedConfig } from '../config/load.ts';
import { storedName } from '../config/tables.ts';
import { CliError } from '../exit.ts';
import { closeReplaced, openRuntime, type Runtime, type RuntimeParts } from './runtime.ts';
import { readSnapshot, type Snapshot } from './snapshot.ts';

/**
 * Reads the config anew and makes all that it asks for, its database opened included where that is another one.
 *
 * @throws whatever is wrong with it; then `before` is as it was, and nothing else is left.
 */
export async function nextRuntime(
  before: Runtime,
  load: () => Promise<LoadedConfig>,
  parts: RuntimeParts,
): Promise<{ readonly after: Runtime; readonly snapshots: ReadonlyMap<string, Snapshot> }> {
  const loaded = await load();
  refuseOtherAddress(before.loaded, loaded);
  const after = await openRuntime(loaded, parts, before);
  try {
    return { after, snapshots: await readSnapshots(after) };
  } catch (error) {
    // The database is the same, and that it cannot be had now says nothing of the config.
    if (after.lease === before.lease) return { after, snapshots: new Map() };
    await closeReplaced(after, before);
    throw error;
  }
}

/** What the database says of each sync. */
export async function readSnapshots({
  lease,
  loaded,
}: Runtime): Promise<ReadonlyMap<string, Snapshot>> {
  return lease.use(async (sink) => {
    const snapshots = new Map<string, Snapshot>();
    for (const [name, config] of Object.entries(loaded.config.syncs))
      snapshots.set(name, await readSnapshot(storedName(name, config), sink));
    return snapshots;
  });
}

function refuseOtherAddress(before: LoadedConfig, after: LoadedConfig): void {
  const [one, other] = [before, after].map(({ config }) => JSON.stringify(config.serve.listen));
  if (one !== other) throw new CliError('serve.listen only changes with a restart.');
  const [queue, otherQueue] = [before, after].map((of) =>
    JSON.stringify([of.config.serve.queue, of.queue?.config]),
  );
  if (queue !== otherQueue) throw new CliError('serve.queue only changes with a restart.');
}
