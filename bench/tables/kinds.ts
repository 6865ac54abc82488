import { median } from '../median.ts';
import { type Measured, runCase } from '../process.ts';
import { cpuRatio, cpuUs, interleaved, medianOf, type Rounds } from '../rounds.ts';
import type { Corpus } from './corpus.ts';
import { SHAPES, type Shape } from './shapes.ts';

/** In memory; by core's whole `sync` into DuckDB; and the same loads into DuckDB, with all rows made before. */
export const LEGS = ['extract', 'sync', 'staged'] as const;
export type Leg = (typeof LEGS)[number];
type Name = `${Leg} ${Shape}` | 'extract parse' | 'extract exact';

/** One case of one kind, in medians over the rounds. */
export interface KindCase {
  readonly leg: Leg;
  readonly shape: Shape | 'parse' | 'exact';
  readonly rowsPerFile: number;
  readonly cpuUsPerFile: number;
  /** Without rows, `null`. */
  readonly cpuUsPerRow: number | null;
  /** By the clock on the wall. */
  readonly rowsPerSecond: number;
  readonly filesPerSecond: number;
  readonly peakMiB: number;
  /** CPU time over that of `JSON.parse` alone, in the same round. */
  readonly ofParse: number;
  /** CPU time over that of whole documents on the same way, in the same round. */
  readonly ofDocuments: number;
}

/** All cases of one kind of document. */
export interface KindResult {
  readonly kind: string;
  readonly bytesPerFile: number;
  readonly cases: readonly KindCase[];
}

/** How much is measured, in bytes of content. */
export interface Amounts {
  readonly rounds: number;
  readonly extractBytes: number;
  readonly syncBytes: number;
}

/** Measures all that can become of the documents of a corpus. */
export async function measureKind(corpus: Corpus, amounts: Amounts): Promise<KindResult> {
  const runs = await interleaved(amounts.rounds, casesOf(corpus, amounts));
  checkCounts(corpus.name, runs);
  const cases = (Object.keys(runs) as Name[]).map((name) => evaluate(name, runs));
  return { kind: corpus.name, bytesPerFile: corpus.bytes / corpus.documents, cases };
}

/** So many files as make up the bytes: the whole corpus over and over, so that each case has the same rows per file. */
export function filesFor(corpus: Corpus, bytes: number): number {
  return Math.ceil(bytes / corpus.bytes) * corpus.documents;
}

function casesOf(corpus: Corpus, amounts: Amounts): Record<Name, () => Promise<Measured>> {
  const { folder, mapping } = corpus;
  const extracted = filesFor(corpus, amounts.extractBytes);
  const synced = filesFor(corpus, amounts.syncBytes);
  const extract = (how: Shape | 'parse' | 'exact') => () =>
    runCase('extract', { folder, mapping, how, files: extracted });
  const stored = (leg: 'sync' | 'staged', shape: Shape) => () =>
    runCase(leg, { folder, mapping, shape, files: synced });
  const entries = LEGS.flatMap((leg) =>
    SHAPES.map((shape) => [
      `${leg} ${shape}`,
      leg === 'extract' ? extract(shape) : stored(leg, shape),
    ]),
  );
  return {
    'extract parse': extract('parse'),
    'extract exact': extract('exact'),
    ...Object.fromEntries(entries),
  };
}

/** Every way must see every file and make the same rows of it. */
function checkCounts(kind: string, runs: Rounds<Name>): void {
  for (const shape of SHAPES) {
    const found = LEGS.flatMap((leg) => runs[`${leg} ${shape}`]);
    const perFile = new Set(found.map(({ rows, files }) => rows / files));
    if (perFile.size !== 1)
      throw new Error(`"${kind}" as "${shape}" became ${[...perFile].join(', ')} rows per file.`);
  }
}

function evaluate(name: Name, runs: Rounds<Name>): KindCase {
  const [leg, shape] = name.split(' ') as [Leg, KindCase['shape']];
  const own = runs[name];
  const rowsPerFile = medianOf(own, ({ rows, files }) => rows / files);
  const cpuUsPerFile = medianOf(own, cpuUs);
  const perSecond = (of: (run: Measured) => number) =>
    median(own.map((run) => (of(run) * 1000) / run.durationMs));
  return {
    ...{ leg, shape, rowsPerFile, cpuUsPerFile },
    cpuUsPerRow: rowsPerFile === 0 ? null : cpuUsPerFile / rowsPerFile,
    rowsPerSecond: perSecond(({ rows }) => rows),
    filesPerSecond: perSecond(({ files }) => files),
    peakMiB: medianOf(own, ({ peakMiB }) => peakMiB),
    ofParse: cpuRatio(own, runs['extract parse']),
    ofDocuments: cpuRatio(own, runs[`${leg} document`]),
  };
}
