import { type RunReport, sync } from '@tdp-sync/core';
import type { Sink } from '@tdp-sync/sink';
import { report as measured } from '../process.ts';
import { type Corpus, readCorpus } from '../tables/corpus.ts';
import { duckdbFile } from '../tables/duckdb-file.ts';
import { MemorySource } from '../tables/memory-source.ts';
import { type Shape, transformOf } from '../tables/shapes.ts';

/** Documents in memory become rows in DuckDB, by core's whole `sync` and the sink. */
interface Input {
  readonly folder: string;
  readonly mapping?: Corpus['mapping'];
  readonly shape: Shape;
  readonly files: number;
  /** Documents that the database holds already, one file of each. Their rows are counted too. */
  readonly before?: string;
  /** Documents in one commit. Default: the engine's. */
  readonly perCommit?: number;
}

const { folder, mapping, shape, files, before, perCommit } = JSON.parse(
  process.argv[2] ?? '{}',
) as Input;
const HOUR_MS = 3_600_000;
const contents = await readCorpus(folder);
await using warm = await duckdbFile();
await using warmSink = await warm.open();
await syncTo(warmSink, sourceOf(Math.ceil(files / 10)));

await using database = await duckdbFile();
const sink = await database.open();
const source = new MemorySource();
if (before !== undefined) {
  const known = await readCorpus(before);
  source.add(known, known.length);
  await syncTo(sink, source);
  source.nowMs += HOUR_MS;
}
source.add(contents, files);
let report: RunReport | undefined;
await measured(
  async () => {
    report = await syncTo(sink, source);
    // Closing writes what the log still holds into the file.
    await sink[Symbol.asyncDispose]();
    return report.loaded;
  },
  async () => ({ rows: await database.rows(), commits: report?.commits ?? 0 }),
);

function sourceOf(count: number): MemorySource {
  const source = new MemorySource();
  source.add(contents, count);
  return source;
}

async function syncTo(sink: Sink, source: MemorySource): Promise<RunReport> {
  return sync({
    ...{ name: 'docs', source, sourceId: 'bench', sink },
    transform: transformOf(shape, mapping),
    // Of what may be lost, the engine commits one half while it gathers the other.
    ...(perCommit === undefined ? {} : { batch: { documents: perCommit * 2 } }),
  });
}
