import { type FileHit, type RunLine, readJournal } from '@tdp-sync/core';
import type { Sink } from '@tdp-sync/sink';
import type { TdpSource } from './source.ts';

/** How quickly files came, and how that is known. */
export interface Rate {
  readonly filesPerSecond: number;
  /** Unpacked content of a file, on average. */
  readonly bytesPerFile: number;
  /** By the journal's runs, database included; or by a few files that were retrieved just now and thrown away. */
  readonly measuredBy: 'runs' | 'sample';
  readonly files: number;
}

/** Lines of the journal that are looked at. */
const LINES = 50;
/** Of fewer files, beginning and end of a run take the most time. */
const LEAST_FILES = 20;
/** Files of the sample that are retrieved at once. */
const AT_ONCE = 8;

/** The rate of the runs that the journal tells of; `undefined` where too few files have come. */
export async function rateOfRuns(sink: Sink, sync: string): Promise<Rate | undefined> {
  const lines = (await readJournal(sink, sync, LINES)).filter(isTelling);
  const sum = (of: (line: RunLine) => number): number =>
    lines.reduce((total, line) => total + of(line), 0);
  const files = sum(({ loaded }) => loaded);
  const seconds = sum(({ startedAtMs, endedAtMs }) => endedAtMs - startedAtMs) / 1000;
  if (files === 0 || seconds <= 0) return undefined;
  const bytesPerFile = sum(({ bytes }) => bytes) / files;
  return { filesPerSecond: files / seconds, bytesPerFile, measuredBy: 'runs', files };
}

function isTelling({ kind, loaded }: RunLine): boolean {
  return (kind === 'run' || kind === 'backfill') && loaded >= LEAST_FILES;
}

/** Retrieves a few files and throws them away; `undefined` where there are none, or one could not be had. */
export async function rateOfSample(
  { client }: Pick<TdpSource, 'client'>,
  files: readonly FileHit[],
  nowMs: () => number = () => performance.now(),
): Promise<Rate | undefined> {
  const [first, ...left] = files;
  if (first === undefined) return undefined;
  let bytes = 0;
  let startedMs = 0;
  const work = async (): Promise<void> => {
    for (let file = left.pop(); file !== undefined; file = left.pop())
      bytes += (await client.retrieve(file)).length;
  };
  try {
    // Its connections are made with the first one, which is part of the measure where it is the only one.
    startedMs = nowMs();
    bytes += (await client.retrieve(first)).length;
    if (left.length > 0) startedMs = nowMs();
    const timed = Math.max(left.length, 1);
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, left.length) }, work));
    const seconds = Math.max(nowMs() - startedMs, 1) / 1000;
    return {
      ...{ filesPerSecond: timed / seconds, bytesPerFile: bytes / files.length },
      ...{ measuredBy: 'sample', files: files.length },
    };
  } catch {
    // Why a file cannot be had is told by a run, and no rate follows from it.
    return undefined;
  }
}
