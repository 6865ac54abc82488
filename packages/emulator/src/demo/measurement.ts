import type { FileVersion, Label } from '../lake/file.ts';
import type { Lake } from '../lake/lake.ts';
import type { PutFile } from '../lake/put.ts';
import { nextUuid, type Random } from '../random.ts';
import type { DemoSample, DocumentContext } from './ids-document.ts';
import type { Kind } from './kinds.ts';

/** One measurement: what was measured on what, and when. */
export interface Measurement {
  readonly kind: Kind;
  readonly number: number;
  readonly sample: DemoSample;
  readonly time: number;
  /** How far into the demo's time, from 0 to 1. */
  readonly progress: number;
}

/** When its files were made and indexed. Left out: by the lake's clock. */
export type Timing = Pick<PutFile, 'createdAt' | 'indexedAt' | 'indexedAfterMs'>;

const PROJECTS = ['ALPHA-7', 'BETA-2', 'GAMMA-11', 'DELTA-4'] as const;

/** An invented sample. */
export function demoSample(random: Random, number: number): DemoSample {
  return {
    id: `S${String(number).padStart(5, '0')}`,
    batch: `B-${String(100 + random.int(60))}`,
    barcode: `P${String(700_000 + number * 7)}`,
    project: random.pick([...PROJECTS]),
  };
}

function labelsOf({ sample }: Measurement, random: Random): Label[] {
  const labels = [
    { name: 'project', value: sample.project },
    { name: 'batch', value: sample.batch },
    { name: 'site', value: random.pick(['North', 'South']) },
  ];
  if (random.next() < 0.2) labels.push({ name: 'project', value: 'SHARED' });
  return labels;
}

function fileName({ kind, number, sample, time }: Measurement): string {
  const day = new Date(time).toISOString().slice(0, 10);
  return `${kind.folder}/${day}/${String(number).padStart(5, '0')} ${sample.id}`;
}

function contextOf({ sample, time }: Measurement, random: Random): DocumentContext {
  return { random, time, sample };
}

/** Puts the raw file of a measurement. */
export function putRaw(
  lake: Lake,
  measurement: Measurement,
  random: Random,
  timing: Timing,
): FileVersion {
  const { kind, sample } = measurement;
  return lake.put({
    path: `${fileName(measurement)}.${kind.rawExtension}`,
    category: 'RAW',
    source: kind.source,
    content: kind.raw(contextOf(measurement, random)),
    labels: labelsOf(measurement, random),
    metadata: { instrument: kind.source.name },
    trace: { ts_sample: sample.id },
    fileId: nextUuid(random),
    ...timing,
  });
}

/** Puts the IDS document of a measurement; once more is a new version of it. */
export function putDocument(
  lake: Lake,
  measurement: Measurement,
  raw: FileVersion,
  random: Random,
  timing: Timing,
): FileVersion | undefined {
  const { kind, progress } = measurement;
  const document = kind.document?.(contextOf(measurement, random), progress);
  if (document === undefined) return undefined;
  return lake.put({
    path: `${raw.filePath}/${document['@idsType']}.json`,
    category: 'IDS',
    source: kind.source,
    content: document,
    labels: raw.labels,
    metadata: { instrument: kind.source.name },
    tags: [kind.source.type],
    rawFileId: raw.fileId,
    traceId: raw.traceId,
    fileId: nextUuid(random),
    ...timing,
  });
}
