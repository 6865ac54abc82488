import { writeConfig } from '../config.ts';
import { runCase, startServer } from '../process.ts';

/** The most memory that one run needs. */
export interface MemoryPoint {
  readonly label: string;
  readonly files: number;
  /** `null` when the sync ended with an error, which has been written out. */
  readonly peakMiB: number | null;
  /** Over that of the first point of the same label. */
  readonly ofFirst: number | null;
}

const BYTES = 2048;

/** The peak of a first sync, once per number of files: it hardly varies. */
export async function measureSmall(sizes: readonly number[]): Promise<readonly MemoryPoint[]> {
  const peaks: (number | null)[] = [];
  for (const size of sizes) peaks.push(await peakOf(size, []));
  return points('files of 2 KB', sizes, peaks);
}

/** The peak of a sync of so many large bodies. */
export async function measureLarge(
  mb: number,
  counts: readonly number[],
): Promise<readonly MemoryPoint[]> {
  const peaks: (number | null)[] = [];
  for (const count of counts) peaks.push(await peakOf(0, Array(count).fill(mb * 1_000_000)));
  return points(`files of ${mb} MB`, counts, peaks);
}

function points(
  label: string,
  sizes: readonly number[],
  peaks: readonly (number | null)[],
): readonly MemoryPoint[] {
  return sizes.map((files, at) => {
    const [peakMiB = null, first = null] = [peaks[at], peaks[0]];
    const ofFirst = peakMiB === null || first === null ? null : peakMiB / first;
    return { label, files, peakMiB, ofFirst };
  });
}

async function peakOf(files: number, large: readonly number[]): Promise<number | null> {
  await using server = await startServer(files, BYTES, { large });
  const options = large.length === 0 ? {} : { maxFileBytes: `${2 * Math.max(...large)}B` };
  await using config = await writeConfig(server, options);
  const run = runCase('configured', { config: config.file });
  const measured = await run.catch(() => undefined);
  if (measured === undefined) return null;
  const expected = files + large.length;
  if (measured.files !== expected)
    throw new Error(`${measured.files} files were loaded and not ${expected}.`);
  return measured.peakMiB;
}
