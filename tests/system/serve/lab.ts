import { HOUR, type Site } from './site.ts';

/** How a lab works. */
export interface LabOptions {
  /** Between two files, in the middle. */
  readonly everyMs: number;
  /** How often it deletes one after it has made one. */
  readonly deletes: number;
}

/** A lab that makes files, makes versions of them and deletes some, until then. */
export async function lab(
  site: Site,
  untilMs: number,
  { everyMs, deletes }: LabOptions = { everyMs: 2 * HOUR, deletes: 0.05 },
): Promise<void> {
  const { random, emulator, scheduler } = site;
  for (let count = 0; scheduler.nowMs < untilMs; count += 1) {
    await site.wait(random.wait(everyMs));
    const number = random.chance(0.7) ? count : random.int(0, count);
    emulator.lake.put({
      path: `/lab/run-${number}.json`,
      category: 'IDS',
      ids: 'common/run:v1.0.0',
      content: JSON.stringify({ '@idsType': 'run', number, count }),
    });
    if (random.chance(deletes)) {
      const files = [...emulator.lake.truth().values()];
      emulator.lake.delete(random.pick(files).fileId);
    }
  }
}
