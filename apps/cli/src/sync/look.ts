import type { Sink } from '@tdp-sync/sink';
import { memorySink } from '@tdp-sync/sink/memory';
import type { LoadedConfig } from '../config/load.ts';

/** Whether there is a database, or opening it would first make one. */
export async function isThere(loaded: LoadedConfig): Promise<boolean> {
  const { adapter, sinkConfig } = loaded;
  return adapter.exists === undefined || (await adapter.exists(sinkConfig, loaded));
}

/** The database for a command that only looks. In the place of one that is not there yet stands an empty one, which nobody keeps. */
export async function openToLook(loaded: LoadedConfig): Promise<Sink> {
  return (await isThere(loaded))
    ? await loaded.adapter.open(loaded.sinkConfig, loaded)
    : await memorySink.open({}, loaded);
}
