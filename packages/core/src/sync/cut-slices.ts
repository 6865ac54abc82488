import type { SyncEvent } from './events.ts';
import { readPosition } from './read-position.ts';
import { startRun } from './run.ts';
import { cutBacklog } from './slices.ts';
import { SLICE_FILES, type SliceOptions } from './sync-slices.ts';
import { undisturbed } from './undisturbed.ts';

/**
 * Cuts what lies before a sync into slices, which `syncSlices` brings in, unless it is cut already, there are fewer files than two slices, or the
 * sync has to be set up anew first, which `sync` does.
 *
 * @throws as `sync`.
 */
export function cutSlices(options: Omit<SliceOptions, 'share' | 'slice'>): Promise<void> {
  return undisturbed(
    () => cutOnce(options),
    () => true,
  );
}

async function cutOnce(options: Omit<SliceOptions, 'share' | 'slice'>): Promise<void> {
  const { sliceFiles = SLICE_FILES, source } = options;
  // The run that follows tells the rest.
  const emit = (event: SyncEvent): void => {
    if (event.type === 'backlog-cut') options.emit?.(event);
  };
  const { position, changes, endsHistory } = await readPosition({ ...options, emit });
  const { mapping, slices } = position.state;
  if (slices !== undefined || changes.scope || changes.mapping) return;
  if (endsHistory || !mapping.isApplied) return;
  await cutBacklog(await startRun({ ...options, emit }), source, sliceFiles, 1);
}
