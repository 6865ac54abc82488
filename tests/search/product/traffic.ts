import type { FileVersion, RunningEmulator } from '@tdp-sync/emulator';
import { type Dice, dice, pick } from '../dice.ts';
import type { Mirror } from './mirror.ts';

const EVERY_MS = 50;
const FLUSH_EVERY = 5;

/** A lab at work: twenty changes a second until it is stopped. */
export interface Traffic {
  /** How many of each kind there were. */
  readonly counts: Readonly<Record<string, number>>;
  /** Stops it, once all that has changed is written. */
  stop(): Promise<void>;
}

/** Lets files arrive, change, be labelled, indexed anew and deleted. */
export function startTraffic(tdp: RunningEmulator, mirror: Mirror, seed: number): Traffic {
  const roll = dice(seed);
  const files = [...tdp.lake.files()];
  const counts: Record<string, number> = {};
  let writing: Promise<void> = Promise.resolve();
  let failed: unknown;
  let ticks = 0;
  const timer = setInterval(() => {
    const kind = change(tdp, mirror, files, roll);
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (++ticks % FLUSH_EVERY !== 0) return;
    writing = writing
      .then(() => mirror.flush())
      .catch((error: unknown) => {
        failed ??= error;
      });
  }, EVERY_MS);
  return {
    counts,
    stop: async () => {
      clearInterval(timer);
      await writing;
      await mirror.flush();
      if (failed !== undefined) throw failed;
    },
  };
}

function change(tdp: RunningEmulator, mirror: Mirror, files: FileVersion[], roll: Dice): string {
  const at = roll(files.length);
  const file = files[at];
  if (file === undefined) throw new Error('no file is left');
  const kind = pick(roll, ['version', 'version', 'new', 'label', 'reindex', 'delete'] as const);
  if (kind === 'label') tdp.lake.label(file.fileId, [{ name: 'n', value: String(roll(1e6)) }]);
  if (kind === 'reindex') tdp.lake.reindex(file.fileId);
  if (kind === 'delete') {
    tdp.lake.delete(file.fileId);
    files.splice(at, 1);
  }
  if (kind === 'version' || kind === 'new') {
    const { category, source, ids } = file.attributes;
    const made = tdp.lake.put({
      ...{ category, source, ...(ids === undefined ? {} : { ids }) },
      path: kind === 'new' ? `/new/${roll(2 ** 31)}.json` : file.filePath,
      content: { '@idsType': file.attributes.idsType, value: roll(1e6), text: 'größer' },
      labels: [{ name: 'project', value: pick(roll, ['red', 'blue']) }],
      metadata: { operator: `O. ${roll(9)}` },
    });
    mirror.touch(made.fileId);
    if (kind === 'new') files.push(made);
    else files[at] = made;
  }
  mirror.touch(file.fileId);
  return kind;
}
