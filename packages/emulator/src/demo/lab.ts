import type { FileVersion } from '../lake/file.ts';
import type { Lake } from '../lake/lake.ts';
import { type Random, seededRandom } from '../random.ts';
import { KINDS, SPECTRA } from './kinds.ts';
import { demoSample, type Measurement, putDocument, putRaw } from './measurement.ts';

/** How large the demo lab is. */
export interface DemoLab {
  /** How many IDS documents. Each has its raw file. Default 400. */
  readonly documents?: number;
  /** How many raw files that nothing was made of. Default 40. */
  readonly unparsed?: number;
  /** When the last of them was measured. Default 2026-09-01, so that the data is the same every day. */
  readonly end?: number;
  /** Default 90. */
  readonly days?: number;
  /** Default 42. */
  readonly seed?: number;
}

/** What the demo lab holds. */
export interface DemoSummary {
  readonly measurements: number;
  readonly versions: number;
  readonly reprocessed: number;
  readonly deleted: number;
}

const DAY = 86_400_000;
const SECOND = 1000;
const REPROCESSED = 0.12;
const DELETED = 0.03;

function indexedAt(random: Random, createdAt: number, least: number, most: number): number {
  return createdAt + least * SECOND + random.int((most - least) * SECOND);
}

/** One measurement with its raw file, its document, and at times a second version or a delete. */
function addMeasurement(
  lake: Lake,
  measurement: Measurement,
  random: Random,
  end: number,
): FileVersion[] {
  const created = measurement.time + 60 * SECOND;
  const raw = putRaw(lake, measurement, random, {
    createdAt: created,
    indexedAt: indexedAt(random, created, 46, 53),
  });
  const parsed = created + 90 * SECOND;
  const timing = { createdAt: parsed, indexedAt: indexedAt(random, parsed, 73, 910) };
  const document = putDocument(lake, measurement, raw, random, timing);
  if (document === undefined) return [raw];
  const versions = [raw, document];
  if (random.next() < REPROCESSED) {
    const again = Math.min(parsed + random.int(5 * DAY) + DAY, end);
    const late = { createdAt: again, indexedAt: indexedAt(random, again, 73, 910) };
    const newer = putDocument(lake, measurement, raw, random, late);
    if (newer !== undefined) versions.push(newer);
  }
  if (random.next() < DELETED) lake.delete(versions.at(-1)?.fileId ?? raw.fileId);
  return versions;
}

/**
 * Fills a lake with some months of an invented lab: chromatography, plate reading, cell counting and
 * mass spectrometry. The same options give the same files, fileIds and times in every process.
 */
export function seedDemoLab(lake: Lake, options: DemoLab = {}): DemoSummary {
  const { documents = 400, unparsed = 40, days = 90, seed = 42 } = options;
  const end = options.end ?? Date.UTC(2026, 8, 1);
  const random = seededRandom(seed);
  const total = documents + unparsed;
  const span = days * DAY - 2 * 3_600_000;
  let versions = 0;
  let reprocessed = 0;
  let deleted = 0;
  for (let number = 0; number < total; number++) {
    const progress = number / total;
    const everyNth =
      Math.floor(((number + 1) * unparsed) / total) > Math.floor((number * unparsed) / total);
    const time = Math.floor(end - days * DAY + span * progress + random.int(1_800 * SECOND));
    const kind = everyNth ? SPECTRA : random.pick(KINDS);
    const measurement = { kind, number, sample: demoSample(random, number), time, progress };
    const made = addMeasurement(lake, measurement, random, end - 1_000 * SECOND);
    versions += made.length;
    if (made.length > 2) reprocessed++;
    if (made.some((file) => file.deleted)) deleted++;
  }
  return { measurements: total, versions, reprocessed, deleted };
}
